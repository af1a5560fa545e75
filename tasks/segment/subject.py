"""What a rule looks at, as a column: an attribute, a property, the bucket, a measure of events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blocks.segment import Rule
from blocks.segment_operator import Operator
from tasks.segment.bucket import user_bucket
from tasks.segment.facts import Facts


def column_of(rule: Rule, users: pd.DataFrame, *, id_column: str, facts: Facts) -> pd.Series:
    """Return the column that a rule compares, by position in the table."""
    match rule.subject:
        case "attribute":
            column = users[rule.attribute]
        case "property" if rule.criterion in facts.derived:
            measure = facts.derived[rule.criterion]
            return _measured(measure, users[id_column], facts, operator=rule.operator)
        case "property":
            column = users[facts.properties[rule.criterion]]
        case "bucket":
            column = user_bucket(users[id_column])
        case "event":
            return _measured(rule, users[id_column], facts, operator=rule.operator)
        case _:
            column = users[id_column].astype("str")
    return column.reset_index(drop=True)


def members(rule: Rule, ids: pd.Series, facts: Facts) -> np.ndarray:
    """Mark the users who are on a rule's list of ids, or were sent its campaign."""
    listed = facts.ids[rule.ids] if rule.subject == "ids" else facts.sent[rule]
    return np.asarray(listed.get_indexer_for(pd.Index(ids.astype("str"))) >= 0, dtype=bool)


def _measured(rule: Rule, ids: pd.Series, facts: Facts, *, operator: Operator) -> pd.Series:
    found = facts.measured.of(rule, ids)
    # Who has no such event has it no times, and nothing to sum; of nothing there is no average.
    if rule.measure in ("occurrences", "sum") and operator not in ("is set", "is not set"):
        return found.fillna(0)
    return found

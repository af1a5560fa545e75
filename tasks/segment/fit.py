"""Rules that cannot be asked of their column, such as a number of truths or a date of names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from blocks.mistake import Fault
from blocks.segment import Rule, Segment
from blocks.segment_operator import DATED, NUMERIC
from blocks.segment_value import version
from tasks.segment import date, number
from tasks.segment.facts import Facts
from tasks.segment.kind import Kind, by_kind, unset
from tasks.segment.places import Place, places

Compared = Literal["numbers", "dates", "texts", "versions"]
# So many rows show of what type a column is.
LOOKED_AT = 10_000

_KINDS: dict[Compared, frozenset[Kind]] = {
    "numbers": frozenset({"number"}),
    "dates": frozenset({"moment", "number"}),
    "texts": frozenset({"text", "number", "list"}),
    "versions": frozenset({"number"}),
}
_WORDS: dict[Kind, str] = {
    "text": "texts",
    "number": "numbers",
    "truth": "true and false",
    "moment": "dates",
    "list": "lists",
    "other": "objects",
}


def misfits(segment: Segment, users: pd.DataFrame, *, facts: Facts, timezone: str) -> list[Fault]:
    """Return a fault for each rule that no value of its column, as far as it shows, can answer."""
    head = users.head(LOOKED_AT)
    found = (
        _misfit(place, place.part, head, facts.properties, timezone)
        for place in places(segment, facts.saved)
        if isinstance(place.part, Rule)
    )
    return [fault for fault in found if fault is not None]


def _misfit(
    place: Place, rule: Rule, users: pd.DataFrame, properties: Mapping[str, str], timezone: str
) -> Fault | None:
    compared = _compared(rule)
    name = rule.attribute or properties.get(rule.criterion)
    if compared is None or not name:
        return None
    column = users[name].reset_index(drop=True)
    found = list(_evidence(column[~unset(column)]))
    if not found or any(_answers(compared, kind, one, timezone) for kind, one in found):
        return None
    kind, values = found[0]
    return Fault(
        place.of("operator"),
        f"'{rule.operator}' compares {compared}, but the column '{name}' holds "
        f"{_WORDS[kind]} such as {str(values.iloc[0])!r}",
        file=place.file,
    )


def _compared(rule: Rule) -> Compared | None:
    """Return what a rule compares; None where it may be asked of anything."""
    if rule.operator in ("contains", "does not contain", "contains all"):
        return "texts"
    if rule.operator in DATED or (rule.operator == "is between" and not rule.numbers):
        return "versions" if rule.expects == "version" else "dates"
    if rule.operator in NUMERIC or rule.operator == "is between":
        return "versions" if rule.expects == "version" else "numbers"
    return None


def _evidence(column: pd.Series) -> Iterator[tuple[Kind, pd.Series]]:
    """Yield the values by kind, without texts that are blank: they tell no type."""
    for kind, values in by_kind(column):
        told = values[(values.str.strip() != "").to_numpy()] if kind == "text" else values
        if len(told):
            yield kind, told


def _answers(compared: Compared, kind: Kind, values: pd.Series, timezone: str) -> bool:
    """Tell whether at least one of the values can be compared."""
    if kind in _KINDS[compared]:
        return True
    if kind != "text":
        return False
    match compared:
        case "numbers":
            return bool((~np.isnan(number.parsed(values))).any())
        case "dates":
            return bool((~np.isnan(date.microseconds(kind, values, timezone=timezone))).any())
        case _:
            return any(version(text) is not None for text in values.unique())

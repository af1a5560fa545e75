"""Explain why a user is in the audience of a campaign or not, rule by rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from blocks.campaign import Campaign
from blocks.delivery_log import DeliveryLog
from blocks.segment import Rule
from tasks.check.selecting import selecting
from tasks.segment.kind import unset
from tasks.segment.selection import Selection
from tasks.segment.steps import Step
from tasks.segment.subject import column_of

NEAREST = 3
# More ids are not compared letter by letter: that takes long.
LOOKED_THROUGH = 20_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a user meets one step; `value` is what the user has, where the step asks for it."""

    words: str
    field: str
    met: bool
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Each step for one user; for one who is not in the table there are none, but near ids."""

    user: str
    in_table: bool
    verdicts: tuple[Verdict, ...] = ()
    nearest: tuple[str, ...] = ()

    @property
    def selected(self) -> bool:
        """Tell whether the user is in the audience."""
        return self.in_table and self.first is None

    @property
    def first(self) -> Verdict | None:
        """Return the first step that the user does not meet, if there is one."""
        return next((one for one in self.verdicts if not one.met), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain values; `rule` is the first that is not met."""
        first = None if self.first is None else self.first.words
        return asdict(self) | {"in_audience": self.selected, "rule": first}


def explain_user(
    campaign: Campaign,
    user: str,
    *,
    now: datetime,
    environ: Mapping[str, str] | None = None,
    log: DeliveryLog | None = None,
) -> Explanation:
    """Return for each step of a campaign's selection whether a user meets it.

    `now`, `environ` and `log` are those of `select_users`. Raises AuthorMistake with all that is
    wrong.
    """
    plan = selecting(campaign, now=now, environ=environ, log=log)
    selection = plan.selection()
    near: list[str] = []
    for users in plan.table():
        row = users[users[campaign.users.id] == user]
        if not row.empty:
            return Explanation(user, True, tuple(_verdicts(selection, row)))
        near += _alike(user, users[campaign.users.id])
    return Explanation(user, False, nearest=tuple(near[:NEAREST]))


def _verdicts(selection: Selection, row: pd.DataFrame) -> Iterator[Verdict]:
    for step in selection.steps:
        met = bool(selection.meets(step, row)[0])
        yield Verdict(step.words, step.field, met, _value(step, row, selection))


def _alike(user: str, ids: pd.Series) -> list[str]:
    same = ids[ids.str.casefold() == user.strip().casefold()].tolist()
    return same or difflib.get_close_matches(user, ids.head(LOOKED_THROUGH), n=NEAREST, cutoff=0.7)


def _value(step: Step, row: pd.DataFrame, selection: Selection) -> str | None:
    """Return what the user has where one rule reads a column; None where it reads none."""
    rule = step.part
    if not isinstance(rule, Rule) or rule.subject not in (
        "attribute",
        "property",
        "bucket",
        "event",
    ):
        return None
    column = column_of(rule, row, id_column=selection.id_column, facts=selection.facts)
    return "not set" if unset(column)[0] else str(column.iloc[0])

"""A selection: a segment, and all it needs to tell of any part of a table who is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd

from blocks.mistake import AuthorMistake, Fault
from blocks.segment import Segment
from tasks.segment.criteria import Table, marked
from tasks.segment.facts import NO_FACTS, Facts
from tasks.segment.fit import misfits
from tasks.segment.funnel import Funnel, Removed
from tasks.segment.steps import Step, steps_of


@dataclass(frozen=True, slots=True)
class Selected:
    """What was selected of some rows of the table.

    Attributes:
        rows: all of them.
        steps: for each row the number of the first step that is not met, or of all steps.
    """

    rows: pd.DataFrame
    id_column: str
    steps: np.ndarray
    funnel: Funnel

    @property
    def users(self) -> pd.DataFrame:
        """Return the rows of the users who were selected, in the table's order."""
        selected: pd.DataFrame = self.rows[self.steps == len(self.funnel.steps)]
        return selected

    @property
    def excluded(self) -> pd.Series:
        """Return the words of the first step that is not met, by the id of each user left out."""
        out = self.steps < len(self.funnel.steps)
        words = np.array([step.words for step in self.funnel.steps], dtype=object)
        ids = pd.Index(self.rows[self.id_column][out], name=self.id_column)
        # As objects all users share one text: a rule may list thousands of ids.
        return pd.Series(words[self.steps[out]], index=ids, dtype=object, name="rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A segment at one moment, and what its rules ask for besides the user table.

    `now` (aware: the run's start) is what relative dates count from; `timezone` is the IANA name
    of the zone of dates that name none.
    """

    segment: Segment
    id_column: str
    now: datetime
    timezone: str
    facts: Facts = NO_FACTS

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the conditions that a user must meet, in their order."""
        return steps_of(self.segment, self.facts.saved)

    def parts(self, parts: Iterable[pd.DataFrame]) -> Iterator[Selected]:
        """Select of each part of a table.

        Raises AuthorMistake when the first part shows that a rule cannot be asked of its column.
        """
        for number, users in enumerate(parts):
            if number == 0 and (faults := self.misfits(users)):
                raise AuthorMistake(faults)
            yield self.of(users)

    def misfits(self, users: pd.DataFrame) -> list[Fault]:
        """Return a fault for each rule that cannot be asked of its column, as these rows show."""
        return misfits(self.segment, users, facts=self.facts, timezone=self.timezone)

    def of(self, users: pd.DataFrame) -> Selected:
        """Select of some rows of the table."""
        steps = self.steps
        out = self.excluded(users)
        removed = np.bincount(out, minlength=len(steps) + 1)
        told = tuple(
            Removed(step.words, step.field, int(count))
            for step, count in zip(steps, removed, strict=False)
        )
        funnel = Funnel(len(users), told, self._listed(users))
        return Selected(users, self.id_column, out, funnel)

    def excluded(self, users: pd.DataFrame) -> np.ndarray:
        """Return for each row the number of the first step it does not meet, or of all steps."""
        table = self._over(users)
        met = np.zeros(len(users), dtype="int32")
        left = np.ones(len(users), dtype=bool)
        for step in self.steps:
            left &= _met(step, table)
            met += left  # who is out stays at the steps that were met before
        return met

    def left_out(self, left: Sequence[int], nobody: pd.DataFrame) -> Selected:
        """Return what is known of rows that never came, because their source left them out.

        `left` counts all rows, and those left after each of the first steps; `nobody` is a table
        without rows.
        """
        steps = self.steps
        removed = [before - after for before, after in pairwise(left)]
        removed += [0] * (len(steps) - len(removed))
        told = tuple(
            Removed(step.words, step.field, count)
            for step, count in zip(steps, removed, strict=True)
        )
        funnel = Funnel(sum(removed), told, whole=not any(removed))
        return Selected(nobody, self.id_column, np.zeros(0, dtype="int32"), funnel)

    def warnings(self, funnel: Funnel) -> tuple[str, ...]:
        """Return what whoever looks at a selection should know, once its funnel is."""
        return (*self.facts.warnings, *funnel.unmatched(self.facts.ids))

    def meets(self, step: Step, users: pd.DataFrame) -> np.ndarray:
        """Return which rows meet a step."""
        return _met(step, self._over(users))

    def _over(self, users: pd.DataFrame) -> Table:
        return Table(users, self.id_column, self.now, self.timezone, self.facts)

    def _listed(self, users: pd.DataFrame) -> dict[str, int]:
        ids = pd.Index(users[self.id_column].astype("str"))
        return {file: int(ids.isin(listed).sum()) for file, listed in self.facts.ids.items()}


def _met(step: Step, table: Table) -> np.ndarray:
    found = marked(step.part, table)
    return ~found if step.negated else found

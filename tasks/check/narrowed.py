"""Select of a user table whose source leaves out what the first steps would take out anyway."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from blocks.mistake import AuthorMistake
from blocks.user_table import PART_ROWS, UserTable
from tasks.segment.fit import LOOKED_AT
from tasks.segment.pushed import clauses_of
from tasks.segment.selection import Selected, Selection


def narrowed(
    users: UserTable,
    selection: Selection,
    *,
    columns: Collection[str],
    environ: Mapping[str, str],
    rows: int = PART_ROWS,
    worth: int = PART_ROWS,
    share: float = 0.5,
) -> Iterator[Selected]:
    """Select of each part of `rows` rows of a user table, as if every row of it came.

    Only a table of more than `worth` rows, of which no more than a `share` is left, is asked for
    less: counting costs, too. Rules are asked of what comes once more; who was left out is in the
    funnel, not in `excluded`. Raises AuthorMistake when the table or a rule on it is not as it must
    be.
    """
    clauses = clauses_of(selection.steps, selection.facts.properties)
    # How many ids of a list are in the table only the whole table tells.
    left = users.narrowed(clauses, environ=environ) if clauses and not selection.facts.ids else ()
    if len(left) < 2 or left[0] <= worth or left[-1] > left[0] * share:
        yield from selection.parts(users.parts(columns, environ=environ, rows=rows))
        return
    # Whether a rule fits its column must not depend on what is left of it.
    head = next(users.parts(columns, environ=environ, rows=LOOKED_AT))
    if faults := selection.misfits(head):
        raise AuthorMistake(faults)
    yield selection.left_out(left, head.iloc[:0])
    asked = clauses[: len(left) - 1]
    for part in users.parts(columns, environ=environ, rows=rows, clauses=asked):
        yield selection.of(part)

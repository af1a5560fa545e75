"""Conditions on columns as SQL that is true or false for every row, never unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from blocks.segment_value import Scalar
from blocks.user_table_condition import Clause, Condition, Holds

_SIGNS = {
    "is greater than": ">",
    "is less than": "<",
    "is at least": ">=",
    "is at most": "<=",
}


def quoted(name: str) -> str:
    """Return a name in the quotes of standard SQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Words:
    """How a database says it: {0} is a column, {1} a text.

    Attributes:
        exact: compares a text letter by letter.
        not_nan: leaves out a double that is no number; empty where there is none.
    """

    contains: str
    exact: str = "{0}"
    not_nan: str = ""
    true: str = "TRUE"
    false: str = "FALSE"
    quote: Callable[[str], str] = quoted


def where(clauses: tuple[Clause, ...], holds: Mapping[str, Holds], *, words: Words) -> str:
    """Return the WHERE of the rows that meet all clauses; empty for no clauses."""
    told = " AND ".join(_clause(one, holds, words) for one in clauses)
    return f" WHERE {told}" if told else ""


def counting(
    table: str, clauses: tuple[Clause, ...], holds: Mapping[str, Holds], *, words: Words
) -> str:
    """Return the statement that counts all rows, and those left after each clause."""
    counts, so_far = ["COUNT(*)"], []
    for clause in clauses:
        so_far.append(_clause(clause, holds, words))
        counts.append(f"COALESCE(SUM(CASE WHEN {' AND '.join(so_far)} THEN 1 ELSE 0 END), 0)")
    return f"SELECT {', '.join(counts)} FROM {table}"  # noqa: S608 - names and texts are quoted


def _clause(clause: Clause, holds: Mapping[str, Holds], words: Words) -> str:
    told = " OR ".join(_condition(one, holds[one.column], words) for one in clause.any_of)
    return f"NOT ({told})" if clause.negated else f"({told})"


def _condition(condition: Condition, holds: Holds, words: Words) -> str:
    column = words.quote(condition.column)
    present = f"{column} IS NOT NULL"
    if holds == "float" and words.not_nan:
        present = f"({present} AND {words.not_nan.format(column)})"
    if condition.test == "is set":
        return f"(NOT {present})" if condition.negated else present
    compared = words.exact.format(column) if holds == "text" else column
    test = f"COALESCE({_test(condition, compared, words)}, {words.false})"
    return f"({present} AND {'NOT ' if condition.negated else ''}{test})"


def _test(condition: Condition, column: str, words: Words) -> str:
    values = [_literal(one, words) for one in condition.values]
    match condition.test:
        case "is":
            return f"{column} IN ({', '.join(values)})"
        case "contains":
            return f"({' OR '.join(words.contains.format(column, one) for one in values)})"
        case "is between":
            return f"({column} >= {values[0]} AND {column} <= {values[1]})"
        case _:
            return f"{column} {_SIGNS[condition.test]} {values[0]}"


def _literal(value: Scalar, words: Words) -> str:
    if isinstance(value, bool):
        return words.true if value else words.false
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    # With an exponent it is a double, not a decimal.
    return str(value) if isinstance(value, int) else f"{value:.17e}"

"""Which conditions a table in SQLite or PostgreSQL answers as pandas would, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from blocks.user_table_condition import Clause, Holds, answered
from blocks.user_table_source import is_query
from blocks.user_table_where import Words, counting, quoted, where

# The types themselves, not those that derive from them: enumerations and padded texts compare
# otherwise. Of what is not here, pandas may take a value for unset.
_TYPES: dict[str, dict[type, Holds]] = {
    "postgresql": {
        sa.TEXT: "text",
        sa.VARCHAR: "text",
        sa.SMALLINT: "integer",
        sa.INTEGER: "integer",
        sa.BIGINT: "integer",
        postgresql.DOUBLE_PRECISION: "float",
        sa.BOOLEAN: "truth",
        sa.DATE: "other",
        postgresql.TIMESTAMP: "other",
    },
    "sqlite": {
        sa.TEXT: "text",
        sa.VARCHAR: "text",
        sa.INTEGER: "integer",
        sa.BIGINT: "integer",
        sa.REAL: "float",
        sa.FLOAT: "float",
    },
}
_WORDS = {
    "postgresql": Words(
        contains="strpos({0}, {1}) > 0", exact='{0} COLLATE "C"', not_nan="{0} <> 'NaN'"
    ),
    "sqlite": Words(
        contains="instr({0}, {1}) > 0", exact="{0} COLLATE BINARY", true="1", false="0"
    ),
}
# In SQLite a column may hold what its type does not say.
_STORED: dict[Holds, str] = {"text": "'text'", "integer": "'integer'", "float": "'real'"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The clauses that a table answers, in the words of its database."""

    clauses: tuple[Clause, ...] = ()
    holds: Mapping[str, Holds] | None = None
    words: Words | None = None

    def where(self) -> str:
        """Return their WHERE; empty for none."""
        if self.holds is None or self.words is None:
            return ""
        return where(self.clauses, self.holds, words=self.words)

    def counting(self, table: str) -> str:
        """Return the statement that counts the rows, and those left after each clause."""
        assert self.holds is not None, "asked only where there are clauses"
        assert self.words is not None, "the same"
        return counting(table, self.clauses, self.holds, words=self.words)


def answering(connection: Connection, what: str, clauses: tuple[Clause, ...]) -> Asked:
    """Return the leading clauses that a table answers; a query and other databases answer none."""
    dialect = connection.dialect.name
    if dialect not in _TYPES or is_query(what):
        return Asked()
    schema, _, table = what.rpartition(".")
    holds: dict[str, Holds] = {}
    for column in sa.inspect(connection).get_columns(table, schema=schema or None):
        if kind := _TYPES[dialect].get(type(column["type"])):
            holds[column["name"]] = kind
    taken = answered(clauses, holds)
    if dialect == "sqlite" and taken and not _as_declared(connection, what, taken, holds):
        return Asked()
    return Asked(taken, holds, _WORDS[dialect])


def _as_declared(
    connection: Connection, what: str, clauses: tuple[Clause, ...], holds: Mapping[str, Holds]
) -> bool:
    names = {condition.column for clause in clauses for condition in clause.any_of}
    other = " OR ".join(
        f"typeof({quoted(name)}) NOT IN ({_STORED[holds[name]]}, 'null')" for name in sorted(names)
    )
    schema, _, table = what.rpartition(".")
    place = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
    statement = f"SELECT 1 FROM {place} WHERE {other} LIMIT 1"  # noqa: S608 - names are quoted
    return connection.exec_driver_sql(statement).first() is None

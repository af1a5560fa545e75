"""Hand many rows to one statement as one JSON text, which both databases read as a table.

One statement that the database works through by itself, instead of one a row: the driver gives
Python's lock away and takes it again for each statement it executes, and waits its turn each time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection

_POSTGRESQL: Final = {
    "int": "bigint",
    "float": "double precision",
    "text": "text",
    "bool": "boolean",
}


def execute(
    connection: Connection,
    statement: str,
    *,
    columns: Mapping[str, str],
    rows: Collection[tuple[Any, ...]],
    **given: Any,
) -> int:
    """Execute a statement that reads `{listed}`, a table of these rows; return how many it met.

    `columns` are names and kinds (int, float, text, bool) in the order of the rows' values;
    `{name}` in the statement stands for the value of that name in `given`. A statement is a
    constant: its texts are compiled once and kept.
    """
    sql, names = _compiled(statement, tuple(columns.items()), tuple(given), connection.dialect.name)
    told = {**given, "listed": json.dumps(rows, ensure_ascii=False)}
    done = connection.exec_driver_sql(sql, tuple(told[name] for name in names))
    return done.rowcount


@lru_cache(maxsize=64)
def _compiled(
    statement: str, columns: tuple[tuple[str, str], ...], given: tuple[str, ...], dialect: str
) -> tuple[str, tuple[str, ...]]:
    """Return the statement as a driver takes it, and whose values its marks stand for, in order."""
    mark = "?" if dialect == "sqlite" else "%s"
    order: list[str] = []

    class Marks(dict[str, str]):
        def __missing__(self, name: str) -> str:
            assert name == "listed" or name in given, name
            order.append(name)
            return _table(columns, dialect, mark) if name == "listed" else mark

    return statement.format_map(Marks()), tuple(order)


def _table(columns: tuple[tuple[str, str], ...], dialect: str, mark: str) -> str:
    if dialect == "sqlite":
        picked = [f"json_extract(value, '$[{i}]') AS {name}" for i, (name, _) in enumerate(columns)]
        source = f"json_each({mark})"
    else:
        picked = [
            f"(value->>{i})::{_POSTGRESQL[kind]} AS {name}"
            for i, (name, kind) in enumerate(columns)
        ]
        source = f"json_array_elements({mark}::json)"
    return f"(SELECT {', '.join(picked)} FROM {source}) AS listed"  # noqa: S608 - names of ours

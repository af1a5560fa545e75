"""Keep what deliveries saw of linked data when they were first rendered, and give it back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from blocks.delivery_log_tables import answers, frozen

# Bound parameters of one statement; SQLite takes 32,766.
CHUNK = 500


def freeze(connection: Connection, *, run_id: int, seen: Mapping[int, Mapping[str, Any]]) -> None:
    """Write the answers that deliveries saw, by their ids; what is written already stays."""
    told: dict[str, str] = {}
    rows = []
    for delivery_id, values in seen.items():
        digests = {}
        for key, value in values.items():
            text = json.dumps(value, ensure_ascii=False)
            digests[key] = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
            told[digests[key]] = text
        rows.append({"run_id": run_id, "delivery_id": delivery_id, "answers": json.dumps(digests)})
    _insert(
        connection,
        answers,
        [{"run_id": run_id, "digest": digest, "data": text} for digest, text in told.items()],
    )
    _insert(connection, frozen, rows)


def read(
    connection: Connection, *, run_id: int, delivery_ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Return the answers of those deliveries that were rendered before, by their ids."""
    digests: dict[int, dict[str, str]] = {}
    for ids in _chunks(delivery_ids):
        found = select(frozen.c.delivery_id, frozen.c.answers).where(
            frozen.c.run_id == run_id, frozen.c.delivery_id.in_(ids)
        )
        digests |= {row.delivery_id: json.loads(row.answers) for row in connection.execute(found)}
    values = _values(
        connection, run_id, {one for each in digests.values() for one in each.values()}
    )
    return {
        delivery_id: {key: values[digest] for key, digest in each.items()}
        for delivery_id, each in digests.items()
    }


def forget(connection: Connection, *, run_id: int) -> None:
    """Remove what the deliveries of a run saw; they cannot be sent again after that."""
    for table in (frozen, answers):
        connection.execute(delete(table).where(table.c.run_id == run_id))


def _values(connection: Connection, run_id: int, digests: Iterable[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for some in _chunks(sorted(digests)):
        found = select(answers.c.digest, answers.c.data).where(
            answers.c.run_id == run_id, answers.c.digest.in_(some)
        )
        values |= {row.digest: json.loads(row.data) for row in connection.execute(found)}
    return values


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: Insert = dialect.insert(table).on_conflict_do_nothing()
    connection.execute(statement, list(rows))

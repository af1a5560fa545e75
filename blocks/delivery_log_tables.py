"""The tables of the delivery log: runs, deliveries, attempts, owners, host limits, linked data."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Double, Integer, Table, Text

# Raised together with a new module in delivery_log_migrations/versions.
SCHEMA_VERSION = 4

# Names that a later migration can refer to.
schema = sa.MetaData(
    naming_convention={kind: f"{kind}_%(table_name)s_%(column_0_N_name)s" for kind in ("ix", "uq")}
)
# SQLite numbers rows by itself only in a key of exactly this type.
_Id = sa.BigInteger().with_variant(Integer, "sqlite")


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


# Times are epoch seconds, UTC. There are no foreign keys: they would cost a look-up for each of
# millions of rows, and forbid pruning old attempts by themselves.
meta = Table("meta", schema, Column("schema_version", Integer, nullable=False))

owners = Table(
    "owners",
    schema,
    Column("id", _Id, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_start", Double, nullable=False),  # comparable on the same host only
    Column("started_at", Double, nullable=False),
    Column("heartbeat_at", Double, nullable=False),  # by the database's clock
    Column("lease", Double, nullable=False),  # seconds
    Column("left_at", Double),  # it said goodbye, or was declared dead
    Column("flow_run_id", Text),  # its flow run in Prefect, until that is known to have ended
    Column("run_id", sa.BigInteger),
)

runs = Table(
    "runs",
    schema,
    Column("id", _Id, primary_key=True),
    Column("run_key", Text, nullable=False, unique=True),
    Column("campaign", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source", Text),  # path of the campaign file
    Column("definition", sa.JSON(none_as_null=True)),
    Column("snapshot", Text),  # where the Parquet parts are
    Column("columns", sa.JSON(none_as_null=True)),
    Column("wanted", Text, nullable=False, server_default="run"),  # run or stop
    Column("planner_id", sa.BigInteger),  # the owner that writes the plan
    Column("started_at", Double, nullable=False),
    Column("planned_at", Double),
    Column("finished_at", Double),
    _count("audience"),
    _count("delivered"),
    _count("failed"),
    _count("suppressed"),
    _count("held"),
    _count("in_doubt"),
    _count("attempts"),  # attempt rows, that is attempts with a result or known as unknown
    Column("pruned_at", Double),  # its attempts were removed
    Column("report", sa.JSON(none_as_null=True)),  # what the rows said before they were removed
    Column("funnel", sa.JSON(none_as_null=True)),  # how many users each rule took out
    sa.Index(None, "finished_at"),
)

batches = Table(
    "batches",
    schema,
    Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("part", Integer, nullable=False),
    Column("first", Integer, nullable=False),  # row of the part
    Column("size", Integer, nullable=False),
    Column("owner_id", sa.BigInteger),
    Column("closed", sa.Boolean, nullable=False, server_default=sa.false()),
)
_free = batches.c.owner_id.is_(None) & batches.c.closed.is_(False)
_where: dict[str, Any] = {"sqlite_where": _free, "postgresql_where": _free}
sa.Index("ix_batches_free", batches.c.run_id, batches.c.number, **_where)
_held = batches.c.owner_id.is_not(None)
_held_where: dict[str, Any] = {"sqlite_where": _held, "postgresql_where": _held}
sa.Index(None, batches.c.owner_id, **_held_where)

deliveries = Table(
    "deliveries",
    schema,
    Column("id", _Id, primary_key=True),
    Column("run_id", sa.BigInteger, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("trigger_id", Text, nullable=False, server_default=""),
    Column("part", Integer, nullable=False),
    Column("row", Integer, nullable=False),  # of the part
    Column("state", sa.SmallInteger, nullable=False, server_default="0"),
    Column("reason", Text),
    _count("attempts"),  # begun so far
    _count("earlier_attempts"),  # begun before the current round
    Column("due_at", Double, nullable=False),
    Column("owner_id", sa.BigInteger),  # while in flight
    Column("begun_at", Double),
    Column("status", sa.SmallInteger),  # of the last answer
    sa.UniqueConstraint("run_id", "user_id", "trigger_id"),
    sa.Index(None, "run_id", "batch"),
)

# The run leads the key: one run's attempts lie together, and PostgreSQL can be partitioned by it.
attempts = Table(
    "attempts",
    schema,
    Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("status", sa.SmallInteger),
    Column("error", Text),  # short kind: read timeout, connection refused, unknown
    Column("maybe_received", sa.Boolean, nullable=False),
    Column("detail", Text),
    Column("owner_id", sa.BigInteger),
    sqlite_with_rowid=False,
)

# One timeline a host, whichever runs and processes send to it.
hosts = Table(
    "hosts",
    schema,
    Column("host", Text, primary_key=True),
    Column("free_at", Double, nullable=False, server_default="0"),  # reserved until then
    sqlite_with_rowid=False,
)

host_slots = Table(
    "host_slots",
    schema,
    Column("host", Text, primary_key=True),
    Column("owner_id", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("slots", Integer, nullable=False),  # requests that the owner may have in the air
    Column("wanted", Integer, nullable=False),  # and that it would have, were it alone
    sqlite_with_rowid=False,
)

# What templates saw of linked data when a delivery was first rendered, so that every attempt
# carries the same bytes. Many deliveries see one answer, which is kept once a run.
answers = Table(
    "answers",
    schema,
    Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("digest", Text, primary_key=True),
    Column("data", Text, nullable=False),  # JSON
    sqlite_with_rowid=False,
)

frozen = Table(
    "frozen",
    schema,
    Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("answers", Text, nullable=False),  # JSON: the digest of each answer by its key
    sqlite_with_rowid=False,
)

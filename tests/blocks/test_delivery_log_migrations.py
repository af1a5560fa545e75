"""A log of an earlier version is brought up to date without loss, whoever opens it first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_migrations import migrate, newest
from blocks.delivery_log_schema import stored_version
from blocks.delivery_log_tables import SCHEMA_VERSION, schema
from tasks.log import queries, reconcile, runs
from tasks.log.records import State
from tasks.log.takeover import take_over

OLD = Path(__file__).parent / "logs_of_version_1"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """Return the address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/log.db"
    return request.getfixturevalue("postgresql")()


@pytest.fixture
def bare(database):
    """Open a database as it is, without its tables being touched."""
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    yield engine
    engine.dispose()


@pytest.fixture
def old(database, bare):
    """Write the log as version 1 left it: a finished run, and one whose sender was killed."""
    with bare.begin() as connection:
        for statement in (OLD / f"{bare.dialect.name}.sql").read_text().splitlines():
            connection.exec_driver_sql(statement)
    return DeliveryLog(url=database)


def shape(engine: Engine):
    """Return tables, columns and indexes of a database as values that compare."""
    found = inspect(engine)
    return {
        table: (
            [(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((one["name"], str(one["column_names"])) for one in found.get_indexes(table)),
            sorted(str(one["name"]) for one in found.get_unique_constraints(table)),
        )
        for table in sorted(found.get_table_names())
    }


def rows(engine: Engine):
    """Return every row of the tables that are there, but for the version."""
    with engine.connect().execution_options(reads=True) as connection:
        present = set(inspect(connection).get_table_names()) - {"meta"}
        return {
            table: [
                dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()
            ]
            for table in sorted(present)
        }


def test_every_version_of_the_schema_has_its_revision():
    assert newest() == SCHEMA_VERSION


def test_the_revisions_make_the_tables_that_a_new_log_has(bare):
    with bare.begin() as connection:
        migrate(connection, since=0)
    migrated = shape(bare)
    with bare.begin() as connection:
        schema.drop_all(connection)
        schema.create_all(connection)

    assert migrated == shape(bare)


def test_an_old_log_keeps_every_row_when_it_is_opened(old, bare):
    before = rows(bare)

    log = old.open()

    after = rows(log)
    kept = {
        table: [
            {name: row[name] for name in was}
            for row, was in zip(after[table], before[table], strict=True)
        ]
        for table in before
    }
    assert kept == before
    assert stored_version(log) == SCHEMA_VERSION
    log.dispose()


def test_the_runs_of_an_old_log_are_told_and_gone_on_with(old):
    log = old.open()
    finished = runs.find_run(log, run_key="finished")
    unfinished = runs.find_run(log, run_key="unfinished")

    assert reconcile.balance(log, run_id=finished.id).balanced
    assert finished.funnel is None
    found = queries.history(log, run_id=finished.id, user_id="cem")
    assert [attempt.status for attempt in found.attempts] == [503, 200]
    with log.begin() as connection:
        # The sender was on another machine, and its lease is over.
        connection.exec_driver_sql("UPDATE owners SET heartbeat_at = 0")
    taken = take_over(log, run_id=unfinished.id, policy="resend", attempt_limit=6, now=50.0)
    assert (taken.batches, taken.in_doubt) == (1, 1)
    assert queries.history(log, run_id=2, user_id="dee").delivery.state is State.IN_DOUBT
    log.dispose()


OPEN = """
import sys
from blocks.delivery_log import DeliveryLog
sys.stdin.readline()
DeliveryLog(url=sys.argv[1]).open()
print("alembic" in sys.modules)
"""


def opened_elsewhere(url: str, *, processes: int = 1) -> list[str]:
    """Open a log in other processes at once; return whether each migrated it."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for one in started:
        one.stdin.write("\n")
        one.stdin.flush()
    return [one.communicate()[0].strip() for one in started]


def test_of_processes_that_open_an_old_log_at_once_one_migrates_it(old, database):
    # Whoever comes to the lock later finds it done.
    assert sorted(opened_elsewhere(database, processes=3)) == ["False", "False", "True"]

    log = old.open()
    assert stored_version(log) == SCHEMA_VERSION
    assert len(runs.list_runs(log)) == 2
    log.dispose()


def test_a_log_that_is_up_to_date_costs_no_migration(old, database):
    old.open().dispose()

    assert opened_elsewhere(database) == ["False"]


def test_a_migration_that_breaks_leaves_the_log_as_it_was(old, bare):
    with bare.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE hosts (theirs INTEGER)")
    before = shape(bare)

    with pytest.raises(Exception, match=r"hosts.* already exists"):
        old.open()

    assert shape(bare) == before
    assert stored_version(bare) == 1

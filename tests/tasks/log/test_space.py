"""The log says how much room it takes, and gives back what pruning freed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import SCHEMA_VERSION
from tasks.log.prune import prunable, prune_run
from tasks.log.space import contents, shrink
from tests.tasks.log.history import add_history


def prune_all(log):
    for run in prunable(log, finished_before=2.0):
        list(prune_run(log, run=run, report={}, now=400.0))


def test_an_empty_log_holds_nothing(scene):
    found = contents(scene.log)

    assert found.schema == SCHEMA_VERSION
    assert (found.runs, found.deliveries, found.attempts, found.oldest) == (0, 0, 0, None)
    assert found.bytes_per_delivery is None
    assert found.size > 0


def test_it_tells_what_is_in_it_and_what_a_delivery_takes(scene):
    add_history(scene.log, runs=10, users=500, owners=1)
    scene.run("a", "b")

    found = contents(scene.log)

    assert (found.runs, found.unfinished, found.pruned) == (11, 1, 0)
    assert (found.deliveries, found.attempts, found.oldest) == (5002, 5000, 1.0)
    assert 50 < found.bytes_per_delivery < 500


def test_what_was_pruned_is_not_counted_any_more(scene):
    add_history(scene.log, runs=2, users=100, owners=1)
    scene.run("a")

    prune_all(scene.log)

    found = contents(scene.log)
    assert (found.runs, found.pruned, found.deliveries, found.oldest) == (3, 2, 1, 10.0)


def test_a_sqlite_file_shrinks_once_its_rows_are_gone(tmp_path):
    file = tmp_path / "log.db"
    log = DeliveryLog(url=f"sqlite:///{file}").open()
    add_history(log, runs=40, users=1000, owners=1)
    before = contents(log).size
    prune_all(log)
    assert contents(log).free > before / 2

    assert shrink(log)

    assert contents(log).free == 0
    assert file.stat().st_size == contents(log).size < before / 10
    log.dispose()


def test_postgresql_uses_free_room_again_by_itself(scene):
    if scene.log.dialect.name == "postgresql":
        assert shrink(scene.log)


def test_a_file_that_was_not_made_to_shrink_says_so(tmp_path):
    file = Path(tmp_path / "log.db")
    log = DeliveryLog(url=f"sqlite:///{file}").open()
    add_history(log, runs=10, users=1000, owners=1)
    log.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA auto_vacuum=NONE")
        connection.execute("VACUUM")
    connection.close()
    log = DeliveryLog(url=f"sqlite:///{file}").open()
    prune_all(log)

    assert not shrink(log)

    assert contents(log).free > 0
    log.dispose()

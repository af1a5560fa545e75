"""The door to the log opens what is there, makes what is missing, and refuses the rest in words."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
import subprocess
import sys
from threading import Thread

import pytest
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import SCHEMA_VERSION, meta, owners, schema
from blocks.mistake import AuthorMistake

SECRET = "hunter2"


def at(path):
    return DeliveryLog(url=f"sqlite:///{path}")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "made" / "for" / "it" / "log.db"


@pytest.fixture
def engine(file):
    engine = at(file).open()
    yield engine
    engine.dispose()


def test_the_log_is_kept_in_the_project_unless_it_is_told_otherwise():
    assert DeliveryLog().url == "sqlite:///.hookline/log.db"


def test_the_tables_are_made_the_first_time(engine):
    tables = set(inspect(engine).get_table_names())

    assert tables == set(schema.tables)
    with engine.connect() as connection:
        assert connection.scalar(select(meta.c.schema_version)) == SCHEMA_VERSION


def test_a_log_is_opened_once_in_a_process(file, engine):
    assert at(file).open() is engine


def test_a_relative_address_means_the_folder_where_it_is_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    engine = DeliveryLog(url="sqlite:///log.db").open()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    other = DeliveryLog(url="sqlite:///log.db").open()

    assert other is not engine
    assert at(tmp_path / "log.db").open() is engine
    for one in (engine, other):
        one.dispose()


def test_a_log_that_was_removed_is_begun_anew(file, engine):
    for part in file.parent.iterdir():
        part.unlink()

    anew = at(file).open()

    assert anew is not engine
    assert inspect(anew).has_table("runs")
    anew.dispose()


def test_what_is_made_is_private(file, engine):
    with engine.begin() as connection:
        connection.execute(update(owners).values(pid=0))
    beside = {path.name for path in file.parent.iterdir()}

    assert {"log.db", "log.db-wal", "log.db-shm"} == beside
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    folders = [file.parent, file.parent.parent, file.parent.parent.parent]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_a_commit_is_on_the_disk_when_it_returns(engine):
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000


def test_what_is_not_committed_is_undone_tables_too(engine):
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE scratch (a)")
        connection.rollback()

    assert not inspect(engine).has_table("scratch")


def test_a_transaction_holds_the_lock_from_its_beginning(file, engine):
    other = sqlite3.connect(file, timeout=0)
    with engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")

    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_who_only_reads_keeps_nobody_from_writing(file, engine):
    other = sqlite3.connect(file, timeout=0)
    with engine.connect().execution_options(reads=True) as connection:
        connection.execute(select(meta)).all()
        other.execute("BEGIN IMMEDIATE")
        assert other.in_transaction
    other.close()


def test_a_lock_is_a_wait_and_not_a_failure(file, engine):
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")

    def write():
        with engine.begin() as connection:
            connection.execute(update(meta).values(schema_version=SCHEMA_VERSION))

    waiting = Thread(target=write)
    waiting.start()
    waiting.join(timeout=0.2)
    assert waiting.is_alive()
    holder.execute("COMMIT")
    waiting.join()
    holder.close()


OPEN = """
import sys
from blocks.delivery_log import DeliveryLog
sys.stdin.readline()
DeliveryLog(url=sys.argv[1]).open()
"""


def test_processes_that_open_a_new_log_at_once_all_succeed(file):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, f"sqlite:///{file}"], stdin=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        process.communicate()

    assert [process.returncode for process in started] == [0, 0, 0]


def test_a_log_of_a_newer_schema_is_refused(tmp_path):
    newer = tmp_path / "newer.db"
    engine = at(newer).open()
    with engine.begin() as connection:
        connection.execute(update(meta).values(schema_version=SCHEMA_VERSION + 1))
    engine.dispose()
    copy = tmp_path / "copy.db"
    copy.write_bytes(newer.read_bytes())

    with pytest.raises(
        AuthorMistake,
        match=f"log: has schema {SCHEMA_VERSION + 1}, newer than the {SCHEMA_VERSION} known here",
    ):
        at(copy).open()


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mysql://user:hunter2@host/name", "'mysql' cannot hold a delivery log"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///log.db?mode=ro", "takes no options"),
    ],
)
def test_what_cannot_hold_a_log_is_refused(url, fault):
    with pytest.raises(AuthorMistake, match=f"^log: .*{fault}") as refused:
        DeliveryLog(url=url).open()

    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("url", ["", "log.db", "postgresql://user:hunter2@host:port/name"])
def test_what_is_not_the_address_of_a_database_is_refused_without_repeating_it(url):
    with pytest.raises(AuthorMistake, match="log: is not the address of a database") as refused:
        DeliveryLog(url=url)

    assert SECRET not in repr(refused.value)
    assert refused.value.__suppress_context__


def test_a_file_that_is_not_a_database_is_refused_and_left_as_it_is(tmp_path):
    table = tmp_path / "users.csv"
    table.write_text("id,name\n" * 1000)

    with pytest.raises(AuthorMistake, match=r"log: .*users\.csv: file is not a database"):
        at(table).open()

    assert table.read_text() == "id,name\n" * 1000


@pytest.mark.parametrize(
    "table", ["users (id)", "runs (id)", "meta (schema_version, more)", "meta (schema_version)"]
)
def test_a_database_of_another_application_is_refused_and_left_as_it_is(tmp_path, table):
    theirs = tmp_path / "theirs.db"
    connection = sqlite3.connect(theirs)
    connection.execute(f"CREATE TABLE {table}")
    connection.close()
    before = theirs.read_bytes()

    with pytest.raises(AuthorMistake, match="log: the database belongs to another application"):
        at(theirs).open()

    assert theirs.read_bytes() == before


@pytest.mark.parametrize("name", ["", "file/log.db"])
def test_a_place_where_no_file_can_be_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("")

    with pytest.raises(AuthorMistake, match=r"log: .*(folder|directory)"):
        at(tmp_path / name).open()


def test_a_log_that_may_not_be_written_is_refused(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    locked = tmp_path / "log.db"
    locked.touch(mode=0o400)

    with pytest.raises(AuthorMistake, match=r"log: .*Permission denied"):
        at(locked).open()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@localhost:1/name",
        f"postgresql+psycopg://user@localhost:1/name?password={SECRET}&connect_timeout=2",
    ],
)
def test_a_password_is_split_off_the_address(url):
    log = DeliveryLog(url=url)

    assert log.password is not None
    assert log.password.get_secret_value() == SECRET
    for shown in (repr(log), str(log), log.url, log.shown, log.model_dump_json()):
        assert SECRET not in shown
    assert ":***@localhost" in log.shown
    assert pickle.loads(pickle.dumps(log)) == log


def test_a_server_that_does_not_answer_is_told_without_its_password():
    pytest.importorskip("psycopg", reason="no PostgreSQL: psycopg is not installed")

    with pytest.raises(AuthorMistake, match=r"log: postgresql.*refused") as refused:
        DeliveryLog(url=f"postgresql://user:{SECRET}@127.0.0.1:1/name").open()

    assert SECRET not in repr(refused.value)
    assert refused.value.__suppress_context__


def test_a_log_is_described_by_its_address_alone():
    assert DeliveryLog(**DeliveryLog().model_dump()) == DeliveryLog()


def test_snapshots_lie_beside_the_log(tmp_path):
    assert at(tmp_path / "log.db").snapshots == tmp_path / "snapshots"


def test_snapshots_of_a_log_on_a_server_lie_in_the_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    log = DeliveryLog(url="postgresql://localhost/name")

    assert log.snapshots == tmp_path / ".hookline" / "snapshots"


def test_who_is_frozen_within_a_transaction_keeps_no_lock_for_long(postgresql, monkeypatch):
    monkeypatch.setattr("blocks.delivery_log.IDLE_SECONDS", 1)
    log = DeliveryLog(url=postgresql()).open()
    with log.connect() as frozen, log.connect() as other:
        frozen.execute(text("LOCK TABLE batches"))

        other.execute(text("LOCK TABLE batches"))  # returns once the server gave up on the other

        with pytest.raises(DBAPIError) as ended:
            frozen.execute(text("SELECT 1"))
        assert ended.value.connection_invalidated
    log.dispose()

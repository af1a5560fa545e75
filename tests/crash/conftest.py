"""A world for every round of every case, and what the rounds found, as a table at the end."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

from tests.crash.databases import PostgresqlServer, SqliteDatabase
from tests.crash.world import World


@pytest.fixture(scope="session")
def postgresql_to_kill():
    """Start a PostgreSQL that nobody else leans on."""
    # Not below pytest's own folder: another session closes that to the server's user.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = PostgresqlServer(Path(folder))
        yield server
        server.remove()


@pytest.fixture
def seed(request):
    """Return the number that all chance of a round comes from: --randomly-seed gives it again."""
    given = request.config.getoption("randomly_seed", 0)
    return f"{given} {request.node.name}"


@pytest.fixture
def world(request, prefect, seed, tmp_path, record_property):
    """Make an empty log in the database of this round, and remember what becomes of it."""
    from prefect.settings import PREFECT_API_URL

    database = (
        SqliteDatabase(tmp_path)
        if request.param == "sqlite"
        else request.getfixturevalue("postgresql_to_kill").new_database()
    )
    print(f"seed: {seed}")
    url = str(PREFECT_API_URL.value())
    world = World(tmp_path, database, url, random.Random(seed), record_property)
    record_property("case", request.node.originalname)
    record_property("log", database.name)
    yield world
    world.end()
    database.remove()


def pytest_terminal_summary(terminalreporter):
    """Print how often each case was played and whom it sent to twice, in a table."""
    rounds = defaultdict(list)
    for report in terminalreporter.getreports("passed"):
        told = dict(report.user_properties)
        if report.when == "call" and "case" in told and "twice" in told:
            rounds[told["case"], told["log"]].append(told)
    if not rounds:
        return
    terminalreporter.section("crashes")
    terminalreporter.line("| case | log | rounds | received twice, each round | at most |")
    terminalreporter.line("|---|---|---|---|---|")
    for (case, log), played in sorted(rounds.items()):
        sentence = case.removeprefix("test_").replace("_", " ")
        twice = " ".join(str(one["twice"]) for one in played)
        bound = max(one["bound"] for one in played)
        terminalreporter.line(f"| {sentence} | {log} | {len(played)} | {twice} | {bound} |")
    if late := [one["late"] for played in rounds.values() for one in played if "late" in one]:
        terminalreporter.line(f"\nThe latest fourth retry came {max(late):.2f} s after its time.")

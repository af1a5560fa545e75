"""Prefect's server as a child: it tells why it did not start, and never outlives its parent."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from deployments.prefect_server import HOST, ServerDidNotStart, free_port, prefect_server

PARENT = """
from deployments.prefect_server import prefect_server

with prefect_server(home=".hookline") as server:
    print(server.process.pid, flush=True)
    server.process.wait()
"""


def test_a_server_that_ends_tells_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("PREFECT_SERVER_EVENTS_RETENTION_PERIOD", "a fortnight")

    with (
        prefect_server(home=tmp_path) as server,
        pytest.raises(ServerDidNotStart, match=r"(?s)ended with .*retention_period"),
    ):
        server.wait_until_ready()


def test_a_server_that_does_not_answer_in_time_is_told_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))

    with (
        prefect_server(home=tmp_path) as server,
        pytest.raises(ServerDidNotStart, match="did not answer within 0 s"),
    ):
        server.wait_until_ready(seconds=0)

    assert server.process.returncode is not None


def test_a_server_ends_though_its_parent_was_killed(run_in, tmp_path: Path) -> None:
    # That nothing is left is checked when the `with` is left.
    with run_in(tmp_path, PARENT) as running:
        running.read_until("\n")
        running.process.kill()

        assert running.end() == -signal.SIGKILL


def test_a_free_port_is_taken_when_the_preferred_ones_are_not_free() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]

        assert free_port(port) != port

    assert free_port(port) == port

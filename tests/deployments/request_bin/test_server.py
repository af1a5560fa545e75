"""The receiver as a process and as a thread: it tells its address and stops when told."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from blocks.mistake import AuthorMistake
from deployments.request_bin.__main__ import main
from deployments.request_bin.server import running_bin


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the receiver as a process; yield it and its address."""
    command = [sys.executable, "-m", "deployments.request_bin", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stdout is not None
        try:
            yield running, running.stdout.readline().split()[-1]
        finally:
            running.kill()


def left_open(url: str, path: str) -> socket.socket:
    where = urlsplit(url)
    wire = socket.create_connection((where.hostname or "", where.port or 0), timeout=20)
    wire.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return wire


def received(url: str, name: str) -> int:
    told: int = httpx.get(f"{url}/bin/{name}.json").json()["received"]
    return told


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_quietly_though_requests_hang(end: signal.Signals) -> None:
    faults = ["--fault", "path=/hang hang", "--fault", "path=/close close"]
    with process(*faults, "--fault", "path=/cut truncate", "--fault", "path=/slow delay=60") as (
        running,
        url,
    ):
        for path in ("close", "cut"):
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{url}/in/a/{path}")
        with left_open(url, "/in/a/hang"), left_open(url, "/in/a/slow"), httpx.Client() as idle:
            idle.get(f"{url}/in/a")
            while received(url, "a") < 5:
                pass
            running.send_signal(end)
            out, errors = running.communicate(timeout=30)

    assert running.returncode == 0
    assert errors == ""
    assert out.splitlines()[-1] == "Request bin stopped; received 5 requests"


def test_it_binds_to_this_machine_only_and_tells_the_free_port_it_took() -> None:
    with process() as (_, url), process() as (_, other):
        assert url.startswith("http://127.0.0.1:")
        assert url != other
        assert httpx.get(url).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fault", "sttaus=5"], "faults[0].sttaus: is no field of a fault (did you mean"),
        (["--port", "99999"], "port: 127.0.0.1:99999 cannot be had: "),
        (["--host", "203.0.113.1"], "port: 203.0.113.1:0 cannot be had: "),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2

    errors = capsys.readouterr().err
    assert errors.startswith(told)
    assert errors.count("\n") == 1


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with running_bin() as first:
        assert main(["--port", str(urlsplit(first.url).port)]) == 2

    assert "(port 0 takes a free one)" in capsys.readouterr().err


def test_the_requests_can_be_read_after_the_end() -> None:
    with running_bin() as ended:
        httpx.get(ended.in_url("a"))

    assert ended.received("a") == 1


def test_leaving_ends_it_though_requests_hang() -> None:
    with running_bin(faults=["hang"]) as ended:
        wire = left_open(ended.url, "/in/a")
        while ended.received("a") < 1:
            pass

    with wire:
        assert wire.recv(1) == b""
    assert ended.requests("a")[0].label == "client left"


def test_a_hanging_request_is_closed_in_the_end() -> None:
    with running_bin(faults=["hang"], hang_limit=0.05) as short:
        with pytest.raises(httpx.ReadError):
            httpx.get(short.in_url("a"))

        assert [one.label for one in short.requests("a")] == ["closed"]


def test_ipv6_addresses_are_written_in_brackets() -> None:
    try:
        with running_bin(host="::1") as local:
            assert local.url.startswith("http://[::1]:")
            assert httpx.get(local.in_url("a")).status_code == 200
    except AuthorMistake as none_here:
        pytest.skip(f"no IPv6 on this machine: {none_here}")

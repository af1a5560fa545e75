"""What the measurements share: a folder, the sink, Prefect's server, campaigns and logs."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchmarks.campaign import write_campaign, write_users
from benchmarks.child import Child, python, running
from benchmarks.measure import Usage, watched
from benchmarks.sizes import Sizes
from deployments.prefect_environment import DEFAULTS

WARM_USERS = 300
NOBODY: Mapping[str, int] = MappingProxyType({})


class WentWrong(Exception):
    """What was measured did not do what it should have done, so its time means nothing."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One run that did what it should: its seconds, what it used, what the sink saw."""

    users: int
    seconds: float
    answer: dict[str, Any]
    usage: Usage
    sink: dict[str, Any]

    @property
    def rate(self) -> float:
        """Return deliveries per second."""
        return self.users / self.seconds

    @property
    def cpu_s(self) -> float:
        """Return the CPU seconds of all its processes, the sink's not among them."""
        return sum(self.usage.cpu_s.values())


@dataclass(frozen=True, slots=True)
class Stage:
    """An open sink, and a folder in which everything is written."""

    folder: Path
    sizes: Sizes
    sink_port: int
    api_url: str
    # Processes that work for Hookline beside its own, by name: they are watched with it.
    beside: Mapping[str, int]
    _open: ExitStack
    _shared: list[Child] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        """Return where webhooks are sent to."""
        return f"http://127.0.0.1:{self.sink_port}/hooks"

    def new(self, name: str) -> Path:
        """Return a path that was not used yet."""
        return self.folder / f"{next(self._numbers)}-{name}"

    def users(self, audience: int) -> Path:
        """Return a user table of which so many users are selected."""
        path = self.folder / f"users-{audience}.csv"
        if not path.exists():
            write_users(path, audience=audience)
        return path

    def campaign(self, audience: int, **delivery: Any) -> Path:
        """Return a campaign file for such a table; `delivery` is what differs from the default."""
        path = self.new("campaign.yaml")
        write_campaign(path, users=self.users(audience), url=self.url, **delivery)
        return path

    @contextmanager
    def log(self) -> Iterator[Path]:
        """Yield the path of a new delivery log in a folder of its own, removed in the end."""
        folder = self.new("log")
        folder.mkdir()
        try:
            yield folder / "log.db"
        finally:
            shutil.rmtree(folder)

    def ask_sink(self, path: str) -> dict[str, Any]:
        """Ask the sink itself: `stats`, or `reset?busy=0.2`."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sink_port}/-/{path}") as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    @contextmanager
    def peer(self, name: str) -> Iterator[Child]:
        """Yield a peer's process that is ready."""
        command = python(f"benchmarks.peers.{name}")
        with self._started(command, name) as child:
            child.answer()
            yield child

    @contextmanager
    def fresh_hookline(self) -> Iterator[Child]:
        """Yield a process of Hookline's that is warm and has sent nothing else yet."""
        with self.log() as log:
            warm = [str(self.campaign(WARM_USERS)), f"sqlite:///{log}"]
            command = python("benchmarks.peers.hookline_run", *warm)
            with self._started(command, "hookline") as child:
                fault = child.answer().get("fault")
                if fault:
                    raise WentWrong(fault)
                yield child

    def hookline(self) -> Child:
        """Return the warm process of Hookline's that measurements share."""
        if not self._shared:
            self._shared.append(self._open.enter_context(self.fresh_hookline()))
        return self._shared[0]

    def _started(self, command: list[str], name: str) -> AbstractContextManager[Child]:
        # What the command line sets for Prefect; a peer with Prefect gets the same.
        environ = {
            **DEFAULTS,
            "PREFECT_HOME": str(self.folder / "client"),
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
            "PREFECT_API_URL": self.api_url,
        }
        return running(command, folder=self.folder, name=name, environ=environ)

    def run(
        self,
        child: Child,
        *,
        users: int,
        faults: str = "",
        beside: Mapping[str, int] = NOBODY,
        **command: Any,
    ) -> Ran:
        """Let a child send to `users` users, and check that each of them got it.

        `faults` is how the sink behaves, such as `busy=0.2&slow=0.1`; `beside` are the processes
        that are watched with the child, by name.
        """
        before = self.ask_sink(f"reset?{faults}")
        with watched({child.name: child.pid, **beside}) as usage:
            answer = child.ask(**command)
        seen = self.ask_sink("stats")
        sent = answer.get("sent")
        if answer.get("fault") or not sent == seen["distinct"] == users:
            arrived = f"{users} users, {sent} sent, {seen['distinct']} arrived"
            raise WentWrong(f"{child.name}: {answer.get('fault') or arrived}")
        seen["cpu_s"] -= before["cpu_s"]
        return Ran(users, answer["seconds"], answer, usage, seen)

    def send(self, child: Child, campaign: Path, *, users: int, log: str, **more: Any) -> Ran:
        """Let Hookline send a campaign as a new run."""
        key = f"run-{next(self._numbers)}"
        command = {"campaign": str(campaign), "log": log, "run_key": key, **more}
        return self.run(child, users=users, beside=self.beside, **command)

    def send_afresh(self, child: Child, campaign: Path, *, users: int, **more: Any) -> Ran:
        """Let Hookline send a campaign with a new and empty log in SQLite."""
        with self.log() as log:
            return self.send(child, campaign, users=users, log=f"sqlite:///{log}", **more)


@contextmanager
def open_stage(
    folder: Path, sizes: Sizes, *, api_url: str, beside: Mapping[str, int] = NOBODY
) -> Iterator[Stage]:
    """Start the sink and yield a stage for measurements."""
    with ExitStack() as opened:
        sink = opened.enter_context(running(python("benchmarks.sink"), folder=folder, name="sink"))
        yield Stage(folder, sizes, sink.answer()["port"], api_url, beside, opened)

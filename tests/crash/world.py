"""What a case plays with: a log, a receiver, a campaign, and the processes that send it."""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import Engine, func, select

from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import attempts, deliveries
from tasks.log import queries, runs
from tasks.log.records import Run, State
from tasks.report.read import read_report
from tests.crash import receiver
from tests.crash.account import check
from tests.crash.databases import Database, SqliteDatabase
from tests.crash.process import Process

USERS = 600
CONCURRENCY = 20
RUN_KEY = "crash"
ROOT = Path(__file__).parents[2]


@dataclass
class World:
    """One run of one campaign; whatever happens to it, `account` is held at its end."""

    folder: Path
    database: Database
    prefect_url: str
    chance: random.Random
    tell: Callable[[str, object], None]
    processes: list[Process] = field(default_factory=list)
    port: int = 0
    users: int = USERS
    receives: tuple[str, ...] = ()

    def receive(self, *, first: int = 1, share: float = 0.1, delay: float = 0.05) -> None:
        """Start a receiver that answers 503 to the first requests of a share of the users."""
        told = {"first": first, "share": share, "delay": delay}
        self.receives = tuple(f"--{name}={value}" for name, value in told.items())
        self.receive_again()

    def receive_again(self) -> Process:
        """Start the receiver on its port, where it may have been killed before."""
        where = [f"--port={self.port}", f"--record={self.record}", *self.receives]
        command = [sys.executable, "-m", "tests.crash.receiver", *where]
        process = self._started(command, folder=ROOT)
        assert process.until(lambda: process.said.endswith("\n")), process.said
        self.port = int(process.said)
        return process

    @property
    def record(self) -> Path:
        """Return the file that the receiver writes."""
        return self.folder / "received"

    @property
    def received(self) -> int:
        """Count what arrived so far."""
        return self.record.read_bytes().count(b"\n") if self.record.exists() else 0

    def send(self, *words: str, lease: float = 60.0, **environ: str) -> Process:
        """Start a process that sends the campaign, or goes on with its run."""
        campaign = self.folder / "welcome.yaml"
        if not campaign.exists():
            self.write()
        hookline = str(Path(sys.executable).with_name("hookline"))
        command = [hookline, "send", str(campaign), "--run-key", RUN_KEY, *words]
        return self._started(
            command,
            folder=self.folder,
            HOOKLINE_LOG=self.database.url,
            HOOKLINE_LEASE_SECONDS=str(lease),
            PREFECT_API_URL=self.prefect_url,
            **environ,
        )

    def write(self, **delivery: Any) -> None:
        """Write the campaign and its users; `delivery` are settings of it."""
        users = "".join(f"user-{number}\n" for number in range(self.users))
        (self.folder / "users.csv").write_text(f"user_id\n{users}")
        retry = {"delays": [0.3, 0.6, 1.2, 2.4, 4.8, 4.8, 4.8]}
        settings = {"concurrency": CONCURRENCY, "batch_size": 50, "retry": retry, **delivery}
        campaign = {
            "name": "Welcome",
            "users": {"source": "users.csv", "id": "user_id"},
            "message": {"url": f"http://{receiver.HOST}:{self.port}/{{{{User ID}}}}"},
            "delivery": settings,
        }
        with (self.folder / "welcome.yaml").open("w") as file:
            YAML(typ="safe").dump(campaign, file)

    def moment(self, *, first: float = 0.0, last: float = 0.8) -> Callable[[], bool]:
        """Choose a moment: so many requests arrived; the first and last shares of them are not it.

        A first of less than nothing may be any time after the process has entered the run.
        """
        share = self.chance.uniform(first, last)
        self.tell("at", f"{max(share, 0):.0%}")
        if share < 0:
            return lambda: self.run is not None
        return lambda: self.received > share * self.users

    def while_it_sends(self, sender: Process, *, first: float = 0.0, last: float = 0.8) -> None:
        """Wait for a moment at which the sender is at work."""
        came = sender.until(self.moment(first=first, last=last))
        assert came, f"it ended too early; it said:\n{sender.said}"

    @property
    def log(self) -> Engine:
        """Open the log."""
        return DeliveryLog(url=self.database.url).open()

    @property
    def run(self) -> Run | None:
        """Return the run as it stands, once it is entered."""
        if isinstance(self.database, SqliteDatabase) and not self.database.file.exists():
            return None
        return runs.find_run(self.log, run_key=RUN_KEY)

    def senders(self) -> set[int]:
        """Return the owners that have made attempts."""
        with self.log.connect() as connection:
            made = select(attempts.c.owner_id).distinct()
            return set(connection.scalars(made))

    def waiting_for(self, retry: int) -> int:
        """Count the deliveries that wait for this retry."""
        with self.log.connect() as connection:
            waiting = (deliveries.c.state == State.PENDING) & (deliveries.c.attempts == retry)
            counted = select(func.count()).select_from(deliveries).where(waiting)
            return connection.execute(counted).scalar_one()

    def in_flight(self) -> set[str]:
        """Return the users whose webhook is in the air, by the log."""
        flying = queries.list_deliveries(self.log, run_id=self.run.id, state=State.IN_FLIGHT)
        return {one.user_id for one in flying}

    def lost(self) -> set[str]:
        """Return whom the process that was just killed had in the air: the report tells as many."""
        if self.run is None:
            return set()
        lost = self.in_flight()
        told = read_report(self.log, run_key=RUN_KEY, now=time.time())
        doubted = queries.list_deliveries(self.log, run_id=self.run.id, state=State.IN_DOUBT)
        assert told.in_doubt == len(lost) + len(list(doubted))
        assert len(lost) <= 2 * CONCURRENCY
        return lost

    def finish(self, *words: str) -> None:
        """Start the run again, with nothing in its way now, to its end."""
        again = self.send(*words)
        assert again.ended() == 0, again.said
        assert "Traceback" not in again.said, again.said

    def account(self, *, killed: int, held: Collection[str] = ()) -> None:
        """Check that everybody was received, and that only the killed left anything in doubt."""
        received, bound = receiver.read(self.record), 2 * CONCURRENCY * killed
        twice = check(self.log, self.run, received, users=self.users, doubtful=bound, held=held)
        self.tell("twice", twice)
        self.tell("bound", bound)

    def end(self) -> None:
        """Leave no process behind."""
        for process in self.processes:
            process.remove()
        self.log.dispose()

    def _started(self, command: list[str], *, folder: Path, **environ: str) -> Process:
        out = self.folder / f"said-{len(self.processes)}"
        process: Process = Process.start(
            command, out=out, folder=folder, environ=os.environ | environ
        )
        self.processes.append(process)
        return process


def ended_cleanly(process: Process) -> bool:
    """Tell whether a process ended by itself and without a word about its own code."""
    return process.ended() in (0, 1) and not re.search("Traceback", process.said)

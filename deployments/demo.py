"""Send the sample campaign to a receiver on this machine, and check every request of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from blocks.settings import Settings
from deployments.prefect_environment import HOME, set_defaults
from deployments.prefect_server import PrefectServer, ServerDidNotStart, free_port, prefect_server
from deployments.request_bin.record import Received
from deployments.request_bin.server import RunningBin, running_bin
from deployments.sample_users import write_sample_users
from tasks.log import queries, runs
from tasks.log.records import State, webhook_id
from tasks.log.transaction import Log
from tasks.report import text
from tasks.report.read import read_report
from tasks.report.report import Report
from tasks.schedule.run_key import key_at

if TYPE_CHECKING:
    from uuid import UUID

CAMPAIGN = Path(__file__).parent / "campaigns" / "retention-offer.yaml"
BIN = "crm"
BIN_PORT = 8765
PASSWORD = "demo"  # noqa: S105 (the demo's own receiver takes any)
DELAYS = "[1, 2, 4, 8, 16]"
FAULTS = (
    # Customers whose id ends in 91 are not known to this CRM, however often it is asked.
    "path=91/offers status=404",
    "first=1 share=0.05 status=503",
    "first=1 share=0.04 offset=0.05 status=429 retry_after=2",
)


def run_demo(*, home: Path | str = HOME) -> int:
    """Send the sample campaign; return 0 if its run balances and the receiver agrees with the log.

    Everything is made below `home`, where `hookline up` finds the same run.
    """
    console = Console(highlight=False, soft_wrap=True, markup=False)
    try:
        return _Demo(Path(home), console).run()
    except ServerDidNotStart as fault:
        console.print(str(fault))
    except KeyboardInterrupt:
        console.print("Stopped.")
    return 1


class _Demo:
    """One run of the demo: where it puts things, and where it prints."""

    def __init__(self, home: Path, console: Console) -> None:
        self.home = home
        self.console = console
        self.started = time.monotonic()

    def run(self) -> int:
        campaign = self._write_files()
        with (
            prefect_server(home=self.home) as server,
            running_bin(port=free_port(BIN_PORT), faults=FAULTS) as receiver,
        ):
            self._connect(server, receiver)
            run_key, flow_run = self._send(server, campaign)
            log = Settings().delivery_log.open()
            report = read_report(log, run_key=run_key, now=time.time())
            if report is None:
                self._say("The run never began.")
                return 1
            faults = list(_disagreements(log, report, receiver.requests(BIN)))
            self._tell(report, receiver, faults)
            self._tell_more(log, report, receiver, server, flow_run)
        return 0 if report.balanced and not faults else 1

    def _say(self, line: str = "") -> None:
        self.console.print(line)

    def _step(self, line: str) -> None:
        self._say(f"[{time.monotonic() - self.started:4.1f} s] {line}")

    def _write_files(self) -> Path:
        """Write the user table, and the campaign file with shortened delays."""
        folder = self.home / "demo"
        count = write_sample_users(folder / "users.csv")
        self._step(f"{count:,} users, the same every time, are in {folder / 'users.csv'}")
        told = CAMPAIGN.read_text(encoding="utf-8")
        told = told.replace("../../.hookline/demo/users.csv", "users.csv")
        told += f"\n# Shortened for the demo.\ndelivery:\n  retry: {{delays: {DELAYS}}}\n"
        campaign = folder / CAMPAIGN.name
        campaign.write_text(told, encoding="utf-8")
        self._step(
            f"The campaign is {campaign}: retries after {DELAYS} s here,\n"
            "         after the documented [60, 120, 240, 480, 960] s when the file says nothing"
        )
        return campaign

    def _connect(self, server: PrefectServer, receiver: RunningBin) -> None:
        set_defaults(os.environ, home=self.home)
        # The progress bar has the terminal to itself; the UI has the logs.
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        os.environ["PREFECT_API_URL"] = server.api_url
        os.environ.setdefault("HOOKLINE_LOG", f"sqlite:///{self.home / 'log.db'}")
        os.environ["CRM_HOST"] = httpx.URL(receiver.url).netloc.decode()
        os.environ["CRM_PASSWORD"] = PASSWORD
        self._step(f"A receiver that fails now and then listens on {receiver.url}")
        self._step(f"Prefect's server starts on {server.ui_url}; this takes longest ...")

    def _send(self, server: PrefectServer, campaign: Path) -> tuple[str, UUID | None]:
        # Importing Prefect takes two seconds, in which the server starts.
        from flows.send_campaign import send_campaign

        async def send() -> UUID | None:
            watching = asyncio.create_task(_watch(run_key, self.console))
            try:
                state = await send_campaign(str(campaign), run_key=run_key, return_state=True)
            finally:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
            self._step(f"Sent: {state.message}")
            await _recorded(server, state.state_details.flow_run_id)
            return state.state_details.flow_run_id

        server.wait_until_ready()
        run_key = key_at(campaign.stem, time.time())
        self._step(f"Prefect's server is ready; sending run {run_key}")
        return run_key, asyncio.run(send())

    def _tell(self, report: Report, receiver: RunningBin, faults: list[str]) -> None:
        self._say()
        for line in text.lines(report):
            self._say(line)
        for received in _three(receiver.requests(BIN)):
            self._say()
            self._say(_shown(received))
        self._say()
        if faults:
            self._say(f"The receiver and the log disagree about {len(faults)} users:")
            for fault in faults[:10]:
                self._say(f"  {fault}")
        else:
            self._say(
                f"The receiver got {receiver.received(BIN):,} requests, one for each attempt in the"
                " log, and answered 2xx exactly once for each delivered user."
            )

    def _tell_more(
        self,
        log: Log,
        report: Report,
        receiver: RunningBin,
        server: PrefectServer,
        flow_run: UUID | None,
    ) -> None:
        run = runs.find_run(log, run_key=report.run_key)
        failed = queries.list_deliveries(log, run_id=run.id, state=State.FAILED, limit=1) if run else ()
        user = next((delivery.user_id for delivery in failed), "")
        rows = [
            ("Prefect's pages were", f"{server.ui_url}/runs/flow-run/{flow_run}"),
            ("look at them again", f"make up, then open /runs/flow-run/{flow_run} there"),
            ("the receiver was", receiver.page_url(BIN)),
        ]
        if user:
            port = httpx.URL(receiver.url).port
            rows += [
                (f"why {user} failed", f".venv/bin/hookline why {report.run_key} {user}"),
                ("send to them again", f".venv/bin/hookline bin --port {port}   and elsewhere"),
                ("", f"CRM_HOST=127.0.0.1:{port} CRM_PASSWORD={PASSWORD} "
                 f".venv/bin/hookline resend {report.run_key}"),
            ]
        self._say()
        for name, value in rows:
            self._say(f"  {name:<21}{value}")
        self._say()
        self._step("Done.")


async def _watch(run_key: str, console: Console) -> None:
    """Show how many of the audience have an outcome: a bar in a terminal, else some lines."""
    columns = (TextColumn("         {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        shown, quarters = bar.add_task("sending", total=None), 0
        while True:
            log = Settings().delivery_log.open()
            if run := await asyncio.to_thread(runs.find_run, log, run_key=run_key):
                done, audience = run.counts.final, run.counts.audience
                bar.update(shown, completed=done, total=audience or None)
                if not console.is_terminal and audience and 4 * done // audience > quarters:
                    quarters = 4 * done // audience
                    console.print(f"         {done:,} of {audience:,}")
            await asyncio.sleep(0.25)


async def _recorded(server: PrefectServer, flow_run: UUID | None) -> None:
    """Wait until the server has recorded how every task run ended; it is told in the background."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (EventsWorker, APILogWorker):
        await worker.drain_all(at_exit=False)
    ofthis = {"flow_runs": {"id": {"any_": [str(flow_run)]}}}
    running = {"task_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "SCHEDULED"]}}}}
    url, before, deadline = f"{server.api_url}/task_runs/count", -1, time.monotonic() + 15
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < deadline:
            known = (await client.post(url, json=ofthis)).json()
            if known == before and (await client.post(url, json=ofthis | running)).json() == 0:
                return
            before = known
            await asyncio.sleep(1.2)


def _disagreements(log: Log, report: Report, requests: list[Received]) -> Iterator[str]:
    """Compare the log with what the receiver got, user by user and attempt by attempt."""
    got: dict[str, list[str]] = {}
    for received in requests:
        got.setdefault(received.webhook_id, []).append(received.label)
    run = runs.find_run(log, run_key=report.run_key)
    assert run is not None
    for delivery in queries.list_deliveries(log, run_id=run.id):
        history = queries.history(log, run_id=run.id, user_id=delivery.user_id)
        assert history is not None
        logged = [str(attempt.status) for attempt in history.attempts]
        answered = got.pop(webhook_id(run_key=report.run_key, user_id=delivery.user_id), [])
        if logged != answered:
            yield f"{delivery.user_id}: the log has {logged}, the receiver answered {answered}"
        if (delivery.state == State.DELIVERED) != (answered.count("200") == 1):
            yield f"{delivery.user_id}: {delivery.state.name.lower()}, but answered {answered}"
    for unknown in got:
        yield f"{unknown}: received, but not in the log"


def _three(requests: list[Received]) -> list[Received]:
    """Choose a request that was retried, one that failed, and one in letters beyond ASCII."""
    wanted = (
        lambda one: one.attempt > 1 and one.label == "200",
        lambda one: one.label == "404",
        lambda one: not one.body.isascii() and one.label == "200",
    )
    chosen: list[Received] = []
    for fits in (*wanted, *[lambda _: True] * len(wanted)):
        if found := next((one for one in requests if fits(one) and one not in chosen), None):
            chosen.append(found)
    return chosen[: len(wanted)]


def _shown(received: Received) -> str:
    """Return a request as lines, without its secret."""
    shown = ("authorization", "content-type", "accept-language", "x-campaign", "webhook-id")
    headers = dict(received.headers)
    if "authorization" in headers:
        headers["authorization"] = headers["authorization"].split()[0] + " ***"
    lines = [
        f"  {received.method} {received.target.decode()}   attempt {received.attempt},"
        f" answered {received.label}"
    ]
    lines += [f"    {name}: {headers[name]}" for name in shown if name in headers]
    return "\n".join([*lines, f"    {received.body.decode(errors='replace')}"])

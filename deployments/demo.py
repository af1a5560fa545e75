"""Send the sample campaign to a receiver on this machine, and check every request of it."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from deployments.prefect_environment import HOME, set_defaults
from deployments.prefect_server import (
    HOST,
    UI_PORT,
    PrefectServer,
    ServerDidNotStart,
    free_port,
    prefect_server,
)
from deployments.sample_users import write_sample_users

if TYPE_CHECKING:
    from deployments.demo_sending import Sent
    from deployments.request_bin.server import RunningBin

CAMPAIGN = Path(__file__).parent / "campaigns" / "retention-offer.yaml"
BIN = "crm"
BIN_PORT = 8765
PASSWORD = "demo"  # noqa: S105 (the demo's own receiver takes any)
UP = f"http://{HOST}:{UI_PORT}/v2"
"""Where `hookline up` has its pages if nothing else is there."""
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
        with ExitStack() as running:
            return _Demo(Path(home), console, running).run()
    except ServerDidNotStart as fault:
        console.print(str(fault))
    except KeyboardInterrupt:
        console.print("Stopped.")
    return 1


class _Demo:
    """One run of the demo: where it puts things, where it prints, and what is to be ended."""

    def __init__(self, home: Path, console: Console, running: ExitStack) -> None:
        self.home = home
        self.console = console
        self.running = running
        self.started = time.monotonic()

    def run(self) -> int:
        server = self._start_server()
        campaign = self._write_files()
        receiver = self._start_receiver()
        sent = self._send(campaign, server)
        return self._tell(sent, receiver, server)

    def _start_server(self) -> PrefectServer:
        set_defaults(os.environ, home=self.home)
        # The progress bar has the terminal to itself; the UI has the logs.
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        os.environ.setdefault("HOOKLINE_LOG", f"sqlite:///{self.home / 'log.db'}")
        server = self.running.enter_context(prefect_server(home=self.home))
        os.environ["PREFECT_API_URL"] = server.api_url
        self._step("Prefect's server is starting; this takes longest")
        return server

    def _write_files(self) -> Path:
        """Write the user table, and the campaign file with shortened delays."""
        folder = self.home / "demo"
        count = write_sample_users(folder / "users.csv")
        told = CAMPAIGN.read_text(encoding="utf-8")
        told = told.replace("../../.hookline/demo/users.csv", "users.csv")
        told += f"\n# Shortened by the demo.\ndelivery:\n  retry: {{delays: {DELAYS}}}\n"
        campaign = folder / CAMPAIGN.name
        campaign.write_text(told, encoding="utf-8")
        self._step(f"{count:,} users, the same every time: {folder / 'users.csv'}")
        self._step(f"The campaign: {campaign}")
        self._more(f"its retries come after {DELAYS} s here; a file that says nothing")
        self._more("gets the documented [60, 120, 240, 480, 960] s")
        return campaign

    def _start_receiver(self) -> RunningBin:
        # What follows takes seconds to import, in which the server starts.
        from deployments.request_bin.server import running_bin

        receiver = self.running.enter_context(running_bin(port=free_port(BIN_PORT), faults=FAULTS))
        self._step(f"A receiver: {receiver.url}")
        self._more("it answers 5 % of the webhooks with 503 and 4 % with 429 at first, and 404")
        self._more("for customers it does not know")
        os.environ["CRM_HOST"] = receiver.url.removeprefix("http://")
        os.environ["CRM_PASSWORD"] = PASSWORD
        return receiver

    def _send(self, campaign: Path, server: PrefectServer) -> Sent:
        from deployments.demo_sending import send

        server.wait_until_ready()
        self._step("Prefect's server is ready; sending")
        sent = send(campaign, api_url=server.api_url)
        self._step(f"Sent. {sent.message}")
        return sent

    def _tell(self, sent: Sent, receiver: RunningBin, server: PrefectServer) -> int:
        from deployments import demo_evidence as evidence

        found = evidence.find(sent.run_key, receiver.requests(BIN))
        for line in evidence.told(found):
            self.console.print(line)
        ways = {
            "the receiver was": receiver.page_url(BIN),
            "Prefect's server was": server.ui_url,
            "look at the run there": f"make up, then {UP}/runs/flow-run/{sent.flow_run_id}",
        }
        variables = f"CRM_HOST={os.environ['CRM_HOST']} CRM_PASSWORD={PASSWORD}"
        hookline, port = ".venv/bin/hookline", receiver.url.rpartition(":")[2]
        again = f"{hookline} bin --port {port}, and in another terminal"
        if user := found.failed_user:
            ways[f"why {user} failed"] = f"{hookline} why {sent.run_key} {user}"
        if not found.finished:
            ways["go on with it"] = again
            ways[""] = f"{variables} {hookline} resume {sent.run_key}"
        elif user:
            ways["send to them again"] = again
            ways[""] = f"{variables} {hookline} resend {sent.run_key}"
        for name, value in ways.items():
            self.console.print(f"  {name:<22} {value}")
        self.console.print()
        self._step("Done" if found.proven else "Not everything is accounted for")
        return 0 if found.proven else 1

    def _step(self, line: str) -> None:
        self.console.print(f"[{time.monotonic() - self.started:4.1f} s] {line}")

    def _more(self, line: str) -> None:
        self.console.print(f"         {line}")

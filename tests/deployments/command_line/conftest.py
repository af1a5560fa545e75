"""The command line in this process, and a delivery log with runs in it."""

import json
import time
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from blocks.delivery_log import DeliveryLog
from deployments.command_line.main import app
from tasks.log import claims, owners, plan, runs, settle
from tasks.log.owners import this_process
from tasks.log.records import Owed, Run, Settled, State

DUE = 1_700_000_060.0
STARTED = 1_700_000_000.0


@dataclass
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def hookline(log_url, tmp_path, monkeypatch):
    """Return a function that runs a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Answer:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run


@dataclass
class Seed:
    """A log, and how to put runs into it."""

    log: Engine

    def run(self, *users: str, run_key: str = "june", campaign: str = "Offer", **given) -> Run:
        """Plan a run of these users."""
        owner = owners.register(self.log, process=this_process())
        run = runs.start_run(
            self.log,
            run_key=run_key,
            campaign=campaign,
            digest="d",
            snapshot="parts",
            **{"now": STARTED, **given},
        )
        plan.begin_plan(self.log, run_id=run.id, owner_id=owner)
        plan.plan_part(
            self.log,
            run_id=run.id,
            owner_id=owner,
            part=0,
            user_ids=users,
            batch_size=100,
            due_at=DUE,
        )
        plan.freeze(self.log, run_id=run.id, owner_id=owner, audience=len(users), now=STARTED)
        owners.leave(self.log, owner_id=owner)
        return self.again(run)

    def again(self, run: Run) -> Run:
        found = runs.find_run(self.log, run_key=run.run_key)
        assert found is not None
        return found

    def taken(self, run: Run) -> tuple[int, dict[str, Owed]]:
        """Take the run's batch as a living sender."""
        owner = owners.register(self.log, process=this_process())
        batch = claims.take_batch(self.log, run_id=run.id, owner_id=owner)
        assert batch is not None
        owed = claims.owed(self.log, run_id=run.id, batch=batch.number)
        return owner, {one.user_id: one for one in owed}

    def attempt(self, run: Run, owner: int, one: Owed, state: State, *, at: float, **given) -> Owed:
        """Make one attempt that took half a second."""
        claims.begin(
            self.log, run_id=run.id, owner_id=owner, batch=0, delivery_ids=[one.id], now=at
        )
        settled = {
            "status": 200,
            "error": None,
            "maybe_received": False,
            "detail": None,
            **given,
        }
        end = Settled(
            delivery_id=one.id,
            attempt=one.attempts + 1,
            started_at=at,
            ended_at=at + 0.5,
            state=state,
            **settled,
        )
        settle.settle(self.log, run_id=run.id, owner_id=owner, settled=[end])
        return one.again(due_at=given.get("due_at") or at)

    def finished(self, *users: str, run_key: str = "june", **given) -> Run:
        """Enter a finished run whose first user failed, and whose others got theirs."""
        run = self.run(*users, run_key=run_key, **given)
        owner, owed = self.taken(run)
        first = self.attempt(
            run,
            owner,
            owed[users[0]],
            State.PENDING,
            at=STARTED + 1,
            status=503,
            detail='{"try": "later"}',
            due_at=DUE,
        )
        self.attempt(run, owner, first, State.FAILED, at=DUE + 1, status=404, reason="HTTP 404")
        for user in users[1:]:
            self.attempt(run, owner, owed[user], State.DELIVERED, at=STARTED + 2)
        claims.close_batch(self.log, run_id=run.id, owner_id=owner, batch=0)
        owners.leave(self.log, owner_id=owner)
        runs.finish_run(self.log, run_id=run.id, now=STARTED + 100)
        return self.again(run)

    def waiting(self, *users: str, run_key: str = "july") -> tuple[int, Run]:
        """Enter a run that a living sender holds, all of it waiting for a second attempt."""
        run = self.run(*users, run_key=run_key)
        owner, owed = self.taken(run)
        for user in users:
            self.attempt(
                run,
                owner,
                owed[user],
                State.PENDING,
                at=STARTED + 1,
                status=None,
                error="read timeout",
                maybe_received=True,
                due_at=time.time() + 240,
            )
        return owner, self.again(run)


@pytest.fixture
def seed(log_url):
    engine = DeliveryLog(url=log_url).open()
    yield Seed(engine)
    engine.dispose()

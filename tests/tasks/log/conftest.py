"""A delivery log in each database, and the short ways to put something into it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine

from blocks.delivery_log import DeliveryLog
from tasks.log import claims, owners, plan, runs
from tasks.log.owners import Process, this_process
from tasks.log.records import Batch, Owed, Run, Settled, State


@dataclass
class Scene:
    """One log, and what tests do with it again and again."""

    urls: list[str]
    engines: list[Engine] = field(default_factory=list)

    @property
    def log(self) -> Engine:
        return self.engine(0)

    def engine(self, number: int) -> Engine:
        """Open the log, each number by an address and a pool of connections of its own."""
        engine = DeliveryLog(url=self.urls[number]).open()
        if engine not in self.engines:
            self.engines.append(engine)
        return engine

    def living(self) -> int:
        return owners.register(self.log, process=this_process())

    def dead(self) -> int:
        """Register a process whose pid has been given to another one since."""
        gone = Process(host=this_process().host, pid=os.getpid(), start=-1.0)
        return owners.register(self.log, process=gone)

    def run(self, *users: str, batch_size: int = 100, run_key: str = "spring") -> Run:
        """Plan a run for these users in one part."""
        run = runs.start_run(
            self.log, run_key=run_key, campaign="offer", digest="d", now=10.0, snapshot="parts"
        )
        planner = self.living()
        plan.begin_plan(self.log, run_id=run.id, owner_id=planner)
        plan.plan_part(
            self.log,
            run_id=run.id,
            owner_id=planner,
            part=0,
            user_ids=users,
            batch_size=batch_size,
            due_at=11.0,
        )
        plan.freeze(self.log, run_id=run.id, owner_id=planner, audience=len(users), now=12.0)
        return self.again(run)

    def again(self, run: Run) -> Run:
        found = runs.find_run(self.log, run_key=run.run_key)
        assert found is not None
        return found

    def taken(self, run: Run, owner: int) -> tuple[Batch, list[Owed]]:
        batch = claims.take_batch(self.log, run_id=run.id, owner_id=owner)
        assert batch is not None
        return batch, claims.owed(self.log, run_id=run.id, batch=batch.number)

    def begun(self, run: Run, owner: int) -> tuple[Batch, list[Owed]]:
        """Take a batch and begin an attempt of all that is owed in it."""
        batch, owed = self.taken(run, owner)
        ids = [one.id for one in owed]
        begun = claims.begin(
            self.log,
            run_id=run.id,
            owner_id=owner,
            batch=batch.number,
            delivery_ids=ids,
            now=20.0,
        )
        assert begun == set(ids)
        return batch, owed

    @staticmethod
    def result(owed: Owed, state: State, *, status: int | None = None, **values) -> Settled:
        """Return the end of the attempt that follows what is owed."""
        return Settled(
            **{
                "delivery_id": owed.id,
                "attempt": owed.attempts + 1,
                "started_at": 20.0,
                "ended_at": 21.0,
                "status": status,
                "error": None if status else "read timeout",
                "maybe_received": status is None,
                "detail": None,
                "state": state,
                "due_at": 80.0 if state is State.PENDING else None,
                **values,
            }
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request, tmp_path: Path):
    """Open an empty log, in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        (tmp_path / "log").mkdir(mode=0o700)
        (tmp_path / "same").symlink_to(tmp_path / "log")
        urls = [f"sqlite:///{tmp_path / folder}/log.db" for folder in ("log", "same")]
    else:
        url = request.getfixturevalue("postgresql")()
        urls = [url, f"{url}&application_name=other"]
    scene = Scene(urls)
    yield scene
    for engine in scene.engines:
        engine.dispose()

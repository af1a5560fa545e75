"""Whatever senders do, live or die in any order, the counters tell the rows and nobody is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from blocks.delivery_log import DeliveryLog
from tasks.log import claims, owners, plan, queries, reconcile, reopen, runs, settle, takeover
from tasks.log.owners import Process, this_process
from tasks.log.records import Settled, State

USERS = [f"u{i}" for i in range(7)]
ENDS = [State.DELIVERED, State.FAILED, State.PENDING, State.HELD, State.IN_DOUBT]
WHICH = st.integers(min_value=0, max_value=100)


class Senders(RuleBasedStateMachine):
    """Two senders and one run: the first dies now and then, and another one takes its place."""

    def __init__(self):
        """Open an empty log."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.log = DeliveryLog(url=f"sqlite:///{self.folder}/log.db").open()
        with self.log.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")  # a pragma must not be in a transaction
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            connection.exec_driver_sql("BEGIN")
        self.now = 10.0
        self.begun: list[tuple[int, int, int]] = []  # owner, delivery, attempt: all that ever were

    @initialize(batch_size=st.integers(min_value=1, max_value=4))
    def plan_the_run(self, batch_size):
        run = runs.start_run(
            self.log, run_key="k", campaign="c", digest="d", now=self.now, snapshot="s"
        )
        self.run_id = run.id
        living = owners.register(self.log, process=this_process())
        self.senders = [self.mortal(), living]
        planner = living
        plan.begin_plan(self.log, run_id=run.id, owner_id=planner)
        plan.plan_part(
            self.log,
            run_id=run.id,
            owner_id=planner,
            part=0,
            user_ids=USERS,
            batch_size=batch_size,
            due_at=self.now,
        )
        plan.freeze(self.log, run_id=run.id, owner_id=planner, audience=len(USERS), now=self.now)
        self.batches: dict[int, list[int]] = {sender: [] for sender in self.senders}

    def mortal(self):
        """Register a sender that is dead as soon as somebody looks, as after kill -9."""
        gone = Process(host=this_process().host, pid=os.getpid(), start=-1.0)
        return owners.register(self.log, process=gone)

    def take(self, sender):
        batch = claims.take_batch(self.log, run_id=self.run_id, owner_id=sender)
        if batch:
            self.batches[sender].append(batch.number)

    @rule(who=st.integers(0, 1), which=WHICH, many=st.integers(1, 4))
    def begin(self, who, which, many):
        sender = self.senders[who]
        if not self.batches[sender] or not which:
            self.take(sender)
        if not self.batches[sender]:
            return
        batch = self.batches[sender][which % len(self.batches[sender])]
        owed = claims.owed(self.log, run_id=self.run_id, batch=batch)[:many]
        self.now += 1
        ids = claims.begin(
            self.log,
            run_id=self.run_id,
            owner_id=sender,
            batch=batch,
            delivery_ids=[one.id for one in owed],
            now=self.now,
        )
        self.begun += [(sender, one.id, one.attempts + 1) for one in owed if one.id in ids]

    @rule(which=st.lists(WHICH, min_size=1, max_size=4), state=st.sampled_from(ENDS))
    def settle(self, which, state):
        """Settle some of all attempts that were ever begun: in time, late, or again."""
        newest_first = self.begun[::-1]
        chosen = [newest_first[one % len(self.begun)] for one in which if self.begun]
        for sender, delivery, attempt in chosen:
            ended = Settled(
                delivery_id=delivery,
                attempt=attempt,
                started_at=self.now,
                ended_at=self.now + 1,
                status=None if state is State.IN_DOUBT else 200 + state,
                error="unknown" if state is State.IN_DOUBT else None,
                maybe_received=state is State.IN_DOUBT,
                detail=None,
                state=state,
                due_at=self.now,
            )
            settle.settle(self.log, run_id=self.run_id, owner_id=sender, settled=[ended])

    @rule(who=st.integers(0, 1), which=WHICH)
    def suppress(self, who, which):
        sender = self.senders[who]
        for batch in self.batches[sender]:
            owed = claims.owed(self.log, run_id=self.run_id, batch=batch)
            if owed:
                settle.suppress(
                    self.log,
                    run_id=self.run_id,
                    owner_id=sender,
                    batch=batch,
                    reasons=[(owed[which % len(owed)].id, "why")],
                )

    @rule(who=st.integers(0, 1))
    def close_or_release(self, who):
        sender = self.senders[who]
        for batch in self.batches[sender]:
            claims.close_batch(self.log, run_id=self.run_id, owner_id=sender, batch=batch)
        claims.release_batches(self.log, owner_id=sender)
        self.batches[sender] = []

    @rule(policy=st.sampled_from(["resend", "resend", "hold"]))
    def die_and_be_taken_over(self, policy):
        self.now += 1
        takeover.take_over(
            self.log, run_id=self.run_id, policy=policy, attempt_limit=3, now=self.now
        )
        self.senders[0] = self.mortal()
        self.batches[self.senders[0]] = []

    @rule(wanted=st.sampled_from(["run", "run", "run", "stop"]))
    def want(self, wanted):
        runs.set_wanted(self.log, run_id=self.run_id, wanted=wanted)

    @rule()
    def finish_and_send_again(self):
        finished = runs.finish_run(self.log, run_id=self.run_id, now=self.now)
        if finished.balanced:
            reopen.resend_failed(self.log, run_id=self.run_id, now=self.now)

    @invariant()
    def the_counters_tell_the_rows(self):
        found = reconcile.balance(self.log, run_id=self.run_id)
        amiss = [fault for fault in found.faults if not fault.endswith(("pending", "in doubt"))]
        assert amiss == []
        assert runs.read_counts(self.log, run_id=self.run_id) == found.counts

    @invariant()
    def nobody_is_lost(self):
        found = [one.user_id for one in queries.list_deliveries(self.log, run_id=self.run_id)]
        assert found == USERS

    @invariant()
    def every_attempt_that_began_is_in_flight_or_recorded(self):
        for one in queries.list_deliveries(self.log, run_id=self.run_id):
            made = queries.history(self.log, run_id=self.run_id, user_id=one.user_id)
            assert made is not None
            numbers = [attempt.number for attempt in made.attempts]
            in_flight = one.state is State.IN_FLIGHT
            assert numbers == list(range(1, one.attempts + 1 - in_flight))
            began = {number for _, delivery, number in self.begun if delivery == one.id}
            assert began == set(range(1, one.attempts + 1))

    def teardown(self):
        """Drive what is left to its end: then the run balances."""
        runs.set_wanted(self.log, run_id=self.run_id, wanted="run")
        owners.leave(self.log, owner_id=self.senders[1])
        takeover.take_over(
            self.log, run_id=self.run_id, policy="hold", attempt_limit=3, now=self.now
        )
        last = owners.register(self.log, process=this_process())
        while batch := claims.take_batch(self.log, run_id=self.run_id, owner_id=last):
            owed = claims.owed(self.log, run_id=self.run_id, batch=batch.number)
            settle.suppress(
                self.log,
                run_id=self.run_id,
                owner_id=last,
                batch=batch.number,
                reasons=[(one.id, "the end") for one in owed],
            )
            assert claims.close_batch(
                self.log, run_id=self.run_id, owner_id=last, batch=batch.number
            )
        assert runs.finish_run(self.log, run_id=self.run_id, now=self.now).balanced
        self.log.dispose()
        shutil.rmtree(self.folder)


TestSenders = Senders.TestCase
TestSenders.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    # Shrinking takes minutes; the steps of a failure are short enough to read.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)

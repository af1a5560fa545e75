"""However requests come, whoever sends them: a host is asked for no more than its rate."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.log.limits import LATE_SECONDS, SLICE_SECONDS, steady
from tasks.send.pace import Pace


def pace() -> Pace:
    return Pace(late=0.2, ahead=0.2)


def test_nothing_may_start_before_something_was_reserved():
    empty = pace()

    assert not empty.take(0.0)
    assert empty.next_due(0.0) is None
    assert empty.runs_low(0.0)


def test_permits_are_spread_evenly_over_their_window():
    spread = pace()
    spread.add(wait=1.0, permits=4, seconds=0.4, asked=10.0, answered=10.0)

    due = []
    for _ in range(4):
        due.append(round(spread.next_due(10.0), 6))
        assert not spread.take(due[-1] - 0.01)
        assert spread.take(due[-1] + 0.001)

    assert due == [11.0, 11.1, 11.2, 11.3]


def test_what_was_slept_through_is_not_made_up_for():
    late = pace()
    late.add(wait=0.0, permits=10, seconds=1.0, asked=0.0, answered=0.0)

    started = [late.take(0.75) for _ in range(10)]

    assert started.count(True) == 2  # due at 0.6 and 0.7; those before have lapsed


def test_a_slow_answer_shortens_how_long_a_permit_is_kept():
    slow = pace()
    slow.add(wait=0.0, permits=1, seconds=1.0, asked=0.0, answered=0.1)

    assert slow.next_due(0.19) == 0.19
    assert slow.next_due(0.21) is None


def test_more_is_reserved_before_the_last_permit_is_due():
    going_on = pace()
    going_on.add(wait=0.0, permits=10, seconds=1.0, asked=0.0, answered=0.0)

    assert not going_on.runs_low(0.6)
    assert going_on.runs_low(0.8)


@dataclass
class Timeline:
    """The row of a host in the log, in virtual time."""

    rate: float
    free_at: float = 0.0

    def reserve(self, now: float, most: int) -> tuple[float, int, float]:
        permits = min(most, max(1, int(steady(self.rate) * SLICE_SECONDS)))
        seconds = permits / steady(self.rate)
        start = max(self.free_at, now)
        self.free_at = start + seconds
        return start - now, permits, seconds


@dataclass
class Sender:
    """A process with requests to send, of which one after the other asks for its permit."""

    arrivals: list[float]  # sorted
    pace: Pace = field(default_factory=lambda: Pace(late=LATE_SECONDS, ahead=SLICE_SECONDS))
    sent: int = 0
    reserving: bool = False
    wakes: float = 0.0


@dataclass(frozen=True)
class Delays:
    """What an answer of the log takes, and how much too late a process wakes up: at most so much.

    Now and then a process is held up for longer.
    """

    answer: float
    oversleep: float
    stall: float
    chance: Random

    def of_answer(self) -> float:
        return self.chance.uniform(0.0, self.answer)

    def of_waking(self) -> float:
        stalled = self.chance.random() < 0.02
        return self.chance.uniform(0.0, self.stall if stalled else self.oversleep)


def simulate(rate, senders, delays, *, until):
    """Let senders run in virtual time; return when each request started."""
    timeline, started, order = Timeline(rate), [], count()
    agenda: list[Any] = [(0.0, next(order), sender, None) for sender in senders]

    def wake(sender, at):
        sender.wakes = at
        heapq.heappush(agenda, (at, next(order), sender, None))

    while agenda and agenda[0][0] < until:
        now, _, sender, reservation = heapq.heappop(agenda)
        if reservation:
            (wait, permits, seconds), asked = reservation
            sender.pace.add(wait=wait, permits=permits, seconds=seconds, asked=asked, answered=now)
            sender.reserving = False
        elif now != sender.wakes:
            continue  # it has another alarm by now
        came = bisect_left(sender.arrivals, now + 1e-9)
        while sender.sent < came and sender.pace.take(now):
            started.append(now)
            sender.sent += 1
        if sender.sent == came:
            if came < len(sender.arrivals):
                wake(sender, sender.arrivals[came])
            continue
        if not sender.reserving and sender.pace.runs_low(now):
            # The log makes it somewhere between the question and its answer.
            sender.reserving = True
            answer = delays.of_answer()
            made = timeline.reserve(now + answer / 2, came - sender.sent)
            heapq.heappush(agenda, (now + answer, next(order), sender, (made, now)))
        if (due := sender.pace.next_due(now)) is not None:
            wake(sender, due + delays.of_waking())
    return started


def most_within(started, seconds):
    return max(
        (bisect_left(started, first + seconds - 1e-9) - i for i, first in enumerate(started)),
        default=0,
    )


rates = st.one_of(
    st.integers(1, 3).map(float), st.integers(4, 60).map(float), st.floats(4, 60, allow_nan=False)
)
delays = st.builds(
    Delays, st.floats(0, 0.1), st.floats(0, 0.1), st.floats(0, 3), st.randoms(use_true_random=True)
)
prompt = st.builds(
    Delays, st.floats(0, 0.1), st.floats(0, 0.1), st.just(0.1), st.randoms(use_true_random=True)
)
arrivals = st.lists(st.tuples(st.floats(0, 40), st.integers(1, 150)), max_size=6).map(
    lambda bursts: sorted(at for at, many in bursts for _ in range(many))
)


@settings(max_examples=60, deadline=None)
@given(rate=rates, patterns=st.lists(arrivals, min_size=1, max_size=5), delays=delays)
def test_any_ten_seconds_hold_at_most_the_rate_and_a_twentieth(rate, patterns, delays):
    started = simulate(rate, [Sender(one) for one in patterns], delays, until=120.0)

    assert most_within(started, 10.0) <= 1.05 * rate * 10 + 1e-9


@settings(max_examples=40, deadline=None)
@given(rate=rates, senders=st.integers(1, 5), delays=prompt)
def test_under_load_a_minute_has_nearly_all_of_the_rate(rate, senders, delays):
    waiting = [Sender([0.0] * 10_000) for _ in range(senders)]

    started = simulate(rate, waiting, delays, until=75.0)

    first = started[0]
    assert bisect_left(started, first + 60.0) >= 0.95 * rate * 60
    assert most_within(started, 10.0) <= 1.05 * rate * 10 + 1e-9

"""The values that the delivery log takes and gives; times are epoch seconds, UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from json.encoder import encode_basestring_ascii as as_json
from typing import Any, NamedTuple


class State(IntEnum):
    """Where a delivery stands; the numbers are stored."""

    PENDING = 0  # owed, now or at its due time
    IN_FLIGHT = 1  # an attempt was begun and its answer is not recorded yet
    IN_DOUBT = 2  # an attempt's answer was lost with its sender; owed again
    DELIVERED = 3
    FAILED = 4
    SUPPRESSED = 5  # not to be sent, for a reason
    HELD = 6  # not sent again, for a reason

    @property
    def final(self) -> bool:
        """Tell whether this is an outcome."""
        return self >= State.DELIVERED


@dataclass(frozen=True, slots=True)
class Counts:
    """How many recipients of a run stand where, and how many attempts are recorded."""

    audience: int = 0
    delivered: int = 0
    failed: int = 0
    suppressed: int = 0
    held: int = 0
    in_doubt: int = 0
    pending: int = 0  # the rest: waiting or in flight
    attempts: int = 0

    @property
    def final(self) -> int:
        """Return how many recipients have an outcome."""
        return self.delivered + self.failed + self.suppressed + self.held


@dataclass(frozen=True, slots=True)
class Run:
    """One occurrence of a campaign."""

    id: int
    run_key: str
    campaign: str
    digest: str
    source: str | None  # path of the campaign file
    definition: Any  # the campaign as JSON
    snapshot: str | None  # where the Parquet parts are
    columns: tuple[str, ...]
    wanted: str  # run or stop
    started_at: float
    planned_at: float | None  # None until the audience is frozen
    finished_at: float | None
    counts: Counts
    pruned_at: float | None = None  # its recipients and attempts were removed then
    funnel: Mapping[str, Any] | None = None  # how many users each rule took out; None: not kept


@dataclass(frozen=True, slots=True)
class Batch:
    """Neighbouring recipients, rows `first` to `first + size` of a part: what a sender takes."""

    run_id: int
    number: int
    part: int
    first: int
    size: int


class Owed(NamedTuple):
    """A delivery that is not final."""

    id: int
    user_id: str
    trigger_id: str
    attempts: int  # begun so far
    earlier_attempts: int  # begun before the current round
    due_at: float
    part: int
    row: int  # of the part
    state: State

    @property
    def is_retry(self) -> bool:
        """Tell whether the current round has tried it before."""
        return self.attempts > self.earlier_attempts

    def again(self, *, due_at: float) -> Owed:
        """Return it after one more attempt, owed again at `due_at`."""
        return self._replace(attempts=self.attempts + 1, due_at=due_at, state=State.PENDING)


class Settled(NamedTuple):
    """How one attempt ended, and what becomes of its delivery."""

    delivery_id: int
    attempt: int  # from 1, over all rounds
    started_at: float
    ended_at: float | None
    status: int | None
    error: str | None  # short kind, such as `read timeout`
    maybe_received: bool
    detail: str | None  # the start of the answer
    state: State
    reason: str | None = None
    due_at: float | None = None  # when it is owed again; needed for PENDING


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as the log has it."""

    id: int
    user_id: str
    trigger_id: str
    state: State
    reason: str | None
    attempts: int
    earlier_attempts: int
    due_at: float
    status: int | None  # of the last answer


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as the log has it."""

    delivery_id: int
    number: int
    started_at: float
    ended_at: float | None
    status: int | None
    error: str | None
    maybe_received: bool
    detail: str | None


def webhook_id(*, run_key: str, user_id: str, trigger_id: str = "") -> str:
    """Return the `webhook-id` of a delivery: 36 printable characters, always the same."""
    return webhook_ids(run_key)(user_id, trigger_id)


def webhook_ids(run_key: str) -> Callable[[str, str], str]:
    """Return a function that names the `webhook-id` of a run's deliveries by user and trigger."""
    # As JSON no two different deliveries are written alike.
    opening = f"[{as_json(run_key)}, "

    def name(user_id: str, trigger_id: str) -> str:
        parts = f"{opening}{as_json(user_id)}, {as_json(trigger_id)}]".encode()
        return "msg_" + sha256(parts).hexdigest()[:32]

    return name

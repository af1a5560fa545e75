"""Spread reserved permits over their time: when may the next request to a host start?"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

SHORTEST_GRACE = 0.05


@dataclass(frozen=True, slots=True)
class _Permit:
    due: float
    lapses: float


@dataclass(slots=True)
class Pace:
    """The permits of one process for one host; all times are of one clock of the caller's.

    A permit is used at its own moment or at most `late` seconds after it, or not at all: what a
    process slept through is not made up for in a burst.
    """

    late: float  # seconds
    ahead: float  # seconds of permits in hand below which more are to be reserved
    _permits: deque[_Permit] = field(default_factory=deque)

    def add(
        self, *, wait: float, permits: int, seconds: float, asked: float, answered: float
    ) -> None:
        """Add a reservation that begins `wait` seconds after it was made.

        It was made at some moment between `asked` and `answered`: no permit is due before the
        latest, and none is kept longer than the earliest allows.
        """
        grace = max(self.late - (answered - asked), SHORTEST_GRACE)
        for number in range(permits):
            due = answered + wait + number * seconds / permits
            self._permits.append(_Permit(due, due + grace))

    def take(self, now: float) -> bool:
        """Use up a permit if one is due; a request may start now if there was."""
        self._drop_lapsed(now)
        if not self._permits or self._permits[0].due > now:
            return False
        self._permits.popleft()
        return True

    def next_due(self, now: float) -> float | None:
        """Return when the next permit is due; None when there is none to wait for."""
        self._drop_lapsed(now)
        return max(now, self._permits[0].due) if self._permits else None

    def runs_low(self, now: float) -> bool:
        """Tell whether more is to be reserved to go on without a gap."""
        return not self._permits or self._permits[-1].due < now + self.ahead

    def _drop_lapsed(self, now: float) -> None:
        while self._permits and self._permits[0].lapses < now:
            self._permits.popleft()

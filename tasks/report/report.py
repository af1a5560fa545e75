"""The report of a run: what happened to everybody, in numbers that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The balance of a run, with its attempts by status code and its outcomes by reason.

    Attributes:
        funnel: `rows` of the user table, how many of them were `selected`, and for each of the
            `steps` its `words`, how many users it `removed` and how many were `left`. None for a
            run of a version that did not keep it.
    """

    run_key: str
    campaign: str
    audience: int
    delivered: int
    failed: int
    suppressed: int
    held: int
    in_doubt: int
    pending: int
    attempts: int
    by_status: Mapping[str, int]
    reasons: Mapping[str, int]
    balanced: bool
    seconds: float
    funnel: Mapping[str, Any] | None = None

    @property
    def rate(self) -> float:
        """Return attempts a second over the whole run."""
        return self.attempts / self.seconds if self.seconds else 0.0

    @property
    def sentence(self) -> str:
        """Return the counts in one line, as a state message carries them."""
        parts = [f"{self.delivered:,} delivered", f"{self.failed:,} failed"]
        for name in ("suppressed", "held", "in_doubt", "pending"):
            if count := getattr(self, name):
                parts.append(f"{count:,} {name.replace('_', ' ')}")
        verdict = "balanced" if self.balanced else "not balanced"
        return f"{self.audience:,} in the audience: {', '.join(parts)}; {verdict}"

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, in the order in which it is documented."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}

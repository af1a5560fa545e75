"""Decide what an attempt's result means for its delivery."""

from __future__ import annotations

from typing import NamedTuple

from blocks.delivery import RetryPolicy


class Answered(NamedTuple):
    """The receiver answered: status code, wait it asked for in seconds, start of its body."""

    status: int
    retry_after: float | None = None
    detail: str | None = None


class Broken(NamedTuple):
    """No answer came: what broke, and whether the receiver may have got the request."""

    error: str
    maybe_received: bool


class Delivered(NamedTuple):
    """The receiver took it."""


class RetryAt(NamedTuple):
    """Try again at this time, in epoch seconds."""

    time: float


class Failed(NamedTuple):
    """Final: no further attempt, and why."""

    reason: str


def decide(
    result: Answered | Broken, *, attempt: int, ended_at: float, policy: RetryPolicy
) -> Delivered | RetryAt | Failed:
    """Decide what follows from the result of attempt number `attempt` of a round (from 1).

    2xx is delivered; the policy's codes, transport errors and time-outs are tried again while
    the policy has delays left; everything else, redirects too, is final (reference: the
    documentation at docs.leanplum.com/docs/webhooks; transport errors are our decision).
    """
    if isinstance(result, Answered) and 200 <= result.status < 300:
        return Delivered()
    if isinstance(result, Answered) and not policy.retries(result.status):
        return Failed(_told(result))
    if attempt > len(policy.delays):
        return Failed(f"{_told(result)}, {attempt} attempts")
    return RetryAt(ended_at + wait(result, attempt=attempt, policy=policy))


def wait(result: Answered | Broken, *, attempt: int, policy: RetryPolicy) -> float:
    """Return the seconds from the end of an attempt to the next one.

    A receiver's Retry-After makes the documented wait longer, never shorter, up to the policy's
    limit.
    """
    documented = policy.delays[attempt - 1]
    asked = result.retry_after if isinstance(result, Answered) else None
    return max(documented, min(asked or 0.0, policy.retry_after_limit))


def _told(result: Answered | Broken) -> str:
    return f"HTTP {result.status}" if isinstance(result, Answered) else result.error

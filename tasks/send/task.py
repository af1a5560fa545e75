"""The Prefect task that sends a batch, tried again by Prefect when its next webhook is due."""

from __future__ import annotations

import functools
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, SupportsIndex

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Cancelled, Completed, Failed

from blocks.delivery import RetryPolicy
from tasks.send.air import current
from tasks.send.batch import NOTHING_OWED, send_due
from tasks.send.open_batch import OpenBatch

# A batch waits short gaps between its webhooks itself, since every retry costs the server two
# events; one user's task leaves all but a scheduler's jitter to Prefect's own retry.
LINGER_SECONDS = 1.0
LINGER_ONE_USER_SECONDS = 0.05

_wait: ContextVar[float | None] = ContextVar("hookline_wait", default=None)


class StillOwed(Exception):
    """Webhooks of this batch wait for their next attempt."""

    def __init__(self, seconds: float) -> None:
        """Keep the seconds until the next one is due."""
        self.seconds = seconds
        super().__init__(seconds)

    def __str__(self) -> str:
        """Tell how long it takes."""
        return f"the next attempt is due in {self.seconds:.1f} s"


class DueDelays(list[float]):
    """The documented delays, of which Prefect reads one after asking whether to retry.

    What it gets is the exact time until the next webhook is due: each webhook keeps its own
    schedule, counted from its own last attempt, with its own Retry-After. It relies on Prefect
    indexing the list after the condition ran, in the same context; a test pins that.
    """

    def __getitem__(self, index: Any) -> Any:
        """Return the seconds to wait that the condition found, else the documented ones."""
        documented = super().__getitem__(index)
        wait = _wait.get()
        return documented if wait is None or not isinstance(index, SupportsIndex) else wait


def still_owed(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Tell Prefect to retry when webhooks wait, and keep for how long.

    A plain function: Prefect takes anything else for "never".
    """
    error = state.data
    owed = isinstance(error, StillOwed)
    _wait.set(error.seconds if isinstance(error, StillOwed) else None)
    return owed


@task(
    name="send",
    task_run_name="send-{batch}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retry_condition_fn=still_owed,
)
async def send(batch: OpenBatch) -> State[Any]:
    """Send a batch until nothing of it is due or in the air; let Prefect wait for the rest."""
    air, one_user = current.get(), batch.batch.size == 1
    batch.changed.clear()
    if batch.parked:
        batch.unpark(await air.owed(batch))
    wait = await send_due(
        air, batch, linger=LINGER_ONE_USER_SECONDS if one_user else LINGER_SECONDS
    )
    if wait != NOTHING_OWED:
        batch.park()
        raise StillOwed(wait)
    if batch.owed:
        return Cancelled(message=f"The sender was stopped; {len(batch.owed)} are still owed.")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(batch.outcomes.items()))
    if one_user and told and "delivered" not in batch.outcomes:
        # As a state, not an exception: a receiver's answer is no fault of ours with a traceback.
        return Failed(message=told.removeprefix("1 "))
    return Completed(message=told or "nothing was owed")


def exception_of(state: State[Any]) -> Exception | None:
    """Return the exception that a task run ended with; None for an answer, whatever it was."""
    data = getattr(state.data, "result", state.data)
    return data if isinstance(data, Exception) else None


@functools.lru_cache(maxsize=32)
def send_with(
    policy: RetryPolicy, *, batch_size: int
) -> Task[[OpenBatch], Coroutine[Any, Any, State[Any]]]:
    """Return the send task with a campaign's retries and delays.

    A batch is retried when the next of its webhooks is due. Each time at least one attempt is
    made, so a batch needs at most as many retries as all its webhooks together.
    """
    # Without delays there is still one wait to come where a stopped run is resumed with other
    # settings: for what was owed before.
    return send.with_options(
        retries=max(1, len(policy.delays)) * batch_size,
        retry_delay_seconds=DueDelays(policy.delays or (0.0,)),
    )

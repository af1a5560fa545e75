"""Tell Prefect which flow runs died with their processes: it takes them for running for ever."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from tasks.log.orphans import Orphan, forget_orphan, orphans
from tasks.log.transaction import Log

# A flow run begins to run before its process enters the log: one that began later was tried again.
# The clocks of the machines may differ by so much.
CLOCKS_DIFFER_SECONDS = 5.0
# The server records a task run from its events, seconds after they happened where it is busy.
LOOKS_IN_VAIN, LOOK_SECONDS = 3, 1.0
UNENDED = [
    StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED,
    StateType.CANCELLING,
]  # fmt: skip

logger = logging.getLogger("hookline.resume")


async def mark_crashed(log: Log, *, by: str) -> int:
    """Set the flow runs of dead processes, and their task runs, to Crashed; return how many.

    `by` says who found them. One that this Prefect server does not know is left to the one that
    does, and one that was tried again to its new process.
    """
    marked = 0
    async with get_client() as client:
        for orphan in await asyncio.to_thread(orphans, log):
            told = f"Its process, {orphan.pid} on {orphan.host}, died; found by {by}."
            try:
                run = await client.read_flow_run(UUID(orphan.flow_run_id))
            except ObjectNotFound:
                logger.info("Flow run %s is not known to this server", orphan.flow_run_id)
                continue
            if _tried_again(run, orphan):
                continue
            marked += await _crash(client, run, told)
            await asyncio.to_thread(forget_orphan, log, owner_id=orphan.owner_id)
    return marked


def _tried_again(run: FlowRun, orphan: Orphan) -> bool:
    if run.state is None or run.state.is_final():
        return False
    begun = run.state.timestamp.timestamp()
    return not run.state.is_running() or begun > orphan.started_at + CLOCKS_DIFFER_SECONDS


async def _crash(client: PrefectClient, run: FlowRun, told: str) -> int:
    """Crash a flow run that has not ended, what runs within it, and the one that it runs within."""
    await _crash_task_runs(client, run, told)
    marked = 0
    if run.state is None or not run.state.is_final():
        await client.set_flow_run_state(run.id, Crashed(message=told), force=True)
        marked = 1
    if run.parent_task_run_id is not None:
        # Flows call flows in one process, so that one died as well.
        parent = await client.read_task_run(run.parent_task_run_id)
        if parent.flow_run_id is not None:
            above = await client.read_flow_run(parent.flow_run_id)
            if above.state is not None and above.state.is_running():
                marked += await _crash(client, above, told)
    return marked


async def _crash_task_runs(client: PrefectClient, run: FlowRun, told: str) -> None:
    looks_in_vain = 0
    while looks_in_vain < LOOKS_IN_VAIN:
        task_runs = await client.read_task_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])),
            task_run_filter=TaskRunFilter(
                state=TaskRunFilterState(type=TaskRunFilterStateType(any_=UNENDED))
            ),
        )
        for task_run in task_runs:
            await client.set_task_run_state(task_run.id, Crashed(message=told), force=True)
        if task_runs:
            looks_in_vain = 0
        else:
            looks_in_vain += 1
            await asyncio.sleep(LOOK_SECONDS)

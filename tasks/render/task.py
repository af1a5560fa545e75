"""The Prefect task that renders a batch."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.render.request import Suppressed
from tasks.send.air import current
from tasks.send.open_batch import OpenBatch


@task(name="render", task_run_name="render-{batch}", cache_policy=NO_CACHE, persist_result=False)
async def render(batch: OpenBatch) -> State[None]:
    """Render the requests of a batch into it, and set apart who is suppressed, with the reason.

    A suppression is a value, not an exception: the run goes on, and the sender writes it down.
    """
    rendered = await current.get().render(list(batch.owed.values()))
    for delivery, result in rendered.items():
        if isinstance(result, Suppressed):
            batch.suppress(delivery, result.reason)
        else:
            batch.requests[delivery] = result
    if batch.suppressed and batch.batch.size == 1:
        return Completed(name="Suppressed", message=batch.suppressed[0][1])
    return Completed(message=f"{len(batch.requests)} rendered, {len(batch.suppressed)} suppressed")

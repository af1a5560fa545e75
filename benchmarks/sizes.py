"""How large the measurements are: in full, quick, or so tiny that a test can run them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of users, and how often each contender runs."""

    repetitions: int
    users: int  # one process, two processes, history
    script_users: int  # the httpx script, which is slow: its time is proportional
    scan_users: int  # to find a peer's best number of connections
    prefect_users: int
    celery_users: int
    million: int
    wave_users: int
    wave_delay: int  # seconds before a retry
    wave_concurrency: int
    wave_batch: int  # small, so that there are many batches
    old_attempts: int
    first_users: int
    one_a_task: int
    warm_users: int  # for the first run of a peer, which is not counted


FULL = Sizes(
    repetitions=5,
    users=100_000,
    script_users=20_000,
    scan_users=2_000,
    prefect_users=1_000,
    celery_users=10_000,
    million=1_000_000,
    wave_users=100_000,
    wave_delay=60,
    wave_concurrency=1_000,
    wave_batch=100,
    old_attempts=10_000_000,
    first_users=10_000,
    one_a_task=200,
    warm_users=200,
)
QUICK = Sizes(
    repetitions=1,
    users=5_000,
    script_users=1_000,
    scan_users=300,
    prefect_users=60,
    celery_users=1_000,
    million=20_000,
    wave_users=3_000,
    wave_delay=5,
    wave_concurrency=300,
    wave_batch=50,
    old_attempts=200_000,
    first_users=2_000,
    one_a_task=200,
    warm_users=20,
)
TINY = Sizes(
    repetitions=1,
    users=50,
    script_users=50,
    scan_users=20,
    prefect_users=10,
    celery_users=50,
    million=50,
    wave_users=50,
    wave_delay=1,
    wave_concurrency=20,
    wave_batch=5,
    old_attempts=500,
    first_users=50,
    one_a_task=10,
    warm_users=5,
)

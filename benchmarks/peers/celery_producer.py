"""Queue one Celery task for each user of the segment, and wait until the sink has them all."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path

from benchmarks.campaign import select
from benchmarks.peers.celery_app import app, deliver
from benchmarks.peers.obey import Answer, obey

LOOK_SECONDS = 0.05


def run(*, table: str, url: str, stats: str, seconds: float) -> Answer:
    """Select, queue, and wait at most `seconds`; the clock runs until all have arrived."""
    began = time.perf_counter()
    users = select(Path(table))
    with app.producer_pool.acquire(block=True) as producer:
        for user in users:
            deliver.apply_async((url, user), producer=producer)
    while _arrived(stats) < len(users):
        if time.perf_counter() - began > seconds:
            return {"fault": f"not all of {len(users)} arrived within {seconds:.0f} s"}
        time.sleep(LOOK_SECONDS)
    return {"seconds": time.perf_counter() - began, "sent": len(users)}


def _arrived(stats: str) -> int:
    with urllib.request.urlopen(stats) as answer:  # noqa: S310 (our own sink)
        return int(json.load(answer)["distinct"])


if __name__ == "__main__":
    obey(run)

"""A Celery task that renders and sends one webhook, tried again as the documentation says."""

from __future__ import annotations

import os
from typing import Any

import requests
from celery import Celery

from benchmarks.campaign import HEADERS, webhook_id
from benchmarks.peers.script import Templates

RETRIES = 5
FIRST_DELAY_SECONDS = 60

app = Celery("peer", broker=os.environ.get("BENCHMARK_BROKER", "redis://127.0.0.1:6379/0"))
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    # Fetched a hundred at a time: one by one, as late acknowledging suggests, is slower.
    worker_prefetch_multiplier=100,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)
TEMPLATES = Templates()
# One a worker process: made at its first use, after the fork.
SESSIONS: dict[int, requests.Session] = {}


@app.task(  # type: ignore[untyped-decorator]  # Celery has no types
    autoretry_for=(requests.RequestException,),
    max_retries=RETRIES,
    retry_backoff=FIRST_DELAY_SECONDS,
    retry_backoff_max=3_600,
    retry_jitter=False,
)
def deliver(url: str, user: dict[str, Any]) -> None:
    """Render and post one user's webhook."""
    session = SESSIONS.setdefault(os.getpid(), requests.Session())
    session.trust_env = False
    headers = {**HEADERS, "webhook-id": webhook_id(user["user_id"])}
    response = session.post(url, data=TEMPLATES.body(user), headers=headers, timeout=30)
    response.raise_for_status()

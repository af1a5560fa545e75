"""The flows as deployments run them, each run in a process that was started for it: on uvloop.

Deployments name their flows in this module: Prefect loads it in the process of a run, and asks the
policy for a loop only then.
"""

from __future__ import annotations

import asyncio

import uvloop

from flows.dry_run_campaign import dry_run_campaign
from flows.preview_campaign import preview_campaign
from flows.resend_failed import resend_failed
from flows.resume_runs import resume_runs
from flows.send_campaign import send_campaign

__all__ = ["dry_run_campaign", "preview_campaign", "resend_failed", "resume_runs", "send_campaign"]

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

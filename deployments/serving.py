"""The flows as deployments, for Prefect's UI and for schedules."""

from __future__ import annotations

from typing import Any

from prefect import Flow
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from flows.preview_campaign import preview_campaign
from flows.resend_failed import resend_failed
from flows.send_campaign import send_campaign

TAG = "hookline"
RUNS_AT_ONCE = 10
"""A run is a process of its own, and one whose webhooks wait for a retry keeps its place."""


def deployments() -> list[RunnerDeployment]:
    """Return a deployment of each flow that a person starts."""
    return [_deployment(flow) for flow in (send_campaign, preview_campaign, resend_failed)]


def _deployment(flow: Flow[..., Any]) -> RunnerDeployment:
    # By module: a flow loaded by its file's path would be another module, with types of its own.
    return RunnerDeployment.from_flow(
        flow,
        name=flow.name,
        description=flow.description,
        tags=[TAG],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )

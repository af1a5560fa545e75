"""Hookline for notebooks and scripts: the public names, loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blocks.campaign import Campaign
    from blocks.campaign_file import load_campaign
    from blocks.delivery import Delivery, RetryPolicy
    from blocks.delivery_log import DeliveryLog
    from blocks.event_table import EventTable
    from blocks.linked_data import LinkedData
    from blocks.localized import Localized
    from blocks.message import Message
    from blocks.mistake import AuthorMistake, Fault
    from blocks.saved import SavedCampaign
    from blocks.segment import Rule, Segment
    from blocks.user_table import UserTable
    from deployments.dry_run import dry_run
    from flows.dry_run_campaign import dry_run_campaign
    from flows.preview_campaign import preview_campaign
    from flows.resend_failed import resend_failed
    from flows.resume_runs import resume_runs
    from flows.send_campaign import send_campaign
    from tasks.check.explain_user import explain_user
    from tasks.check.selecting import select_users
    from tasks.report.read import read_report
    from tasks.report.report import Report

__all__ = [
    "AuthorMistake",
    "Campaign",
    "Delivery",
    "DeliveryLog",
    "EventTable",
    "Fault",
    "LinkedData",
    "Localized",
    "Message",
    "Report",
    "RetryPolicy",
    "Rule",
    "SavedCampaign",
    "Segment",
    "UserTable",
    "dry_run",
    "dry_run_campaign",
    "explain_user",
    "load_campaign",
    "preview_campaign",
    "read_report",
    "resend_failed",
    "resume_runs",
    "select_users",
    "send_campaign",
]

# Importing Prefect takes two seconds, and who only reads a report needs none of it.
_FROM = {
    "AuthorMistake": "blocks.mistake",
    "Campaign": "blocks.campaign",
    "Delivery": "blocks.delivery",
    "DeliveryLog": "blocks.delivery_log",
    "EventTable": "blocks.event_table",
    "Fault": "blocks.mistake",
    "LinkedData": "blocks.linked_data",
    "Localized": "blocks.localized",
    "Message": "blocks.message",
    "Report": "tasks.report.report",
    "RetryPolicy": "blocks.delivery",
    "Rule": "blocks.segment",
    "SavedCampaign": "blocks.saved",
    "Segment": "blocks.segment",
    "UserTable": "blocks.user_table",
    "dry_run": "deployments.dry_run",
    "dry_run_campaign": "flows.dry_run_campaign",
    "explain_user": "tasks.check.explain_user",
    "load_campaign": "blocks.campaign_file",
    "preview_campaign": "flows.preview_campaign",
    "read_report": "tasks.report.read",
    "resend_failed": "flows.resend_failed",
    "resume_runs": "flows.resume_runs",
    "select_users": "tasks.check.selecting",
    "send_campaign": "flows.send_campaign",
}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _FROM:
        raise AttributeError(f"module 'hookline' has no attribute '{name}'")
    return getattr(import_module(_FROM[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__

"""Commands on a campaign file that send nothing: `check` and `preview`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.command_line.log import delivery_log_if_there
from deployments.command_line.options import AsJson, Events, File, Users
from deployments.command_line.output import plain, print_json, say, show

if TYPE_CHECKING:
    from blocks.campaign import Campaign
    from blocks.delivery import RetryPolicy
    from tasks.check.prepared import Prepared
    from tasks.check.preview import Preview, Sample

# So many recipients show whether anybody gets a request.
RENDERED = 20


def check(file: File, users: Users = "", events: Events = "", as_json: AsJson = False) -> None:
    """Say what a campaign file would do, or everything that is wrong with it.

    Reads the campaign, its ${NAME} variables and its user table; sends nothing. Exits with 2 when
    anything is wrong.

    Example: `hookline check campaigns/retention-offer.yaml`
    """
    prepared = prepared_from(file, users=users, events=events)
    found = _found(prepared)
    if as_json:
        print_json(found)
        return
    name = prepared.campaign.name
    show(f"{plain(name)}: ready to be sent", "", *_facts(found))
    for warning in found["warnings"]:
        say(f"warning: {warning}")


def preview(
    file: File,
    users: Users = "",
    events: Events = "",
    sample: Annotated[
        int, typer.Option("--sample", min=0, metavar="N", help="How many requests to show.")
    ] = 3,
    curl: Annotated[bool, typer.Option("--curl", help="Show requests as curl commands.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show whom a campaign would reach, some requests as they would go out, and who gets none.

    Does everything but the sending. Secrets are masked.

    Example: `hookline preview campaigns/retention-offer.yaml --sample 1`
    """
    from tasks.check.preview import preview as previewed

    prepared = prepared_from(file, users=users, events=events, showing=True)
    told = previewed(prepared, sample=sample)
    if as_json:
        print_json(told.as_dict())
        return
    show(*_preview_lines(told, curl=curl))
    for warning in told.warnings:
        say(f"warning: {warning}")


def prepared_from(file: Path, *, users: str, events: str = "", showing: bool = False) -> Prepared:
    """Load a campaign file and prepare it; raises AuthorMistake with all that is wrong."""
    from blocks.campaign_file import load_campaign
    from blocks.mistake import AuthorMistake
    from tasks.check.prepared import prepare

    campaign = load_campaign(file, users=located(users), events=located(events))
    try:
        return prepare(
            campaign,
            environ=os.environ,
            now=datetime.now(UTC),
            showing=showing,
            log=delivery_log_if_there(),
        )
    except AuthorMistake as mistake:
        raise mistake.within(file=str(file)) from None


def located(source: str) -> str:
    """Return a source of users or events that means the same in any working directory."""
    if not source:
        return ""
    from blocks.user_table_source import located as located_in

    return located_in(source, Path.cwd())


def _found(prepared: Prepared) -> dict[str, Any]:
    import pandas as pd

    from tasks.check.preview import nobody_gets_it
    from tasks.segment.funnel import Funnel

    campaign = prepared.campaign
    funnel = Funnel()
    selection = prepared.selection()
    first: list[pd.DataFrame] = []
    for part in prepared.selected(selection):
        first.append(part.users.head(max(RENDERED - funnel.selected, 0)))
        funnel += part.funnel
    return {
        "campaign": campaign.name,
        "users": campaign.users.shown,
        "rows": funnel.rows,
        "audience": funnel.selected,
        "columns": list(prepared.columns.load),
        "method": campaign.message.method,
        "url": campaign.message.shown_url,
        "retry": _retry(campaign.delivery.retry),
        "sending": _sending(campaign, funnel.selected),
        "warnings": [
            *_warnings(prepared, funnel.selected),
            *selection.warnings(funnel),
            *nobody_gets_it(pd.concat(first), prepared),
        ],
    }


def _facts(found: dict[str, Any]) -> list[str]:
    share = found["audience"] / found["rows"] if found["rows"] else 0.0
    facts = {
        "users": found["users"],
        "audience": f"{found['audience']:,} of {found['rows']:,} users ({share:.1%})",
        "columns": ", ".join(found["columns"]),
        "request": f"{found['method']} {found['url']}",
        "retry": found["retry"],
        "sending": found["sending"],
    }
    return [f"  {name:<9} {plain(fact)}" for name, fact in facts.items()]


def _warnings(prepared: Prepared, audience: int) -> list[str]:
    warnings = [
        f"{field}: a secret is written out; write ${{NAME}} and set NAME in the environment"
        for field in prepared.campaign.literal_secrets()
    ]
    warnings += prepared.columns.warnings
    if not audience:
        warnings.append("segment: it selects nobody")
    return warnings


def _retry(policy: RetryPolicy) -> str:
    """Return a retry policy in words."""
    if not policy.delays or not policy.codes:
        return "every webhook is tried once"
    delays = policy.delays
    unit, size = ("min", 60) if all(d >= 60 and d % 60 == 0 for d in delays) else ("s", 1)
    waits = ", ".join(f"{delay / size:g}" for delay in delays)
    on = ", ".join(policy.codes)
    attempts = policy.attempt_limit
    return f"at most {attempts} attempts: again after {waits} {unit}, on {on} or no answer"


def _sending(campaign: Campaign, audience: int) -> str:
    delivery = campaign.delivery
    size = delivery.recipients_per_task(audience)
    tasks = "one user" if size == 1 else f"{size:,} users"
    return (
        f"up to {delivery.concurrency:,} requests at once to a host, {delivery.timeout:g} s for "
        f"an answer, {tasks} a task"
    )


def _preview_lines(told: Preview, *, curl: bool) -> list[str]:
    among = "" if told.complete else f" (of the first {told.rendered:,})"
    suppressed = sum(told.suppressed.values())
    lines = [
        f"{plain(told.campaign)}: nothing was sent",
        "",
        f"  audience    {told.audience:>9,}",
        f"  suppressed  {suppressed:>9,}{among}",
    ]
    lines += [f"    {count:>7,}  {plain(reason)}" for reason, count in told.suppressed.items()]
    for one in told.requests:
        lines += ["", f"--- {plain(one.user_id)}"]
        lines += [one.curl] if curl else _request_lines(one)
    if told.requests:
        lines += [
            "",
            "A run gives each recipient a webhook-id of its own, the same on every attempt.",
        ]
    return lines


def _request_lines(sample: Sample) -> Sequence[str]:
    request = sample.request
    head = [f"{request.method} {request.url}"]
    head += [f"{name}: {value}" for name, value in request.headers]
    body = ["", *map(plain, request.body.splitlines())] if request.body else []
    return [*map(plain, head), *body]

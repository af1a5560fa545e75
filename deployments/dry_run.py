"""Dry runs from Python: what a campaign would do, as a table with a row for each recipient."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.body_schema import load_schema
from blocks.campaign import Campaign
from blocks.campaign_file import load_campaign
from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake
from blocks.settings import Settings
from tasks.check.body_schema import BodyCheck, body_check
from tasks.check.dry_run import Rendering, Row
from tasks.check.dry_run import dry_run as dry_run_over
from tasks.check.prepared import Prepared, prepare

if TYPE_CHECKING:
    import pandas as pd


def dry_run(
    campaign: Campaign | str | Path,
    *,
    users: str = "",
    events: str = "",
    schema: Mapping[str, Any] | str | Path | None = None,
    bodies: bool = False,
    linked: bool = False,
    log: DeliveryLog | None = None,
) -> pd.DataFrame:
    """Render a campaign's whole audience, send nothing, and return a row for each recipient.

    `campaign` is one, or its file; `users` and `events` are other sources of its tables, `schema`
    is a JSON Schema that every body is checked against, or its file; `linked` fetches linked data
    as a send would, without it their defaults are shown; `log` knows who was sent what before,
    the environment's unless it is given. Columns: user_id, outcome
    (`would send` or `suppressed`), reason, method, url, body_bytes, schema_fault and, with
    `bodies`, body; secrets are masked. `attrs["dry_run"]` has the counts, as
    `hookline dry-run --json` prints them. Raises AuthorMistake.
    """
    import pandas as pd

    chosen = (
        campaign.over(users, events)
        if isinstance(campaign, Campaign)
        else load_campaign(Path(campaign), users=users, events=events)
    )
    log = log or Settings().delivery_log_if_there
    prepared = prepare(chosen, environ=os.environ, now=datetime.now(UTC), log=log)
    parts: list[pd.DataFrame] = []

    def keep(rows: Sequence[Row]) -> None:
        part = pd.DataFrame(rows, columns=list(Row._fields))
        parts.append(part.astype({"body_bytes": "Int64", "outcome": "category"}))

    with fetched_for(prepared, linked) as fetched:
        told = dry_run_over(
            prepared,
            sample=0,
            check=check_from(schema),
            rows=keep,
            bodies=bodies,
            fetched=fetched,
        )
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=Row._fields)
    frame.attrs["dry_run"] = told.as_dict()
    return frame if bodies else frame.drop(columns="body")


def fetched_for(
    prepared: Prepared, linked: bool
) -> contextlib.AbstractContextManager[Rendering | None]:
    """Return what renders with linked data, None where that is not wanted or there is none."""
    if not linked or prepared.message.linked is None:
        return contextlib.nullcontext()
    from tasks.send.linked_now import fetching

    return fetching(prepared.message)


def check_from(schema: Mapping[str, Any] | str | Path | None) -> BodyCheck | None:
    """Return the check of bodies against a schema or the file that holds it; none for none."""
    if not schema:
        return None
    if not isinstance(schema, str | Path):
        return body_check(dict(schema))
    loaded = load_schema(schema)
    try:
        return body_check(loaded)
    except AuthorMistake as mistake:
        raise mistake.within(file=str(schema)) from None

"""Commands that send: `send`, `resume` and `resend`."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from blocks.mistake import AuthorMistake
from deployments.command_line.campaigns import located, prepared_from
from deployments.command_line.earlier import Sources, choice_of
from deployments.command_line.log import LATEST, delivery_log, found_run, require_rows
from deployments.command_line.options import (
    AsJson,
    Cluster,
    Events,
    File,
    Log,
    RunKey,
    Users,
    Workers,
)
from deployments.command_line.output import say

if TYPE_CHECKING:
    from blocks.campaign import Campaign
    from deployments.command_line.in_process import Start
    from tasks.log.occurrence import IfUnfinished
    from tasks.log.transaction import Log as OpenLog

LONGEST_KEY = 200


def send(
    file: File,
    users: Users = "",
    events: Events = "",
    run_key: Annotated[
        str,
        typer.Option(
            "--run-key",
            metavar="KEY",
            help="Name of the run; given again, that run goes on where it stopped.",
        ),
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the campaign's unfinished run, if any.")
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", help="Start another run beside an unfinished one.")
    ] = False,
    workers: Workers = 0,
    cluster: Cluster = "",
    log: Log = None,
    as_json: AsJson = False,
) -> None:
    """Send a campaign: one webhook for each user its segment selects, and the report.

    Runs in this process. Ctrl-C stops it; what is in the air lands first, and the same command
    with --resume goes on. Exits with 0 when everyone is accounted for, 1 when not, 2 when a
    mistake kept it from sending.

    Example: `hookline send campaigns/retention-offer.yaml --run-key retention-june`
    """
    if resume and new:
        raise typer.BadParameter("--resume and --new exclude each other")
    prepared = prepared_from(file, users=users, events=events)
    campaign, opened = prepared.campaign, delivery_log().open()
    try:
        key = _key_for(
            opened, campaign, run_key, "resume" if resume else "new" if new else "refuse"
        )
    except AuthorMistake as mistake:
        raise mistake.within(file=str(file)) from None
    for warning in prepared.columns.warnings:
        say(f"warning: {warning}")
    _go_on(opened, key, as_json=as_json)
    choice = f"{file.absolute()}#{campaign.digest}"
    sources = Sources(located(users), located(events))
    _send(opened, choice, key, sources, Senders(workers, cluster), as_json=as_json)


def resume(
    run_key: Annotated[
        str,
        typer.Argument(
            metavar="[RUN_KEY]",
            help="A run's key, its beginning, or latest; none with --all.",
            show_default=False,
        ),
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Go on with every run whose processes died.")
    ] = False,
    users: Users = "",
    events: Events = "",
    workers: Workers = 0,
    cluster: Cluster = "",
    log: Log = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that was stopped, or with all that died, until everyone is accounted for.

    Takes the campaign from where the run had it; whoever has an outcome gets no second webhook.
    --all leaves alone what somebody sends, and what was stopped; it tells what keeps a run from
    being gone on with, and goes on with the others. Their flow runs in Prefect become Crashed.

    Example: `hookline resume latest`
    """
    if everything == bool(run_key):
        raise typer.BadParameter("name one run, or say --all")
    if everything:
        if users or events or workers or cluster:
            raise typer.BadParameter("--users, --events, --workers and --cluster are for one run")
        from deployments.command_line.resuming import resume_all

        raise typer.Exit(resume_all(as_json=as_json))
    opened, run = found_run(run_key)
    _go_on(opened, run.run_key, as_json=as_json)
    choice, sources = choice_of(run, users, events)
    _send(opened, choice, run.run_key, sources, Senders(workers, cluster), as_json=as_json)


def resend(
    run_key: RunKey,
    users: Users = "",
    events: Events = "",
    workers: Workers = 0,
    cluster: Cluster = "",
    log: Log = None,
    as_json: AsJson = False,
) -> None:
    """Send what failed in a finished run again, with the same webhook-ids.

    Every failed webhook gets a new round of attempts; all others stay as they are.

    Example: `hookline resend latest`
    """
    opened, run = found_run(run_key)
    if run.finished_at is None:
        raise AuthorMistake.of(
            "run_key",
            f"'{run.run_key}' is not finished",
            hint=f"hookline resume {run.run_key} goes on with it",
        )
    if not run.counts.failed:
        say(f"nothing failed in {run.run_key}, so nothing is sent")
        raise typer.Exit(_report(opened, run.run_key, as_json=as_json))
    require_rows(run)
    _, sources = choice_of(run, users, events)

    def start() -> Awaitable[Any]:
        Senders(workers, cluster).prepare()
        from flows.resend_failed import resend_failed

        return resend_failed(
            run.run_key,
            users=sources.users,
            events=sources.events,
            workers=workers,
            cluster=cluster,
            return_state=True,
        )

    say(f"sending {run.counts.failed:,} failed webhooks of {run.run_key} again")
    _run(opened, run.run_key, start, as_json=as_json)


def _key_for(log: OpenLog, campaign: Campaign, given: str, if_unfinished: IfUnfinished) -> str:
    from tasks.check.earlier import check_same
    from tasks.log import runs
    from tasks.log.occurrence import run_key_for
    from tasks.schedule.run_key import key_at

    if given == LATEST or len(given) > LONGEST_KEY or not given.isprintable():
        raise AuthorMistake.of(
            "run_key", f"a run key is one line of at most {LONGEST_KEY} characters, not '{LATEST}'"
        )
    key = run_key_for(
        log,
        campaign=campaign.name,
        given=given,
        fresh=key_at(campaign.name, time.time()),
        if_unfinished=if_unfinished,
    )
    if run := runs.find_run(log, run_key=key):
        check_same(run, campaign)
    return key


def _go_on(log: OpenLog, key: str, *, as_json: bool) -> None:
    """Say which run this is; print the report of one that is finished, and exit."""
    from tasks.log import runs

    run = runs.find_run(log, run_key=key)
    if run is None:
        say(f"run {key}")
    elif run.finished_at is not None:
        say(f"run {key} is finished, so nothing is sent")
        raise typer.Exit(_report(log, key, as_json=as_json))
    else:
        done, audience = run.counts.final, run.counts.audience
        say(f"run {key} goes on: {done:,} of {audience:,} are done")
        runs.set_wanted(log, run_id=run.id, wanted="run")


class Senders(NamedTuple):
    """How many processes send, and on which Dask cluster the others are."""

    workers: int
    cluster: str

    def prepare(self) -> None:
        """Let what the other processes need be imported while this one does so too."""
        from tasks.send.worker_source import prepare_workers

        if self.workers > 1 and not self.cluster:
            prepare_workers()


def _send(
    log: OpenLog, choice: Any, key: str, sources: Sources, senders: Senders, *, as_json: bool
) -> None:
    def start() -> Awaitable[Any]:
        senders.prepare()
        from flows.send_campaign import send_campaign

        return send_campaign(
            choice,
            run_key=key,
            users=sources.users,
            events=sources.events,
            if_unfinished="resume",
            workers=senders.workers,
            cluster=senders.cluster,
            return_state=True,
        )

    _run(log, key, start, as_json=as_json)


def _run(log: OpenLog, key: str, start: Start, *, as_json: bool) -> None:
    from deployments.command_line.in_process import end_unheard, run_flow, start_prefect

    start_prefect()
    heard = run_flow(start, log=log, run_key=key)
    code = _report(log, key, as_json=as_json)
    if not heard:
        end_unheard(code)
    raise typer.Exit(code)


def _report(log: OpenLog, key: str, *, as_json: bool) -> int:
    from deployments.command_line.reading import print_report
    from tasks.report.read import read_report

    told = read_report(log, run_key=key, now=time.time())
    if told is None:
        say("nothing was sent")
        return 1
    return print_report(told, as_json=as_json)

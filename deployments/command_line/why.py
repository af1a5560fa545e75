"""The command `why`: what happened to one user in one run, and why, in sentences."""

from __future__ import annotations

import difflib
import itertools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.command_line.log import found_run, require_rows, state_of
from deployments.command_line.options import AsJson, Events, Log, Users
from deployments.command_line.output import instant, local, plain, print_json, seconds, show
from deployments.command_line.why_in_file import why_in_file

if TYPE_CHECKING:
    from tasks.log.queries import History
    from tasks.log.records import Attempt, Delivery, Run
    from tasks.log.transaction import Log as OpenLog

NOT_THERE = 1
LOOKED_THROUGH = 20_000


def why(
    run_key: Annotated[
        str,
        typer.Argument(
            metavar="RUN_KEY|FILE",
            help="A run's key, its beginning, or latest; or a campaign file.",
            show_default=False,
        ),
    ],
    user: Annotated[str, typer.Argument(metavar="USER", help="A user's id.", show_default=False)],
    users: Users = "",
    events: Events = "",
    log: Log = None,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to one user in a run: outcome, reason, and every attempt.

    Of a campaign file it tells whether the user would be in the audience now, rule by rule.
    Exits with 1 when the user is not in the audience.

    Example: `hookline why latest u0042`, `hookline why campaigns/retention-offer.yaml u0042`
    """
    if run_key.lower().endswith((".yaml", ".yml")):
        why_in_file(Path(run_key), user, users=users, events=events, as_json=as_json)
        return
    opened, run = found_run(run_key)
    require_rows(run)
    from tasks.log import queries

    found = queries.history(opened, run_id=run.id, user_id=user)
    if found is None:
        near = _near(opened, run, user)
        if as_json:
            print_json(
                {"run_key": run.run_key, "user": user, "in_audience": False, "nearest": near}
            )
        else:
            show(*_absent(run, user, near))
        raise typer.Exit(NOT_THERE)
    if as_json:
        print_json(_as_dict(run, found))
    else:
        show(*map(plain, _sentences(run, found, state=state_of(opened, run), now=time.time())))


def _near(log: OpenLog, run: Run, user: str) -> list[str]:
    from tasks.log import queries

    rows = queries.list_deliveries(log, run_id=run.id, limit=LOOKED_THROUGH)
    known = list(dict.fromkeys(one.user_id for one in rows))
    alike = [one for one in known if one.casefold() == user.strip().casefold()]
    return alike or difflib.get_close_matches(user, known, n=3, cutoff=0.7)


def _absent(run: Run, user: str, near: list[str]) -> list[str]:
    if run.planned_at is None:
        return [f"The audience of {run.run_key} is not selected yet."]
    told = [
        f"{plain(user)} is not among the {run.counts.audience:,} users in the audience of "
        f"{run.run_key}."
    ]
    if near:
        told.append(f"Did you mean {', '.join(map(plain, near))}?")
    return [*told, f"Who is: hookline deliveries {run.run_key}"]


def _sentences(run: Run, found: History, *, state: str, now: float) -> Iterator[str]:
    delivery = found.delivery
    yield f"{delivery.user_id} was in the audience of {run.run_key}."
    yield f"{_outcome(delivery)}."
    if not delivery.state.final:
        yield from _next(delivery, now)
        if state == "unfinished":
            yield f"Nobody is sending this run now: hookline resume {run.run_key}"
    if not found.attempts:
        return
    yield ""
    yield f"Every attempt carried the webhook-id {_webhook_id(run, delivery)}."
    yield from itertools.chain.from_iterable(
        _attempt(one, before) for before, one in _with_previous(found.attempts)
    )


def _outcome(delivery: Delivery) -> str:
    name = delivery.state.name.lower()
    reason = f": {delivery.reason}" if delivery.reason else ""
    count = delivery.attempts
    after = f" after {count} attempt{'' if count == 1 else 's'}" if count else ""
    if delivery.earlier_attempts:
        after += f", {delivery.earlier_attempts} of them before it was sent again"
    told = {
        "delivered": f"It was delivered{after}",
        "failed": f"It failed{after}{reason}",
        "suppressed": f"It was suppressed, so nothing was sent{reason}",
        "held": f"It is held and not sent again{after}{reason}",
        "in_flight": f"Attempt {count} was begun, and its answer is not recorded yet",
        "in_doubt": f"The answer of attempt {count} was lost with its sender; it is owed again",
        "pending": f"It is still owed{after}" if count else "It was not sent yet",
    }
    return told[name]


def _next(delivery: Delivery, now: float) -> Iterator[str]:
    if delivery.state.name != "IN_FLIGHT":
        wait = delivery.due_at - now
        when = f"in {seconds(wait)}, at" if wait > 0 else "now, since"
        yield f"The next attempt is due {when} {local(delivery.due_at)}."


def _webhook_id(run: Run, delivery: Delivery) -> str:
    from tasks.log.records import webhook_id

    return webhook_id(run_key=run.run_key, user_id=delivery.user_id, trigger_id=delivery.trigger_id)


def _with_previous(
    attempts: Sequence[Attempt],
) -> Iterator[tuple[Attempt | None, Attempt]]:
    return zip([None, *attempts[:-1]], attempts, strict=True)


def _attempt(one: Attempt, before: Attempt | None) -> Iterator[str]:
    waited = ""
    if before is not None:
        end = before.started_at if before.ended_at is None else before.ended_at
        waited = f", {seconds(max(0.0, one.started_at - end))} after attempt {before.number}"
    yield f"  {one.number}. {local(one.started_at)}{waited}: {_answer(one)}"
    if one.detail:
        yield f"     {one.detail}"


def _answer(one: Attempt) -> str:
    took = "" if one.ended_at is None else f" after {seconds(one.ended_at - one.started_at)}"
    if one.status is not None:
        told = f"answered {one.status}{took}"
    elif one.error == "unknown":
        told = "its answer was lost with its sender"
    else:
        told = f"{one.error}{took}"
    return f"{told} (may have been received)" if one.maybe_received else told


def _as_dict(run: Run, found: History) -> dict[str, Any]:
    delivery = found.delivery
    return {
        "run_key": run.run_key,
        "user": delivery.user_id,
        "in_audience": True,
        "outcome": delivery.state.name.lower(),
        "reason": delivery.reason,
        "webhook_id": _webhook_id(run, delivery),
        "due": None if delivery.state.final else instant(delivery.due_at),
        "attempts": [
            {
                "number": one.number,
                "started": instant(one.started_at),
                "ended": instant(one.ended_at),
                "status": one.status,
                "error": one.error,
                "maybe_received": one.maybe_received,
                "detail": one.detail,
            }
            for one in found.attempts
        ],
    }

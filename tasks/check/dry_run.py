"""Dry run: render everybody in the audience, send nothing, and tell what would have happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from blocks.message_secrets import mask_query
from tasks.check.body_schema import BodyCheck, Misfit
from tasks.check.prepared import Prepared
from tasks.check.preview import Sample, not_fetched, recipients, sample_of
from tasks.check.repeats import Repeated, Repeats
from tasks.check.sizes import Sizes, sizes_of
from tasks.check.troubles import Trouble, Troubles, as_values
from tasks.render.request import Recipient, Request, Suppressed
from tasks.segment.funnel import Funnel
from tasks.segment.selection import Selection
from tasks.send.mask import make_mask, secrets_of

# Gives each recipient, as a template saw them, and what came of them.
Rendering = Callable[[Iterable[Recipient]], Iterator[tuple[Recipient, Request | Suppressed]]]

WOULD_SEND = "would send"
SUPPRESSED = "suppressed"
# Rows are handed over, and progress is told, after so many recipients.
SLICE = 5_000


class Row(NamedTuple):
    """What came of one recipient, secrets masked; `body` is None unless bodies were asked for."""

    user_id: str
    outcome: str
    reason: str | None
    method: str | None
    url: str | None
    body_bytes: int | None
    schema_fault: str | None
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a run would do, counted over its whole audience."""

    campaign: str
    audience: int
    would_send: int
    suppressed: Mapping[str, int]  # recipients by reason, most first
    errors: tuple[Trouble, ...]  # what templates do wrong; these recipients are suppressed, too
    misfits: tuple[Trouble, ...]  # bodies that do not fit the schema; they would be sent
    sizes: Sizes
    bodies: Repeated
    urls: Repeated
    requests: tuple[Sample, ...]
    warnings: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Tell whether no template broke and every body fits."""
        return not self.errors and not self.misfits

    @property
    def sentence(self) -> str:
        """Return the counts in one line, as a state message carries them."""
        misfits = sum(one.count for one in self.misfits)
        parts = [
            f"{self.audience:,} in the audience",
            f"{self.would_send:,} would get a request",
            f"{self.audience - self.would_send:,} would be suppressed",
        ]
        return "; ".join([*parts, f"{misfits:,} bodies do not fit the schema"][: 3 + bool(misfits)])

    def as_dict(self) -> dict[str, Any]:
        """Return the dry run as plain values."""
        told = asdict(self)
        told["sizes"]["mean"] = round(self.sizes.mean, 1)
        for one in told["requests"]:
            one["request"]["headers"] = dict(one["request"]["headers"])
        return told


def dry_run(
    prepared: Prepared,
    *,
    sample: int,
    check: BodyCheck | None = None,
    rows: Callable[[Sequence[Row]], object] | None = None,
    bodies: bool = False,
    progress: Callable[[int, int], object] = lambda rendered, would_send: None,
    selection: Selection | None = None,
    fetched: Rendering | None = None,
) -> DryRun:
    """Render every recipient of a campaign, and tell what became of them.

    `rows` gets what came of each, slice by slice, with their `bodies` if asked for; `selection` is
    how they are selected, if that was asked for before; `fetched` renders with linked data, whose
    defaults are shown without it. Memory is bounded whatever the audience.
    Raises AuthorMistake when the user table cannot be used.
    """
    tally = _Tally(prepared, sample=sample, check=check)
    told: list[Row] = []
    row = _Rows(prepared, bodies=bodies).row
    render = fetched or _rendering(prepared)
    selection = selection or prepared.selection()
    funnel = Funnel()
    for part in prepared.selected(selection):
        funnel += part.funnel
        for recipient, result in render(recipients(part.users, prepared)):
            misfit = tally.add(recipient, result)
            if rows is not None:
                told.append(row(recipient.user_id, result, misfit))
            if tally.audience % SLICE == 0:
                progress(tally.audience, tally.would_send)
                told = _handed_over(told, rows)
    _handed_over(told, rows)
    progress(tally.audience, tally.would_send)
    unfetched = () if fetched else not_fetched(prepared)
    return tally.told((*selection.warnings(funnel), *unfetched))


def _rendering(prepared: Prepared) -> Rendering:
    render = prepared.message.render
    return lambda recipients: ((one, render(one)) for one in recipients)


def _handed_over(told: list[Row], rows: Callable[[Sequence[Row]], object] | None) -> list[Row]:
    if told and rows is not None:
        rows(told)
    return []


class _Tally:
    """Counts what comes of recipients."""

    def __init__(self, prepared: Prepared, *, sample: int, check: BodyCheck | None) -> None:
        self.audience = self.would_send = 0
        self._prepared = prepared
        self._shown = prepared.shown()
        self._sample = sample
        self._check = check
        self._named = {text.name: text.named.names for text in prepared.message.texts}
        self._reasons: Counter[str] = Counter()
        self._sizes: Counter[int] = Counter()
        self._errors, self._misfits = Troubles(), Troubles()
        self._bodies, self._urls = Repeats(), Repeats()
        self._requests: list[Sample] = []

    def add(self, recipient: Recipient, result: Request | Suppressed) -> Misfit | None:
        """Count what came of one recipient; return what in the body does not fit the schema."""
        self.audience += 1
        if isinstance(result, Suppressed):
            self._suppressed(recipient, result)
            return None
        self.would_send += 1
        self._sizes[len(result.body)] += 1
        self._bodies.add(result.body, recipient.user_id)
        self._urls.add(result.url.encode(), recipient.user_id)
        if len(self._requests) < self._sample:
            self._show(recipient)
        if self._check is None:
            return None
        misfit = self._check(result.body)
        if misfit is not None:
            self._misfits.add("body", misfit.fault, value=misfit.value, user_id=recipient.user_id)
        return misfit

    def told(self, warnings: Sequence[str]) -> DryRun:
        """Return all of it, with warnings beside those of the columns."""
        return DryRun(
            campaign=self._prepared.campaign.name,
            audience=self.audience,
            would_send=self.would_send,
            suppressed=dict(sorted(self._reasons.items(), key=lambda one: (-one[1], one[0]))),
            errors=self._errors.told(),
            misfits=self._misfits.told(),
            sizes=sizes_of(self._sizes),
            bodies=self._bodies.told(),
            urls=self._urls.told(),
            requests=tuple(self._requests),
            warnings=(*self._prepared.columns.warnings, *warnings),
        )

    def _suppressed(self, recipient: Recipient, result: Suppressed) -> None:
        self._reasons[result.reason] += 1
        field = result.field
        if result.is_missing or field not in self._named:
            return
        fault = result.reason.removeprefix(f"{field}: ")
        values = as_values(recipient.attributes, self._named[field])
        self._errors.add(field, fault, value=values, user_id=recipient.user_id)

    def _show(self, recipient: Recipient) -> None:
        request = self._shown.render(recipient)
        if isinstance(request, Request):
            self._requests.append(sample_of(recipient.user_id, request, self._prepared))


class _Rows:
    """Makes rows, the campaign's secrets hidden in them."""

    def __init__(self, prepared: Prepared, *, bodies: bool) -> None:
        self._mask = make_mask(secrets_of(prepared.campaign, prepared.environ))
        self._bodies = bodies

    def row(self, user_id: str, result: Request | Suppressed, misfit: Misfit | None) -> Row:
        """Return what came of one recipient."""
        if isinstance(result, Suppressed):
            return Row(user_id, SUPPRESSED, result.reason, None, None, None, None, None)
        return Row(
            user_id=user_id,
            outcome=WOULD_SEND,
            reason=None,
            method=result.method,
            url=self._mask(mask_query(result.url)),
            body_bytes=len(result.body),
            schema_fault=misfit.fault if misfit else None,
            body=self._mask(result.body.decode(errors="replace")) if self._bodies else None,
        )

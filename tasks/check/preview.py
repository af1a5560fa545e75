"""Preview a campaign: render its audience and count who would get nothing, but send nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.check.prepared import Prepared
from tasks.log.records import webhook_ids
from tasks.render.linked import NoAnswers
from tasks.render.preview import Shown, as_curl, show
from tasks.render.request import Recipient, Request, Suppressed
from tasks.segment.funnel import Funnel
from tasks.send.mask import make_mask, secrets_of

# The webhook-id comes from the run's key, which a preview has none of.
RUN_KEY = "preview"


@dataclass(frozen=True, slots=True)
class Sample:
    """The request that one user would get, its secrets masked."""

    user_id: str
    request: Shown
    curl: str  # a command line that sends it


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a run would send; `rendered` is how many of the audience were looked at."""

    campaign: str
    audience: int
    rendered: int
    suppressed: Mapping[str, int]  # recipients by reason, most first
    requests: tuple[Sample, ...]
    warnings: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Tell whether the whole audience was looked at."""
        return self.rendered == self.audience

    @property
    def sentence(self) -> str:
        """Return the counts in one line, as a state message carries them."""
        suppressed = sum(self.suppressed.values())
        among = "" if self.complete else f" of the first {self.rendered:,}"
        return f"{self.audience:,} in the audience; {suppressed:,}{among} would be suppressed"

    def as_dict(self) -> dict[str, Any]:
        """Return the preview as plain values; `complete` is false when the count was cut."""
        told = asdict(self) | {"complete": self.complete}
        for one in told["requests"]:
            one["request"]["headers"] = dict(one["request"]["headers"])
        return told


def preview(prepared: Prepared, *, sample: int, most: int = 10_000) -> Preview:
    """Render up to `most` recipients of a campaign and show the first `sample` requests.

    A campaign that was prepared for showing has its secrets masked. Raises AuthorMistake when the
    user table cannot be used.
    """
    reasons: Counter[str] = Counter()
    samples: list[Sample] = []
    size = rendered = 0
    selection, funnel = prepared.selection(), Funnel()
    for part in prepared.selected(selection):
        funnel += part.funnel
        selected = part.users
        size += len(selected)
        for recipient in recipients(selected.iloc[: most - rendered], prepared):
            rendered += 1
            request = prepared.message.render(recipient)
            if isinstance(request, Suppressed):
                reasons[request.reason] += 1
            elif len(samples) < sample:
                samples.append(sample_of(recipient.user_id, request, prepared))
    return Preview(
        campaign=prepared.campaign.name,
        audience=size,
        rendered=rendered,
        suppressed=dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        requests=tuple(samples),
        warnings=(
            *prepared.columns.warnings,
            *selection.warnings(funnel),
            *not_fetched(prepared),
        ),
    )


def sample_of(user_id: str, request: Request, prepared: Prepared) -> Sample:
    """Return a request to be looked at, also without the secrets that the campaign spells out."""
    mask = make_mask(secrets_of(prepared.campaign, prepared.environ))
    return Sample(user_id, show(request, mask=mask), as_curl(request, mask=mask))


def nobody_gets_it(users: pd.DataFrame, prepared: Prepared) -> Iterator[str]:
    """Yield a warning when each of some recipients gets no request, all for the same reason.

    Linked data is not fetched, so nothing is told of a campaign that has some.
    """
    if prepared.message.linked is not None:
        return
    rendered = [prepared.message.render(one) for one in recipients(users, prepared)]
    reasons = [one.reason if isinstance(one, Suppressed) else "" for one in rendered]
    # The same mistake stands at another column behind a longer value.
    if len({re.sub("[0-9]+", "", one) for one in reasons}) == 1 and (reason := reasons[0]):
        first = f"the first {len(rendered)} recipients" if len(rendered) > 1 else "the recipient"
        yield f"message: no request for {first}: {reason}"


def plain_rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield rows as the plain Python values that templates see, None where one is missing."""
    columns = [_plain(frame[name]) for name in frame.columns]
    names = [str(name) for name in frame.columns]
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def not_fetched(prepared: Prepared) -> Iterator[str]:
    """Yield a warning where templates name linked data, of which only defaults are shown."""
    if prepared.message.linked is not None:
        yield "linked data is not fetched here, its defaults are shown: dry-run --linked fetches it"


def recipients(audience: pd.DataFrame, prepared: Prepared) -> Iterator[Recipient]:
    """Yield the recipients of a part of the audience, as a run without a key would see them."""
    ids = audience[prepared.campaign.users.id].tolist()
    rows = plain_rows(audience[list(prepared.columns.seen)])
    linked, name = prepared.message.linked, webhook_ids(RUN_KEY)
    for user_id, row in zip(ids, rows, strict=True):
        recipient = Recipient(user_id=user_id, attributes=row, webhook_id=name(user_id, ""))
        yield (
            replace(recipient, linked=linked.view(recipient, NoAnswers())) if linked else recipient
        )


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Return a column's values as they come out of a run's snapshot."""
    try:
        array = pa.array(column, from_pandas=True)
        # Python's times have microseconds.
        if pa.types.is_timestamp(array.type):
            array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
        if pa.types.is_duration(array.type):
            array = array.cast(pa.duration("us"), safe=False)
    except (pa.ArrowException, OverflowError):
        return [None if _missing(value) else value for value in column]
    values: list[Any] = array.to_pylist()
    return values


def _missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))

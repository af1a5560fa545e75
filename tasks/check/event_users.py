"""Whether the users of events are those of the user table: ids that were written as decimals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from blocks.user_table import UserTable
from tasks.segment.activity import Activity

_FRACTION, _DECIMAL = r"\.0$", r"[0-9]+\.0"


def decimal_ids(found: Activity, users: UserTable, *, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning if events have ids such as `1001.0` where the user table has `1001`.

    Ids in a file of texts are what is written; a column of numbers with a gap is often written as
    decimals. The first part of the user table shows how its ids are written.
    """
    for measured in islice(found.measured.values(), 1):  # they are all of the same users
        ending = measured.index[measured.index.str.endswith(".0")]
        decimals = ending[ending.str.fullmatch(_DECIMAL)]
        if not len(decimals):
            return
        known = next(users.parts([], environ=environ))[users.id]
        meant = decimals[decimals.str.replace(_FRACTION, "", regex=True).isin(known)]
        if len(meant) and not decimals.isin(known).any():
            yield (
                f"events: {len(decimals):,} users are written as decimals, such as '{meant[0]}'; "
                f"the user table has '{meant[0].removesuffix('.0')}', so their events are nobody's "
                "(write the event table's ids without .0)"
            )

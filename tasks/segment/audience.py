"""The audience: the users whom a segment selects, in the table's order."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from blocks.segment import Segment
from tasks.segment.criteria import mask


def select(
    users: pd.DataFrame, segment: Segment, *, id_column: str, now: datetime, timezone: str
) -> pd.DataFrame:
    """Return the rows of the users whom the segment selects, in the table's order."""
    return users[mask(segment, users, id_column=id_column, now=now, timezone=timezone)]

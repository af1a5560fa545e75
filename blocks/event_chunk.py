"""What rules ask of an event table, and the events that it answers with, a chunk at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pandas takes half a second: only reading needs it
    import pandas as pd

# In place of an event's name: whatever it is called.
ANY_EVENT = "*"


@dataclass(frozen=True, slots=True)
class Window:
    """The events of one name, or all, from an aware date (included) until another; None is open."""

    event: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is read of the events in some windows, besides their users and names."""

    windows: tuple[Window, ...]
    time: bool = False
    value: bool = False
    parameters: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the events, each once."""
        return tuple(dict.fromkeys(window.event for window in self.windows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Some rows of an event table, column by column; those that were not wanted are not there.

    Attributes:
        users: the ids, as texts.
        names: what the events are called, as texts.
        times: dates, ISO 8601 texts or unix times.
        parameters: by name, the columns of parameters.
        json: objects of parameters as JSON texts, where the table has them so.
    """

    users: pd.Series
    names: pd.Series
    times: pd.Series | None = None
    values: pd.Series | None = None
    parameters: Mapping[str, pd.Series] = field(default_factory=dict)
    json: pd.Series | None = None

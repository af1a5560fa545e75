"""What rules ask of besides the rows of the user table: looked up once, for a whole selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from blocks.segment import Rule, Segment
from tasks.segment.measures import Measures

Function = Callable[[pd.DataFrame], Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a selection knows besides the user table; whatever its rules ask for must be here.

    Attributes:
        properties: the column of each property that a rule looks at.
        derived: the rule that measures each property that the user table has no column of.
        measured: what each rule on an event measures of each user.
        sent: for each rule on a campaign, the ids that were sent it.
        ids: the ids on each list, by its file.
        saved: each saved segment, by its file.
        functions: each function that a segment names.
        warnings: what whoever looks at the selection should know.
    """

    properties: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, Rule] = field(default_factory=dict)
    measured: Measures = field(default_factory=lambda: Measures({}))
    sent: Mapping[Rule, pd.Index] = field(default_factory=dict)
    ids: Mapping[str, pd.Index] = field(default_factory=dict)
    saved: Mapping[str, Segment] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


NO_FACTS = Facts()

"""The comparison of versions: `10.2` after `9.9`; by distinct version, not by user."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from blocks.segment_operator import Operator
from blocks.segment_value import Scalar, Version, number_text, version
from tasks.segment.kind import Kind


def compares(
    kind: Kind, column: pd.Series, operator: Operator, values: Sequence[Scalar]
) -> np.ndarray:
    """Mark the rows whose version stands in that relation to the values; no version, no match.

    A column of numbers is read as the texts they print as, so its 10.10 is a 10.1.
    """
    if kind not in ("number", "text"):
        return np.zeros(len(column), dtype=bool)
    wanted = [found for value in values if (found := version(value)) is not None]
    matches = _matches(operator, wanted)
    codes, distinct = pd.factorize(column)
    texts = map(number_text, distinct.tolist()) if kind == "number" else map(str, distinct)
    known = [found is not None and matches(found) for found in map(version, texts)]
    return np.array(known, dtype=bool)[codes] if known else np.zeros(len(column), dtype=bool)


def _matches(operator: Operator, wanted: Sequence[Version]) -> Callable[[Version], bool]:
    match operator:
        case "is":
            return lambda one: one in wanted
        case "is greater than":
            return lambda one: one > wanted[0]
        case "is less than":
            return lambda one: one < wanted[0]
        case "is at least":
            return lambda one: one >= wanted[0]
        case "is at most":
            return lambda one: one <= wanted[0]
        case _:
            return lambda one: wanted[0] <= one <= wanted[1]

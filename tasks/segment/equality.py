"""`is`: one of several values; texts by letter, numbers by size, truths and moments as such."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from blocks.segment_value import Scalar, moment, number_text, plain_number
from tasks.segment.date import exact, microseconds
from tasks.segment.kind import Kind

_TRUTHS = {"true": True, "false": False}


def equals(kind: Kind, column: pd.Series, values: Sequence[Scalar], *, timezone: str) -> np.ndarray:
    """Mark the rows that equal one of the values.

    Two texts are compared letter by letter. A number on one side makes the other side's text a
    number too, if it is written plainly (`6`, `6.50`; not `06`, `6e0`).
    """
    if kind == "text":
        return _texts(column, values)
    if kind == "number":
        return _numbers(column.to_numpy(), values)
    if kind == "truth":
        wanted = [_TRUTHS.get(str(value).lower()) for value in values]
        return column.isin([truth for truth in wanted if truth is not None]).to_numpy(dtype=bool)
    if kind == "moment":
        dates = [found for value in values if (found := exact(moment(value)))]
        wanted_moments = [
            microseconds("moment", pd.Series([one]), timezone=timezone) for one in dates
        ]
        return np.isin(microseconds(kind, column, timezone=timezone), wanted_moments)
    return np.zeros(len(column), dtype=bool)


def _texts(column: pd.Series, values: Sequence[Scalar]) -> np.ndarray:
    truths = [str(value).lower() for value in values if isinstance(value, bool)]
    texts = [value for value in values if isinstance(value, str)]
    # Compared as decimal texts, numbers stay exact beyond the 15 digits of a double.
    decimals = [
        number_text(value)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    matched = column.isin(texts)
    if decimals:
        matched |= _decimal(column).isin(decimals)
    if truths:
        matched |= column.str.lower().isin(truths)
    return matched.to_numpy(dtype=bool)


def _decimal(column: pd.Series) -> pd.Series:
    """Take trailing zeros off the texts that are plain decimals: `6.50` is `6.5`, `6.0` is `6`."""
    decimal = column.str.fullmatch(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
    short = column.where(~decimal, column.str.rstrip("0").str.rstrip("."))
    return short.replace("-0", "0")


def _numbers(column: np.ndarray, values: Sequence[Scalar]) -> np.ndarray:
    wanted = [found for value in values if (found := plain_number(value)) is not None]
    if column.dtype.kind == "f":
        # A value is rounded like the column: 29.85 equals the 32 bit float written as 29.85.
        with np.errstate(over="ignore"):
            return np.isin(column, np.array(wanted, dtype="float64").astype(column.dtype))
    if column.dtype.kind == "O":  # integers beyond 64 bits
        return np.array([one in wanted for one in column], dtype=bool)
    limits = np.iinfo(column.dtype)
    whole = [one for one in wanted if isinstance(one, int) and limits.min <= one <= limits.max]
    return np.isin(column, np.array(whole, dtype=column.dtype))

"""The parameters of events that are written as JSON objects, taken apart into columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from blocks.user_table_arrow import frame

# The least number that is no integer of 64 bits.
_BEYOND = 2.0**63
_NOTHING: Mapping[str, Any] = {}


def parameters_in(
    texts: pd.Series, names: Iterable[str]
) -> tuple[dict[str, pd.Series], np.ndarray]:
    """Return a column for each parameter, and mark the rows whose text is no JSON object.

    An unset text, and one that is `null` or blank, has no parameters and is no fault; an unreadable
    one has no parameters either.
    """
    objects, faulty = _read(texts)
    found = {name: _column([one.get(name) for one in objects]) for name in names}
    found = {name: _exact(column, name, texts) for name, column in found.items()}
    marked = np.zeros(len(texts), dtype=bool)
    marked[faulty] = True
    return found, marked


def _read(texts: pd.Series) -> tuple[list[Mapping[str, Any]], list[int]]:
    objects: list[Mapping[str, Any]] = []
    faulty: list[int] = []
    for row, text in enumerate(texts.tolist()):
        found: Any = None
        if isinstance(text, str) and text.strip():  # an unset one is NaN
            try:
                found = orjson.loads(text)
            except orjson.JSONDecodeError:
                found = text
        if found is not None and not isinstance(found, dict):
            faulty.append(row)
            found = None
        objects.append(found or _NOTHING)
    return objects, faulty


def _exact(column: pd.Series, name: str, texts: pd.Series) -> pd.Series:
    """Read again the integers beyond 64 bits, which were read as doubles of 53."""
    doubles = column.map(lambda one: isinstance(one, float)) if column.dtype == object else None
    if doubles is None and not pd.api.types.is_float_dtype(column.dtype):
        return column
    numbers = column if doubles is None else column.where(doubles)
    rows = np.flatnonzero(np.abs(numbers.to_numpy(dtype="float64", na_value=np.nan)) >= _BEYOND)
    if not len(rows):
        return column
    column = column.astype(object)
    column.iloc[rows] = pd.Series([json.loads(texts.iloc[row])[name] for row in rows], dtype=object)
    return column


def _column(values: list[Any]) -> pd.Series:
    """Return values of one kind with its type; those of several kinds stay objects."""
    try:
        return frame(pa.table([pa.array(values)], names=["x"]))["x"]
    except (pa.ArrowException, OverflowError):
        return pd.Series(values, dtype=object)

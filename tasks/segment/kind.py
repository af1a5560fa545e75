"""What kinds of values a column holds; a column of mixed objects is taken apart by kind."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal
from uuid import UUID

import numpy as np
import pandas as pd

Kind = Literal["text", "number", "truth", "moment", "list", "other"]


def unset(column: pd.Series) -> np.ndarray:
    """Mark the rows without a value: None, NA, NaT and NaN; an empty text is a value."""
    missing = column.isna().to_numpy(dtype=bool)
    if pd.api.types.is_float_dtype(column.dtype):
        # A nullable float column may hold NaN beside NA, and does not always call it missing.
        missing = missing | np.isnan(column.to_numpy(dtype="float64", na_value=np.nan))
    return missing


def by_kind(column: pd.Series) -> Iterator[tuple[Kind, pd.Series]]:
    """Split a column without unset rows into parts of one kind, which keep their index.

    A number is a numpy number (integers beyond 64 bits stay objects), a truth a numpy bool, a text
    the string dtype, a moment either datetime64 or the ISO 8601 text of date objects, a list any
    collection of elements.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.ArrowDtype):
        yield from _by_type(column.astype(object))
    elif isinstance(dtype, pd.CategoricalDtype):
        yield from by_kind(column.astype(dtype.categories.dtype))
    elif pd.api.types.is_bool_dtype(dtype):
        yield "truth", column.astype("bool")
    elif pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_float_dtype(dtype):
        numpy_dtype: Any = getattr(dtype, "numpy_dtype", dtype)
        yield "number", pd.Series(column.to_numpy(dtype=numpy_dtype), index=column.index)
    elif pd.api.types.is_datetime64_any_dtype(dtype):
        yield "moment", column
    elif isinstance(dtype, pd.StringDtype):
        yield "text", column.astype("str")
    else:
        yield from _by_type(column.astype(object))


def _by_type(column: pd.Series) -> Iterator[tuple[Kind, pd.Series]]:
    """Split a column of objects by their types; the loop is over types, not over users."""
    for found, part in column.groupby(column.map(type), sort=False):
        if issubclass(found, bool | np.bool_):
            yield "truth", part.astype("bool")
        elif issubclass(found, str | UUID):
            yield "text", part.astype("str")
        elif issubclass(found, numbers.Number) and not issubclass(found, complex):
            exact = part.infer_objects()
            whole = exact.dtype.kind != "O" or issubclass(found, int)
            yield "number", exact if whole else part.astype("float64")
        elif issubclass(found, date | np.datetime64):
            yield "moment", part.astype("str")
        elif issubclass(found, list | tuple | set | frozenset | np.ndarray):
            yield "list", part
        else:
            yield "other", part

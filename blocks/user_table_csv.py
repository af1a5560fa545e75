"""User tables in CSV files, read without guesses: what a template prints is what the file says."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NoReturn, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from blocks.mistake import AuthorMistake, Fault
from blocks.user_table_arrow import frame
from blocks.user_table_source import FIELD, existing

# Numbers that print as they are written: no leading zero, no sign but -, no trailing zero, at most
# 15 characters (a double keeps 15 digits), nothing so small that it would print with an exponent.
_INTEGER = r"^(?:0|-?[1-9][0-9]{0,17})$"
_DECIMAL = r"^-?(?:[1-9][0-9]*\.[0-9]*[1-9]|0\.0{0,3}[1-9](?:[0-9]*[1-9])?)$"
_SHORT = r"^-?[0-9.]{1,15}$"
_A_ROW_FITS = 1 << 24
_UNCLOSED = ("unexpected end of data", "a quoted value does not end")


def columns(source: str) -> list[str]:
    """Return the header; raises AuthorMistake when there is none or it is separated otherwise."""
    path = existing(source)
    try:
        with _opened(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            header = next((row for row in csv.reader(text, delimiter=_delimiter(path)) if row), [])
    except (UnicodeDecodeError, OSError, EOFError, csv.Error) as error:
        _tell(path, error)
    if not header:
        raise AuthorMistake.of(FIELD, f"{path} is empty")
    if len(header) == 1:
        _refuse_other_delimiters(path, header[0])
    return header


def read(source: str, names: Sequence[str], *, id_column: str) -> pd.DataFrame:
    """Return these columns; those that hold only plain numbers become numbers, but not the ids."""
    path = Path(source)
    table = _table(path, names)
    for position, name in enumerate(table.column_names):
        if name != id_column:
            table = table.set_column(position, name, typed(table.column(position)))
    return frame(table)


def typed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of texts as numbers, if every one of them prints as it is written."""
    if column.null_count == len(column):
        return column
    # Most columns of texts show in their first rows that they are texts.
    target = _numbers(column.slice(0, 1000)) and _numbers(column)
    return column.cast(target) if target else column


def _numbers(column: pa.ChunkedArray) -> pa.DataType | None:
    """Return the type that the texts can be read as, or None; unset cells do not matter."""
    integers = pc.match_substring_regex(column, _INTEGER)
    if pc.all(integers, min_count=0).as_py():
        return pa.int64()
    decimals = pc.or_(integers, pc.match_substring_regex(column, _DECIMAL))
    short = pc.match_substring_regex(column, _SHORT)
    return pa.float64() if pc.all(pc.and_(decimals, short)).as_py() else None


def _table(path: Path, names: Sequence[str]) -> pa.Table:
    try:
        _refuse_an_open_quote(path)
        return arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(block_size=_A_ROW_FITS),
            parse_options=arrow_csv.ParseOptions(
                delimiter=_delimiter(path), newlines_in_values=True
            ),
            # Only an unquoted empty cell is unset, as in PostgreSQL; "" is an empty text.
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                include_columns=list(names),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, UnicodeDecodeError, OSError, EOFError) as error:
        _tell(path, error)


def _delimiter(path: Path) -> str:
    return "\t" if ".tsv" in [suffix.lower() for suffix in path.suffixes[-2:]] else ","


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def _refuse_other_delimiters(path: Path, header: str) -> None:
    for other, hint in {
        ";": "its columns are separated by semicolons: save it with commas",
        "\t": "its columns are separated by tabs: name it .tsv",
        ",": "its columns are separated by commas: name it .csv",
    }.items():
        if other in header:
            raise AuthorMistake.of(FIELD, f"{path} has one column only, '{header}'", hint=hint)


def _tell(path: Path, error: Exception) -> NoReturn:
    """Raise the mistake that names the first line which is not UTF-8, or not like the header."""
    try:
        fault = _not_utf8(path) or _misshapen(path)
    except (OSError, EOFError):
        fault = None
    told = str(error).splitlines()[0]
    raise AuthorMistake([fault or Fault(FIELD, f"{path} cannot be read: {told}")]) from None


def _not_utf8(path: Path) -> Fault | None:
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = f"byte {error.start + 1} (0x{line[error.start]:02x}) is not UTF-8"
                return Fault(FIELD, f"{path}, line {number}: {byte}", hint="save the file as UTF-8")
    return None


def _misshapen(path: Path) -> Fault | None:
    with _opened(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        reader = csv.reader(text, delimiter=_delimiter(path), strict=True)
        width, start = 0, 1
        try:
            for row in reader:
                width = width or len(row)
                if row and len(row) != width:
                    told = f"{len(row)} values, the header has {width}"
                    return Fault(FIELD, f"{path}, line {start}: {told}")
                start = reader.line_num + 1
        except csv.Error as error:
            return Fault(FIELD, f"{path}, line {start}: {error}".replace(*_UNCLOSED))
    return None


def _refuse_an_open_quote(path: Path) -> None:
    """Raise a mistake for a quote that is never closed: Arrow takes the rest as one value."""
    with _opened(path) as file:
        quotes = sum(part.count(b'"') for part in iter(lambda: file.read(_A_ROW_FITS), b""))
    if quotes % 2 and (fault := _misshapen(path)):
        raise AuthorMistake([fault])

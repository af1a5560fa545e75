"""User tables in CSV files, read without guesses: what a template prints is what the file says."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from blocks.mistake import AuthorMistake, Fault
from blocks.user_table_arrow import frame, in_parts
from blocks.user_table_condition import Clause
from blocks.user_table_source import FIELD, existing

# Numbers that print as they are written: no leading zero, no sign but -, no trailing zero, at most
# 15 characters (a double keeps 15 digits), nothing so small that it would print with an exponent.
_INTEGER = r"^(?:0|-?[1-9][0-9]{0,17})$"
_DECIMAL = r"^-?(?:[1-9][0-9]*\.[0-9]*[1-9]|0\.0{0,3}[1-9](?:[0-9]*[1-9])?)$"
_SHORT = r"^-?[0-9.]{1,15}$"
_BLOCK, _MIDDLE_BLOCK, _LARGE_BLOCK = 1 << 20, 1 << 22, 1 << 24
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


def narrowed(source: str, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
    """Answer nothing: a file of texts is read as a whole, to find the types of its columns."""
    return ()


def parts(
    source: str,
    names: Sequence[str],
    *,
    id_column: str,
    rows: int,
    clauses: tuple[Clause, ...] = (),
) -> Iterator[pd.DataFrame]:
    """Yield these columns in parts of `rows` rows.

    Those that hold only plain numbers in the whole file are numbers, but not the ids.
    """
    assert not clauses, "it answers none"
    path = Path(source)
    try:
        _refuse_an_open_quote(path)
        block, schema = _block_and_schema(path, names, id_column)
        for table in in_parts(_batches(path, names, block), rows):
            yield frame(table.cast(schema))
    except (pa.ArrowException, UnicodeDecodeError, OSError, EOFError) as error:
        _tell(path, error)


def texts(source: str, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield these columns as the texts that are written, unset cells as nulls."""
    path = Path(source)
    try:
        _refuse_an_open_quote(path)
        yield from _batches(path, names, _MIDDLE_BLOCK)
    except (pa.ArrowException, UnicodeDecodeError, OSError, EOFError) as error:
        _tell(path, error)


def _block_and_schema(path: Path, names: Sequence[str], id_column: str) -> tuple[int, pa.Schema]:
    """Read the file once to find the types of its columns, and a size that each row fits in."""
    try:
        return _BLOCK, _schema(path, names, id_column, _BLOCK)
    except pa.ArrowInvalid:  # a long row, or what will be told the second time
        return _LARGE_BLOCK, _schema(path, names, id_column, _LARGE_BLOCK)


def _schema(path: Path, names: Sequence[str], id_column: str, block: int) -> pa.Schema:
    readable = {name: Readable() for name in names if name != id_column}
    for batch in _batches(path, names, block):
        for name, so_far in readable.items():
            readable[name] = so_far.also(batch.column(name))
    types = {name: found.type for name, found in readable.items()}
    return pa.schema({name: types.get(name, pa.string()) for name in names})


@dataclass(frozen=True, slots=True)
class Readable:
    """Which numbers the texts of a column, as far as it was seen, can be read as."""

    integers: bool = True
    decimals: bool = True
    filled: bool = False

    @property
    def type(self) -> pa.DataType:
        """Return the type of the column: numbers only if each prints as it is written."""
        if self.filled and self.integers:
            return pa.int64()
        return pa.float64() if self.filled and self.decimals else pa.string()

    def also(self, texts: pa.Array) -> Readable:
        """Return what the column is with these texts too; unset cells do not matter."""
        if not (self.integers or self.decimals) or texts.null_count == len(texts):
            return self
        # Most columns of texts show in their first rows that they are texts.
        if not any(_numbers(texts.slice(0, 1000))):
            return Readable(integers=False, decimals=False, filled=True)
        integers, decimals = _numbers(texts)
        return Readable(self.integers and integers, self.decimals and decimals, filled=True)


def _numbers(texts: pa.Array) -> tuple[bool, bool]:
    """Tell whether all texts are integers, and whether all are numbers that a double keeps."""
    integers = pc.match_substring_regex(texts, _INTEGER)
    short = _all(pc.match_substring_regex(texts, _SHORT))
    if _all(integers):
        return True, short
    return False, short and _all(pc.or_(integers, pc.match_substring_regex(texts, _DECIMAL)))


def _all(matched: pa.Array) -> bool:
    return bool(pc.all(matched, min_count=0).as_py())


def _batches(path: Path, names: Sequence[str], block: int) -> Iterator[pa.RecordBatch]:
    """Yield the columns as texts, a block of the file at a time."""
    reader = arrow_csv.open_csv(
        path,
        # Arrow reads many blocks ahead, so that the memory taken is some 40 times the block.
        read_options=arrow_csv.ReadOptions(block_size=block),
        parse_options=arrow_csv.ParseOptions(delimiter=_delimiter(path), newlines_in_values=True),
        # Only an unquoted empty cell is unset, as in PostgreSQL; "" is an empty text.
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            include_columns=list(names),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    with reader:
        yield from reader


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
        quotes = sum(part.count(b'"') for part in iter(lambda: file.read(_BLOCK), b""))
    if quotes % 2 and (fault := _misshapen(path)):
        raise AuthorMistake([fault])

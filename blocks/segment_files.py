"""The files that a segment names: saved segments and lists of user ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from blocks.campaign_file import read_model
from blocks.mistake import AuthorMistake, Fault, nearest_file
from blocks.segment import Segment

if TYPE_CHECKING:  # pandas takes half a second: only reading ids needs it
    import pandas as pd


def load_segment(path: Path | str) -> Segment:
    """Read a saved segment: a YAML file with all, any, none; files it names are beside it.

    Raises AuthorMistake with every fault that was found.
    """
    found = read_model(Path(path), Segment, is_a="a saved segment is a mapping with all, any, none")
    return found.located(Path(path).parent)


def load_saved(segment: Segment) -> Mapping[str, Segment]:
    """Return the saved segments that a segment names, and those that they name, by their file.

    Raises AuthorMistake for every file that is no segment, and for a loop in the references.
    """
    saved: dict[str, Segment] = {}
    faults: list[Fault] = []

    def follow(one: Segment, way: tuple[str, ...]) -> None:
        for path in _named(one):
            if path in way:
                loop = " -> ".join(Path(step).name for step in (*way[way.index(path) :], path))
                faults.append(
                    Fault("segment", f"saved segments refer to one another in a loop: {loop}")
                )
            elif path not in saved:
                try:
                    saved[path] = load_segment(path)
                except AuthorMistake as mistake:
                    faults.extend(_named_by(one) for one in mistake.faults)
                    continue
                follow(saved[path], (*way, path))

    follow(segment, ())
    if faults:
        raise AuthorMistake(faults)
    return saved


def _named_by(fault: Fault) -> Fault:
    """Return a fault of a whole file as one of the campaign, which names the file."""
    if fault.field:
        return fault
    return replace(fault, field="segment", file="", fault=f"{fault.file}: {fault.fault}")


def load_ids(path: str) -> pd.Index:
    """Return the user ids in a file: one a line, no header, blank lines left out, each once.

    Raises AuthorMistake when there is no such file, or it lists nobody.
    """
    import pandas as pd

    file = Path(path)
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        beside = file.parent.glob("*") if file.parent.is_dir() else ()
        hint = nearest_file(file, beside)
        raise AuthorMistake.of("ids", "no such file", file=path, hint=hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise AuthorMistake.of("ids", f"cannot be read: {error}", file=path) from None
    ids = [stripped for line in lines if (stripped := _unquoted(line))]
    if not ids:
        raise AuthorMistake.of("ids", "the list holds no ids", file=path)
    return pd.Index(ids, dtype="str").unique()


def _named(segment: Segment) -> Iterator[str]:
    return (rule.segment for rule in segment.rules() if rule.segment)


def _unquoted(line: str) -> str:
    """Return the id in a line, without the blanks and the quotes that a spreadsheet adds."""
    text = line.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text

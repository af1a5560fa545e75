"""Write a dry run as Markdown, for Prefect's artifacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.check.dry_run import DryRun
from tasks.check.preview_markdown import cell, fenced
from tasks.check.repeats import Repeated
from tasks.check.sizes import histogram_lines
from tasks.check.troubles import Trouble


def markdown(told: DryRun) -> str:
    """Return a dry run as Markdown: counts, what goes wrong, sizes, repetitions, requests."""
    parts = [
        f"# Dry run of {cell(told.campaign)}",
        f"{told.sentence}. Nothing was sent.",
        *(f"Warning: {cell(warning)}" for warning in told.warnings),
        *_table("Suppressed because", [(one, n) for one, n in told.suppressed.items()]),
        *_troubles("Errors in templates", told.errors),
        *_troubles("Bodies that do not fit the schema", told.misfits),
        f"## Bodies\n\n{_repeated('bodies', told.bodies)} {_repeated('URLs', told.urls)}",
        fenced("\n".join(histogram_lines(told.sizes)), language="text"),
        *(f"## {cell(one.user_id)}\n\n{fenced(one.curl, language='sh')}" for one in told.requests),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def repeated_words(name: str, repeated: Repeated) -> str:
    """Return in a sentence how often texts are repeated."""
    about = "" if repeated.exact else "about "
    sentence = f"{about}{repeated.different:,} different {name}"
    if not repeated.shared:
        return f"{sentence}, each for one recipient"
    return f"{sentence}; {about}{repeated.shared:,} recipients share theirs with another"


def _repeated(name: str, repeated: Repeated) -> str:
    words = repeated_words(name, repeated)
    return f"{words[0].upper()}{words[1:]}."


def _table(title: str, rows: Sequence[tuple[str, int]]) -> Iterator[str]:
    if rows:
        lines = [f"| {cell(text)} | {count:,} |" for text, count in rows]
        yield "\n".join([f"| {title} | Recipients |", "|---|---:|", *lines])


def _troubles(title: str, troubles: Sequence[Trouble]) -> Iterator[str]:
    if not troubles:
        return
    lines = ["| Field | Fault | Recipients | With | Such as |", "|---|---|---:|---|---|"]
    for one in troubles:
        values = "; ".join(f"{value} ({count:,})" for value, count in one.values.items())
        told = [one.field, one.fault, f"{one.count:,}", values, ", ".join(one.users)]
        lines.append(f"| {' | '.join(map(cell, told))} |")
    yield f"## {title}"
    yield "\n".join(lines)

"""Write a report as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.report.report import Report

BAR = 30
WORDS = 66


def lines(report: Report) -> list[str]:
    """Return a report as text: a bar an outcome, then attempts and reasons."""
    told = [f"{report.campaign}   run {report.run_key}", ""]
    told += _bars(report)
    told += ["  " + "-" * 20, f"  {'audience':<11}{report.audience:>9,}   {_verdict(report)}", ""]
    told.append(
        f"  {report.attempts:,} attempts in {report.seconds:,.1f} s ({report.rate:,.0f} a second)"
    )
    told += _counted("answers", report.by_status)
    told += _counted("reasons", report.reasons)
    if report.funnel:
        told += ["", "  selection", *_selection(report.funnel)]
    return told


def shortened(words: str, most: int) -> str:
    """Return the beginning of words that are too long: a rule may list thousands of ids."""
    return words if len(words) <= most else f"{words[: most - 3]}..."


def _selection(funnel: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many users came in, and how many each rule took out."""
    yield f"  {funnel['rows']:>9,}  in the user table"
    for step in funnel["steps"]:
        yield f"  {-step['removed']:>9,}  {shortened(step['words'], WORDS)}"
    for warning in funnel.get("warnings", ()):
        yield f"  warning: {warning}"


def _verdict(report: Report) -> str:
    if report.balanced:
        return "balanced: everyone is accounted for"
    return f"not balanced: {report.pending + report.in_doubt:,} still owed"


def _bars(report: Report) -> list[str]:
    rows = []
    for name in ("delivered", "failed", "suppressed", "held", "in_doubt", "pending"):
        count = getattr(report, name)
        if count or name in {"delivered", "failed", "suppressed"}:
            share = count / report.audience if report.audience else 0.0
            bar = "#" * max(round(BAR * share), 1 if count else 0)
            row = f"  {name.replace('_', ' '):<11}{count:>9,}   {share:>6.1%}  {bar}"
            rows.append(row.rstrip())
    return rows


def _counted(title: str, counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return []
    return ["", f"  {title}"] + [f"  {count:>9,}  {name}" for name, count in counts.items()]

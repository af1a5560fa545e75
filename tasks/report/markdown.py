"""Write a report as Markdown, for Prefect's artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.report.report import Report
from tasks.report.text import shortened

WORDS = 200


def summary(report: Report) -> str:
    """Return a run's summary as Markdown: the balance, the attempts, the reasons."""
    verdict = "balanced" if report.balanced else "**not balanced**"
    parts = [
        f"# {_cell(report.campaign)}",
        f"Run `{report.run_key}` is {verdict}.",
        _table("Outcome", "Recipients", _outcomes(report)),
        f"{report.attempts:,} attempts in {report.seconds:,.1f} s, {report.rate:,.0f} a second.",
    ]
    if report.by_status:
        parts.append(_table("Attempts answered with", "Attempts", report.by_status))
    if report.reasons:
        parts.append(_table("Reason", "Recipients", report.reasons))
    if report.funnel:
        parts.append(_selection(report.funnel))
    return "\n\n".join(parts) + "\n"


def _selection(funnel: Mapping[str, Any]) -> str:
    lines = ["| Rule | Users left | Taken out |", "|---|---:|---:|"]
    lines.append(f"| user table | {funnel['rows']:,} | |")
    lines += [
        f"| {_cell(shortened(step['words'], WORDS))} | {step['left']:,} | {step['removed']:,} |"
        for step in funnel["steps"]
    ]
    warnings = [f"Warning: {_cell(one)}" for one in funnel.get("warnings", ())]
    return "\n\n".join(["\n".join(lines), *warnings])


def _outcomes(report: Report) -> dict[str, int]:
    counts = {
        name.replace("_", " "): getattr(report, name)
        for name in ("delivered", "failed", "suppressed", "held", "in_doubt", "pending")
    }
    return counts | {"**audience**": report.audience}


def _table(first: str, second: str, rows: Mapping[str, int]) -> str:
    lines = [f"| {first} | {second} |", "|---|---:|"]
    return "\n".join(lines + [f"| {_cell(name)} | {count:,} |" for name, count in rows.items()])


def _cell(text: str) -> str:
    """Keep a text from becoming Markdown or HTML of its own."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")

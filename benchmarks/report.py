"""Print the figures as a table, and write them with all details as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

# Figure: its unit or kind, what must be so (sign and bound), and what is inside the clock.
END_TO_END = "end to end"
CAPTION = (
    "End to end: from the call of the flow to its return in a warm process; select, render three"
    " templated fields, send, log and report are inside the clock."
)
KNOWN: Mapping[str, tuple[str, str, str]] = {
    "one_process_vs_aiohttp_loop": ("x", ">= 0.30", f"{END_TO_END}; the loop posts ready bytes"),
    "one_process_vs_httpx_script": ("x", ">= 4", f"{END_TO_END}; the script has no log"),
    "two_processes_vs_one": ("x", ">= 1.15", f"{END_TO_END}; log in SQLite"),
    "two_processes_vs_one_postgresql": ("x", "", f"{END_TO_END}; log in PostgreSQL"),
    "vs_prefect_task_per_user": ("x", ">= 15", f"{END_TO_END}; the peer's flow likewise"),
    "vs_celery": ("x", ">= 4", f"{END_TO_END}; select, queue, work until all arrived"),
    "cpu_s_per_1000": ("s CPU", "", "all processes: senders and Prefect's server"),
    "cpu_s_per_1000_postgresql": ("s CPU", "", "the same, and PostgreSQL's"),
    "million_peak_mb": ("MB", "<= 600", "the largest process, also when all answers are 503 once"),
    "million_time_per_user_vs_100k": ("x time", "<= 1.15", END_TO_END),
    "million_s": ("s", "", END_TO_END),
    "bytes_of_log_per_delivery": ("bytes", "", "the database's file after the run"),
    "retry_wave_vs_ideal": ("x time", "<= 1.15", f"{END_TO_END}; retries and their delay"),
    "history_vs_empty": ("x time", "<= 1.10", END_TO_END),
    "first_webhook_s": ("s", "<= 5", "from the command's start to the first request"),
    "cold_start_s": ("s", "", "the same without a server, in a new folder"),
    "prefect_cold_start_s": ("s", "", "a flow of one line without a server, in a new home"),
    "task_per_user_200_s": ("s", "", END_TO_END),
}
UNKNOWN = ("", "", "see the scenario")


def table(figures: Mapping[str, float], *, title: str) -> Table:
    """Return the table, ratios first."""
    shown = Table(
        "figure", "measured", "is to be", "inside the clock", title=title, caption=CAPTION
    )
    for column in shown.columns[1:3]:
        column.justify = "right"
    for name in sorted(figures, key=_place):
        unit, bound, clock = KNOWN.get(name, UNKNOWN)
        style = "" if holds(bound, figures[name]) else "bold red"
        shown.add_row(name, f"{figures[name]:,.3g} {unit}".strip(), bound, clock, style=style)
    return shown


def holds(bound: str, value: float) -> bool:
    """Tell whether a value is as `>= 4` or `<= 4` says; nothing is always so."""
    if not bound:
        return True
    sign, limit = bound.split()
    return value >= float(limit) if sign == ">=" else value <= float(limit)


def write(path: Path, results: Mapping[str, Any]) -> None:
    """Write the results as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _place(name: str) -> tuple[bool, str]:
    return (not KNOWN.get(name, UNKNOWN)[0].startswith("x"), name)

"""Print the figures as a table, and write them with all details as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

END_TO_END = "end to end"
CAPTION = (
    "End to end: from the call of the flow to its return in a warm process; select, render three"
    " templated fields, send, log and report are inside the clock."
)
# Figure: its unit or kind, what it is to be (sign and bound), and what is inside the clock.
KNOWN: Mapping[str, tuple[str, str, str]] = {
    "one_process_vs_aiohttp_loop": ("x", ">= 0.30", f"{END_TO_END}; the loop posts ready bytes"),
    "one_process_vs_httpx_script": ("x", ">= 4", f"{END_TO_END}; the script has no log"),
    "two_processes_vs_one": ("x", ">= 1.15", f"{END_TO_END}, two start; log in PostgreSQL"),
    "two_processes_vs_one_sqlite": ("x", "", "the same; log in SQLite, which has one writer"),
    "vs_prefect_task_per_user": ("x", ">= 15", f"{END_TO_END}; the peer's flow likewise"),
    "vs_celery": ("x", ">= 4", f"{END_TO_END}; Celery's: select, queue, until all arrived"),
    "vs_celery_one_process": ("x", "", "the same, one process of ours, two of Celery's"),
    "cpu_s_per_1000": ("s CPU", "", "all processes: senders and Prefect's server"),
    "cpu_s_per_1000_postgresql": ("s CPU", "", "the same, and PostgreSQL's"),
    "million_peak_mb": ("MB", "<= 600", "the largest process; also when all answer 503 once"),
    "million_peak_together_mb": ("MB", "", "all processes of ours and Prefect's server at once"),
    "million_time_per_user_vs_100k": ("x time", "<= 1.15", END_TO_END),
    "million_s": ("s", "", END_TO_END),
    "bytes_of_log_per_delivery": ("bytes", "", "the database's file after the run"),
    "retry_wave_vs_ideal": ("x time", "<= 1.15", f"{END_TO_END}; retries and their delay"),
    "last_first_attempt_vs_first_retry": ("x time", "<= 1", "from the first request; two workers"),
    "history_vs_empty": ("x time", "<= 1.10", f"{END_TO_END}; 10 million old attempts"),
    "first_webhook_s": ("s", "<= 5", "from the command's start to the first request"),
    "cold_start_s": ("s", "", "the same without a server, in a new folder"),
    "prefect_cold_start_s": ("s", "", "a flow of one line without a server, in a new home"),
    "task_per_user_200_s": ("s", "", f"{END_TO_END}; 400 task runs"),
    "render_vs_jinja": ("x", ">= 0.7", "rendering alone; Jinja's bare templates"),
    "render_us": ("us", "", "rendering one request of three fields"),
    "render_bare_jinja_us": ("us", "", "the same three fields in bare Jinja"),
    "dry_run_users_s": ("users/s", "", "a CSV file of a million read, three fields rendered"),
    "dry_run_peak_mb": ("MB", "<= 600", "the process of the dry run"),
    "segment_vs_pandas": ("x time", "<= 1.5", "selecting alone, the table is loaded"),
    "activity_vs_duckdb": ("x time", "<= 3", "three activity rules over events in Parquet"),
    "activity_peak_mb": ("MB", "<= 3000", "the process that selects"),
}
UNKNOWN = ("", "", "see the scenario")


def table(figures: Mapping[str, float], *, title: str) -> Table:
    """Return the table, ratios first."""
    shown = Table(
        "figure", "measured", "is to be", "inside the clock", title=title, caption=CAPTION
    )
    shown.columns[0].no_wrap = True
    for column in shown.columns[1:3]:
        column.justify, column.no_wrap = "right", True
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


def write(path: Path, results: Mapping[str, Any], *, added: bool) -> None:
    """Write the results as JSON; if `added`, beside what an earlier run of their kind measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier = json.loads(path.read_text(encoding="utf-8")) if added and path.exists() else {}
    if earlier.get("kind") == results["kind"]:
        both = {name: {**earlier[name], **results[name]} for name in ("figures", "details")}
        results = {**results, **both}
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _place(name: str) -> tuple[bool, str]:
    return (not KNOWN.get(name, UNKNOWN)[0].startswith("x"), name)

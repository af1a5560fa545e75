"""Write the README's table of results from `benchmarks/results.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import KNOWN

ROOT = Path(__file__).parents[1]
README, RESULTS = ROOT / "README.md", ROOT / "benchmarks/results.json"
PLACE = re.compile(r"(?<=<!-- results -->\n).*?(?=<!-- end of results -->)", re.DOTALL)
# What a figure says to somebody who reads no code; `{}` is its value.
WORDS: Mapping[str, str] = {
    "one_process_vs_aiohttp_loop": "one process reaches {:.2f} of the rate of a bare aiohttp loop that posts ready bytes",
    "one_process_vs_httpx_script": "... {:.1f} times that of a script of httpx and asyncio, without a log or retries",
    "vs_prefect_task_per_user": "... {:.0f} times that of a Prefect `render` and `send` task for each user",
    "vs_celery": "two processes reach {:.1f} times the rate of Celery with Redis, two processes too",
    "two_processes_vs_one": "two processes reach {:.2f} times the rate of one, log in PostgreSQL",
    "two_processes_vs_one_sqlite": "... {:.2f} times with the log in SQLite, which has one writer at a time",
    "cpu_s_per_1000": "1,000 deliveries take {:.2f} s of CPU, all processes together",
    "million_s": "a million users take {:.0f} s in one process",
    "million_peak_mb": "... {:.0f} MB of memory at most, also when everything answers 503 once",
    "million_time_per_user_vs_100k": "... {:.2f} times the time a user that 100,000 users take",
    "bytes_of_log_per_delivery": "... {:.0f} bytes of log for each delivery",
    "retry_wave_vs_ideal": "with a fifth answering 503 once, a run takes {:.2f} times the ideal",
    "history_vs_empty": "with 10 million old attempts in the log a run takes {:.2f} times the time",
    "first_webhook_s": "from the command to the first webhook: {:.1f} s, 10,000 users, a server running",
    "cold_start_s": "... {:.1f} s without a server",
    "segment_vs_pandas": "twelve rules over a million users take {:.2f} times the time of pandas by hand",
    "activity_vs_duckdb": "three rules over 10 million events take {:.2f} times the time of DuckDB's SQL",
    "activity_peak_mb": "... {:,.0f} MB of memory at most, parameters in columns or in JSON",
    "render_vs_jinja": "three fields render at {:.1f} times the speed of bare `jinja2` templates",
    "dry_run_users_s": "a dry run renders {:,.0f} users a second, a million from a CSV file",
    "dry_run_peak_mb": "... in {:.0f} MB of memory",
}  # fmt: skip


def lines(results: Mapping[str, Any]) -> str:
    """Return the results as Markdown: a sentence each, the bar that it is held to, its name."""
    figures, machine = results["figures"], results["machine"]
    rows = [
        f"| {words.format(figures[name])} | {_bar(name)} | `{name}` |"
        for name, words in WORDS.items()
        if name in figures
    ]
    where = f"{machine['cores']} cores of an {machine['processor']}, Python {machine['python']}"
    head = [f"On {where}:", "", "| result | is to be | figure |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def written(readme: str, results: Mapping[str, Any]) -> str:
    """Return the README with these results in it."""
    return PLACE.sub(lambda _: lines(results), readme)


def _bar(name: str) -> str:
    sign, _, bound = KNOWN[name][1].partition(" ")
    return f"{'at least' if sign == '>=' else 'at most'} {bound}" if bound else ""


if __name__ == "__main__":
    # Of quick results the README says nothing: they are too small for the bars.
    told = json.loads(RESULTS.read_text(encoding="utf-8"))
    if told["kind"] == "full":
        README.write_text(written(README.read_text("utf-8"), told), encoding="utf-8")

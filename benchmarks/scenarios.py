"""The list of all measurements, and which figures come from which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from benchmarks.findings import Findings
from benchmarks.stage import Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    """A module of this package that finds figures.

    It has `measure(stage) -> Findings`, or, when it needs neither sink nor server,
    `figures(quick) -> dict[str, float]`.
    """

    name: str
    figures: tuple[str, ...]
    staged: bool = True

    @property
    def is_there(self) -> bool:
        """Tell whether the module exists."""
        return find_spec(f"benchmarks.{self.name}") is not None

    def run(self, stage: Stage | None, *, quick: bool) -> Findings:
        """Measure."""
        module = import_module(f"benchmarks.{self.name}")
        found = module.measure(stage) if self.staged else Findings(module.figures(quick))
        assert isinstance(found, Findings)
        return found


SCENARIOS = (
    Scenario(
        "one_process",
        ("one_process_vs_aiohttp_loop", "one_process_vs_httpx_script", "cpu_s_per_1000"),
    ),
    Scenario("two_processes", ("two_processes_vs_one",)),
    Scenario("prefect_tasks", ("vs_prefect_task_per_user",)),
    Scenario("celery_tasks", ("vs_celery", "vs_celery_one_process")),
    Scenario("task_per_user", ("task_per_user_200_s",)),
    Scenario("first_webhook", ("first_webhook_s", "cold_start_s", "prefect_cold_start_s")),
    Scenario("retry_wave", ("retry_wave_vs_ideal", "last_first_attempt_vs_first_retry")),
    Scenario("history", ("history_vs_empty",)),
    Scenario(
        "million",
        ("million_peak_mb", "million_time_per_user_vs_100k", "bytes_of_log_per_delivery"),
    ),
    Scenario("segment", ("segment_vs_pandas",), staged=False),
    Scenario("activity", ("activity_vs_duckdb", "activity_peak_mb"), staged=False),
    Scenario("render", ("render_vs_jinja",), staged=False),
    Scenario("dry_run", ("dry_run_users_s", "dry_run_peak_mb"), staged=False),
)


class NoSuchFigure(Exception):
    """A name that is asked for is neither a scenario's nor a figure's."""


def chosen(only: Sequence[str]) -> list[Scenario]:
    """Return the scenarios that are asked for, by their names or their figures'; all for none."""
    known = {name for one in SCENARIOS for name in (one.name, *one.figures)}
    if unknown := [name for name in only if name not in known]:
        raise NoSuchFigure(f"no figure is called {', '.join(unknown)}; {', '.join(sorted(known))}")
    return [one for one in SCENARIOS if not only or {one.name, *one.figures}.intersection(only)]

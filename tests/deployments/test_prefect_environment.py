"""What Prefect is told by the environment: names it knows, and nobody's own setting replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.prefect_environment import DEFAULTS, set_defaults


def test_what_is_set_already_stays() -> None:
    environ = {"PREFECT_HOME": "/elsewhere", "PREFECT_RUNNER_POLL_FREQUENCY": "30"}

    set_defaults(environ, home="x")

    assert environ["PREFECT_HOME"] == "/elsewhere"
    assert environ["PREFECT_RUNNER_POLL_FREQUENCY"] == "30"
    assert environ["DO_NOT_TRACK"] == "1"


def test_the_home_of_prefect_is_below_ours_wherever_it_is_used_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ: dict[str, str] = {}

    set_defaults(environ)

    assert environ["PREFECT_HOME"] == str(tmp_path / ".hookline" / "prefect")


def test_prefect_knows_every_setting_and_takes_every_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from prefect.settings import Settings

    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    for name in DEFAULTS:
        monkeypatch.delenv(name, raising=False)
    without = Settings().to_environment_variables()
    for name, value in DEFAULTS.items():
        monkeypatch.setenv(name, value)

    told = Settings().to_environment_variables()

    ours = {name for name in DEFAULTS if name.startswith("PREFECT_")}
    # The logging configuration takes any name that its own file has a place for.
    assert ours - set(told) == {"PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL"}
    unchanged = {name for name in ours & set(without) if without[name] == told[name]}
    assert unchanged <= {"PREFECT_SERVER_LOGGING_LEVEL"}

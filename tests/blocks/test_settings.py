"""Settings come from variables that begin with HOOKLINE_."""

import pytest
from pydantic import ValidationError

from blocks.settings import Settings


def test_the_log_is_beside_the_project_unless_told(monkeypatch):
    monkeypatch.delenv("HOOKLINE_LOG", raising=False)

    assert Settings().delivery_log.url == "sqlite:///.hookline/log.db"


def test_the_log_is_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("HOOKLINE_LOG", "postgresql://me:hunter2@db/hookline")

    assert Settings().delivery_log.url == "postgresql://me@db/hookline"
    assert "hunter2" not in repr(Settings())


def test_a_log_that_is_not_there_is_not_made_by_looking(monkeypatch, tmp_path):
    monkeypatch.setenv("HOOKLINE_LOG", f"sqlite:///{tmp_path}/log.db")
    assert Settings().delivery_log_if_there is None
    assert list(tmp_path.iterdir()) == []

    Settings().delivery_log.open().dispose()
    assert Settings().delivery_log_if_there == Settings().delivery_log


def test_a_log_in_a_database_is_taken_to_be_there(monkeypatch):
    monkeypatch.setenv("HOOKLINE_LOG", "postgresql://me@db/hookline")

    assert Settings().delivery_log_if_there == Settings().delivery_log


def test_a_lease_is_a_minute_unless_told_and_a_second_at_least(monkeypatch):
    monkeypatch.delenv("HOOKLINE_LEASE_SECONDS", raising=False)
    assert Settings().lease_seconds == 60

    monkeypatch.setenv("HOOKLINE_LEASE_SECONDS", "0.5")
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        Settings()


def test_a_part_is_50_000_rows_unless_told_and_1_000_at_least(monkeypatch):
    monkeypatch.delenv("HOOKLINE_PART_ROWS", raising=False)
    assert Settings().part_rows == 50_000

    monkeypatch.setenv("HOOKLINE_PART_ROWS", "999")
    with pytest.raises(ValidationError, match="greater than or equal to 1000"):
        Settings()

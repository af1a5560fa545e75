"""Settings come from variables that begin with HOOKLINE_."""

from blocks.settings import Settings


def test_the_log_is_beside_the_project_unless_told(monkeypatch):
    monkeypatch.delenv("HOOKLINE_LOG", raising=False)

    assert Settings().delivery_log.url == "sqlite:///.hookline/log.db"


def test_the_log_is_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("HOOKLINE_LOG", "postgresql://me:hunter2@db/hookline")

    assert Settings().delivery_log.url == "postgresql://me@db/hookline"
    assert "hunter2" not in repr(Settings())

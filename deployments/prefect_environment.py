"""Set what Prefect reads from the environment, before it is imported."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType

HOME = Path(".hookline")
"""Everything that is made at run time goes here, below the working directory."""

DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        # Nobody outside is told that this project runs, and the pages advertise nothing. The
        # first is what Prefect's client asks, in its own words.
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Nobody answers a question that a child process asks.
        "PREFECT_CLI_PROMPT": "false",
        # The first start migrates the database: 16 s on two quiet cores, more on busy ones.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        # One transaction an event (the default) records 100 events a second, and beyond 10,000
        # waiting ones they are dropped: their task runs would show Running for ever.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "500",
        # Whole seconds: a fraction would be cut to 0 and spin.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "2",
        # Events are three quarters of the database; what counts is in the delivery log.
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P2D",
        # Writers wait for one another on SQLite; a wait is not yet a failure.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        # A line a task run would be the largest table after the events, and a task of one user
        # fails because of its receiver: that is the report's business, not an error here.
        "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        # A form that was submitted starts in two seconds instead of ten.
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
    }
)


def set_defaults(environ: MutableMapping[str, str], *, home: Path | str = HOME) -> None:
    """Set Prefect's home below `home` and the settings above, unless they are set already."""
    environ.setdefault("PREFECT_HOME", str((Path(home) / "prefect").absolute()))
    for name, value in DEFAULTS.items():
        environ.setdefault(name, value)

"""What a log has gathered over time: finished runs with their recipients and attempts."""

from __future__ import annotations

from sqlalchemy import Engine, text

NUMBERS = {
    "sqlite": "(WITH RECURSIVE one(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM one "
    "WHERE n < {count} - 1) SELECT n FROM one) AS numbers",
    "postgresql": "generate_series(0, {count} - 1) AS numbers(n)",
}


def add_history(log: Engine, *, runs: int, users: int, owners: int = 2_000) -> None:
    """Enter finished runs of `users` each, in batches of 100, every one delivered at once."""

    def numbers(count: int) -> str:
        return NUMBERS[log.dialect.name].format(count=count)

    statements = [
        "INSERT INTO owners (host, pid, process_start, started_at, heartbeat_at, lease, left_at)"
        f" SELECT 'h', n, 1, 1, 1, 60, 2 FROM {numbers(owners)}",
        "INSERT INTO runs (run_key, campaign, digest, started_at, planned_at, finished_at,"
        " audience, delivered, attempts)"
        f" SELECT 'old-' || n, 'old', 'd', 1, 1, 2, {users}, {users}, {users} FROM {numbers(runs)}",
        "INSERT INTO batches (run_id, number, part, first, size, closed)"
        f" SELECT runs.id, n, 0, n * 100, 100, true FROM runs, {numbers(users // 100)}"
        " WHERE campaign = 'old'",
        "INSERT INTO deliveries (run_id, batch, user_id, part, row, state, attempts, due_at)"
        f" SELECT runs.id, n / 100, 'u' || n, 0, n, 3, 1, 1 FROM runs, {numbers(users)}"
        " WHERE campaign = 'old'",
        "INSERT INTO attempts (run_id, delivery_id, number, started_at, ended_at, status,"
        " maybe_received, owner_id) SELECT run_id, id, 1, 1, 1, 200, false, 1 FROM deliveries",
    ]
    with log.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    if log.dialect.name == "postgresql":
        with log.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))

"""How fast three rules on events select from Parquet, against DuckDB's SQL of the same."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from benchmarks.measure import own_peak_mb
from blocks.campaign import Campaign
from tasks.check.selecting import selecting

Shape = Literal["columns", "json"]

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RULES: list[dict[str, Any]] = [
    {"event": "purchase", "operator": "is at least", "value": 2, "last_days": 60},
    {
        "event": "purchase",
        "measure": "sum",
        "of": "price",
        "parameters": [{"parameter": "genre", "operator": "is", "value": "sci-fi"}],
        "operator": "is at least",
        "value": 40,
    },
    {"event": "login", "measure": "last", "operator": "is not before", "value": "2026-08-01"},
]
SQL = """
WITH did AS (
    SELECT user_id,
        count(*) FILTER (event = 'purchase'
            AND time >= TIMESTAMPTZ '2026-09-26 12:00:00Z'
            AND time <= TIMESTAMPTZ '2026-11-25 12:00:00Z'
        ) AS recent,
        sum({price}) FILTER (event = 'purchase' AND {genre} = 'sci-fi') AS spent,
        max(time) FILTER (event = 'login') AS seen
    FROM read_parquet('{events}')
    WHERE event IN ('purchase', 'login')
    GROUP BY user_id
)
SELECT user_id FROM read_parquet('{users}') JOIN did USING (user_id)
WHERE recent >= 2 AND spent >= 40 AND seen >= TIMESTAMPTZ '2026-08-01 00:00:00Z'
"""
PARAMETERS: dict[Shape, dict[str, str]] = {
    "columns": {"price": "price", "genre": "genre"},
    "json": {"price": "(parameters ->> 'price')::DOUBLE", "genre": "(parameters ->> 'genre')"},
}
NAMES = ("login", "view", "search", "purchase", "share", "rate", "open", "close", "refund", "play")
GENRES = ("sci-fi", "drama", "crime", "romance", "horror")
GROUP = 1_000_000


def figures(quick: bool) -> dict[str, float]:
    """Return `activity_vs_duckdb`, the time of three rules by DuckDB's, and the memory they take.

    Inside the clock: from a table of users and one of events, both in Parquet and a fifth of the
    events of the right names, to the rows of the users who are selected. `activity_peak_mb` is
    the larger peak of two processes that do nothing else: parameters in columns, and in JSON.
    """
    count = 500_000 if quick else 10_000_000
    found: dict[str, float] = {}
    peaks = []
    shapes: tuple[Shape, ...] = ("columns", "json")
    for shape in shapes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _write(folder, count, shape)
            assert _ours(folder, shape) == _by_duckdb(folder, shape)
            ours, theirs = _medians(folder, shape, repeat=3 if quick else 7)
            infix = "" if shape == "columns" else "json_"
            found[f"activity_{infix}vs_duckdb"] = ours / theirs
            found[f"activity_{infix}s"] = ours
            found[f"activity_{infix}duckdb_s"] = theirs
            peaks.append(_peak_mb(folder, shape))
    return found | {"activity_peak_mb": max(peaks)}


def _ours(folder: Path, shape: Shape) -> list[str]:
    """Return the ids of the users whom a campaign over the two tables selects."""
    events = {"source": str(folder / "events.parquet")}
    campaign = Campaign.model_validate(
        {
            "name": "activity",
            "users": {"source": str(folder / "users.parquet"), "id": "user_id"},
            "events": events | ({"parameters": "parameters"} if shape == "json" else {}),
            "segment": {"all": RULES},
            "message": {"url": "https://crm.example.com/{{User ID}}"},
        }
    )
    plan = selecting(campaign, now=NOW)
    selected = plan.selection().parts(plan.table())
    return sorted(pd.concat([part.users["user_id"] for part in selected]))


def _by_duckdb(folder: Path, shape: Shape) -> list[str]:
    statement = SQL.format(
        events=folder / "events.parquet", users=folder / "users.parquet", **PARAMETERS[shape]
    )
    with duckdb.connect() as database:
        return sorted(row[0] for row in database.execute(statement).fetchall())


def _medians(folder: Path, shape: Shape, *, repeat: int) -> tuple[float, float]:
    """Return the median seconds of both, taken in turns so that both meet the same machine."""
    both: tuple[Callable[[], object], ...] = (
        lambda: _ours(folder, shape),
        lambda: _by_duckdb(folder, shape),
    )
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeat):
        for one, found in zip(both, times, strict=True):
            found.append(timeit.timeit(one, number=1))
    return statistics.median(times[0]), statistics.median(times[1])


def _peak_mb(folder: Path, shape: Shape) -> float:
    """Return the largest resident memory of a process that selects once."""
    words = [sys.executable, "-m", "benchmarks.activity", str(folder), shape]
    root = Path(__file__).parents[1]
    done = subprocess.run(words, cwd=root, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _write(folder: Path, count: int, shape: Shape) -> None:
    """Write events of one year in the order of their times, and one user for each twenty."""
    chance = np.random.default_rng(1)
    ids = pa.array(np.char.add("user-", np.arange(count // 20).astype(str)))
    parquet.write_table(pa.table({"user_id": ids}), folder / "users.parquet")
    seconds = np.sort(chance.integers(0, 365 * 86_400, count))
    times = np.datetime64("2025-11-25T12:00", "us") + seconds.astype("timedelta64[s]")
    writer = None
    for start in range(0, count, GROUP):
        some = times[start : start + GROUP]
        table = pa.table(
            {
                "user_id": ids.take(pa.array(chance.integers(0, len(ids), len(some)))),
                "event": pa.array(NAMES).take(pa.array(chance.integers(0, 10, len(some)))),
                "time": pa.array(some, pa.timestamp("us", "UTC")),
                **_parameters(chance, len(some), shape),
            }
        )
        writer = writer or parquet.ParquetWriter(folder / "events.parquet", table.schema)
        writer.write_table(table)
    assert writer is not None, "there are events"
    writer.close()


def _parameters(chance: np.random.Generator, count: int, shape: Shape) -> dict[str, pa.Array]:
    genres = pa.array(GENRES).take(pa.array(chance.integers(0, len(GENRES), count)))
    prices = chance.integers(100, 9_999, count) / 100
    if shape == "columns":
        return {"genre": genres, "price": pa.array(prices)}
    pairs = zip(genres.to_pylist(), prices.tolist(), strict=True)
    return {"parameters": pa.array([f'{{"genre":"{g}","price":{p}}}' for g, p in pairs])}


if __name__ == "__main__":
    asked: Shape = "json" if sys.argv[2] == "json" else "columns"
    _ours(Path(sys.argv[1]), asked)
    print(own_peak_mb())

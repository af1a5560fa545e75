"""What rules measure of events agrees with a plain reading, event by event, however it is read."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import math
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, dataset

from blocks.event_table import EventTable
from blocks.segment import Rule
from tasks.segment.activity import activity, wanted

_PLAIN = Path(__file__).with_name("test_criteria_agree.py")
_SPEC = importlib.util.spec_from_file_location("plain_reading", _PLAIN)
plain = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plain)

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
ZONE = "Europe/Berlin"

users = st.sampled_from(["ada", "bob", "cleo", None])
names = st.sampled_from(["buy", "look", "Buy"])
# Around the ends of the periods below, and of the change of the clock on 29 March.
times = st.none() | st.sampled_from([0, 1, 30, 47, 48, 49, 60, 71, 72, 73, 2000, -1, -48]).map(
    lambda hours: NOW - dt.timedelta(hours=hours)
)
# Such numbers add up exactly in any order.
sizes = st.none() | st.sampled_from([0.5, 1, 2, 2.5, 60, -4])
genres = st.none() | st.sampled_from(["gold", "Gold", "old", "6", "6.0", ""])
events = st.lists(st.tuples(users, names, times, sizes, genres, sizes), min_size=1, max_size=12)

filters = st.sampled_from(
    [
        {"parameter": "genre", "operator": "is", "value": ["gold", 6]},
        {"parameter": "genre", "operator": "is not", "value": "old"},
        {"parameter": "genre", "operator": "contains", "value": "old"},
        {"parameter": "genre", "operator": "is not set"},
        {"parameter": "genre", "operator": "is at least", "value": 6},
        {"parameter": "price", "operator": "is greater than", "value": 1},
        {"parameter": "price", "operator": "is between", "value": [0, 2]},
        {"parameter": "price", "operator": "is", "value": ["2", 60]},
    ]
)
periods = st.sampled_from(
    [
        {},
        {"last_days": 2},
        {"since": "2026-03-29"},
        {"until": "2026-03-30T12:00+02:00"},
        {"since": "3 days ago", "until": "1 day ago"},
        {"since": "48 hours ago"},
    ]
)
measures = st.sampled_from(
    [
        {},
        {"measure": "first", "operator": "is set"},
        {"measure": "last", "operator": "is set"},
        *(
            {"measure": measure, "of": of, "operator": "is set"}
            for measure in ("sum", "average", "minimum", "maximum")
            for of in ("", "price", "genre")
        ),
    ]
)
rules = st.builds(
    lambda event, measure, period, parameters: Rule(
        event=event, parameters=parameters, **measure, **period
    ),
    st.sampled_from(["buy", "look", "never", "*"]),
    measures,
    periods,
    st.lists(filters, max_size=2),
)


def read_plainly(rule, rows):
    """Return the measure of each user who has one, as docs/targeting.md says it."""
    found = {}
    for user, name, time, value, genre, price in rows:
        parameters = {"genre": genre, "price": price}
        if user is None or rule.event not in (name, "*") or not within(rule, time):
            continue
        if all(plain.reads(one, parameters[one.parameter]) for one in rule.parameters):
            of = {"": value, **parameters}[rule.of]
            found.setdefault(user, []).append((time, of))
    measured = {user: measure(rule, pairs) for user, pairs in found.items()}
    return {user: one for user, one in measured.items() if one is not None}


def within(rule, time):
    if not (rule.last_days or rule.since or rule.until):
        return True
    if time is None:
        return False
    if rule.last_days:
        return local_days_ago(rule.last_days) <= time <= NOW
    since, until = (bound(text) if text else None for text in (rule.since, rule.until))
    return (since is None or since <= time) and (until is None or time < until)


def bound(text):
    if text.endswith("ago"):
        count, unit, _ = text.split()
        hours = unit.startswith("hour")
        return NOW - dt.timedelta(hours=int(count)) if hours else local_days_ago(int(count))
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(ZONE))


def local_days_ago(days):
    local = NOW.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None) - dt.timedelta(days=days)
    return local.replace(tzinfo=ZoneInfo(ZONE))


def measure(rule, pairs):
    if rule.measure == "occurrences":
        return len(pairs)
    if rule.measure in ("first", "last"):
        known = [time for time, _ in pairs if time is not None]
        return (min if rule.measure == "first" else max)(known, default=None)
    numbers = [plain.number(of) for _, of in pairs if of is not None]
    numbers = [one for one in numbers if one is not None]
    if not numbers:
        return None
    average = sum(numbers) / len(numbers)
    return {
        "sum": sum(numbers), "average": average, "minimum": min(numbers), "maximum": max(numbers),
    }[rule.measure]  # fmt: skip


def measured(asked, table, rows):
    want = wanted(asked, now=NOW, timezone=ZONE)
    found = activity(asked, table.chunks(want, rows=rows), now=NOW, timezone=ZONE)
    return [as_dict(found.measured[rule]) for rule in asked], found.unreadable


def as_dict(series):
    return {
        user: one.to_pydatetime() if isinstance(one, pd.Timestamp) else one
        for user, one in series.dropna().items()
    }


def arrow_of(rows, shape):
    who, name, time, value, genre, price = zip(*rows, strict=True)
    columns = {
        "user": pa.array(who, pa.string()),
        "event": pa.array(name, pa.string()),
        "time": pa.array(time, pa.timestamp("us", "UTC")),
        "value": pa.array(value, pa.float64()),
    }
    if shape == "plain":
        columns |= {"genre": pa.array(genre, pa.string()), "price": pa.array(price, pa.float64())}
    elif shape == "struct":
        fields = [pa.array(genre, pa.string()), pa.array(price, pa.float64())]
        columns["parameters"] = pa.StructArray.from_arrays(fields, names=["genre", "price"])
    elif shape == "map":
        pairs = [
            [
                (key, str(one))
                for key, one in (("genre", genre), ("price", price))
                if one is not None
            ]
            for genre, price in zip(genre, price, strict=True)
        ]
        columns["parameters"] = pa.array(pairs, pa.map_(pa.string(), pa.string()))
    else:
        texts = [json.dumps({"genre": g, "price": p}) for g, p in zip(genre, price, strict=True)]
        columns["parameters"] = pa.array(texts, pa.string())
    return pa.table(columns)


def written(folder, rows, kind, shape):
    """Write the events down, and return the source that names them."""
    table = arrow_of(rows, shape)
    if kind == "parquet":
        # A group of rows for each three: what is pushed down leaves some of them out.
        options = {"max_rows_per_group": 3, "min_rows_per_group": 1}
        dataset.write_dataset(table, folder / "events", format="parquet", **options)
        return str(folder / "events")
    if kind == "csv":
        csv.write_csv(table, folder / "events.csv")
        return str(folder / "events.csv")
    if kind == "duckdb":
        with duckdb.connect(str(folder / "events.duckdb")) as database:
            database.register("given", table)
            database.sql("CREATE TABLE events AS FROM given")
        return f"duckdb:///{folder}/events.duckdb#events"
    engine = sa.create_engine(f"sqlite:///{folder}/events.db")
    frame = table.to_pandas()
    frame["time"] = frame["time"].map(lambda one: None if pd.isna(one) else one.isoformat())
    frame.to_sql("events", engine, index=False)
    engine.dispose()
    return f"sqlite:///{folder}/events.db#events"


KINDS = [
    ("parquet", "plain"),
    ("parquet", "struct"),
    ("parquet", "map"),
    ("parquet", "json"),
    ("csv", "plain"),
    ("csv", "json"),
    ("duckdb", "struct"),
    ("duckdb", "map"),
    ("sqlite", "plain"),
    ("sqlite", "json"),
]


@given(events, st.lists(rules, min_size=1, max_size=3, unique=True), st.sampled_from(KINDS),
       st.sampled_from([1, 3, 1000]))  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_however_events_are_kept_and_cut_the_measures_are_those_of_a_plain_reading(
    rows, asked, kind, size
):
    with tempfile.TemporaryDirectory() as folder:
        table = EventTable(
            source=written(Path(folder), rows, *kind),
            user="user",
            value="value",
            parameters="" if kind[1] == "plain" else "parameters",
        )

        found, _ = measured(asked, table, size)

    for rule, one in zip(asked, found, strict=True):
        expected = read_plainly(rule, rows)
        assert one.keys() == expected.keys(), rule
        for user, value in one.items():
            same = value == expected[user]
            assert same or math.isclose(value, expected[user], rel_tol=1e-11), rule


@given(events, st.lists(rules, min_size=1, max_size=3, unique=True),
       st.sampled_from(["plain", "json"]))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_pushed_down_is_not_pushed_down(rows, asked, shape):
    with tempfile.TemporaryDirectory() as folder:
        # A CSV file leaves nothing out.
        narrowed, whole = (
            EventTable(
                source=written(Path(folder), rows, kind, shape),
                user="user",
                value="value",
                parameters="" if shape == "plain" else "parameters",
            )
            for kind in ("parquet", "csv")
        )

        assert measured(asked, narrowed, 1000) == measured(asked, whole, 1000)

"""A snapshot gives back what was put in, as plain Python, and is whole, private and removable."""

from __future__ import annotations

import datetime as dt
import stat
from decimal import Decimal

import pandas as pd
import pytest

from tasks.log import snapshot


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "snapshots" / "spring")


def kept(place, **columns):
    """Return the column's values after they were written and read again."""
    frame = pd.DataFrame(columns)
    snapshot.write_part(place, part=0, frame=frame)
    rows = snapshot.plain(snapshot.read(place, part=0, offset=0, size=len(frame)))
    return [row["column"] for row in rows]


def test_rows_are_read_by_their_place(place):
    frame = pd.DataFrame({"id": [f"u{i}" for i in range(2500)], "n": range(2500)})
    snapshot.write_part(place, part=3, frame=frame)

    rows = snapshot.plain(snapshot.read(place, part=3, offset=998, size=1004))

    assert rows[0] == {"id": "u998", "n": 998}
    assert [row["n"] for row in rows] == list(range(998, 2002))


def test_rows_beyond_the_end_are_not_there(place):
    snapshot.write_part(place, part=0, frame=pd.DataFrame({"id": ["a", "b"]}))

    assert snapshot.plain(snapshot.read(place, part=0, offset=1, size=10)) == [{"id": "b"}]
    assert snapshot.plain(snapshot.read(place, part=0, offset=2, size=10)) == []


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["Zoë", None], ["Zoë", None]),
        ([1, 2], [1, 2]),
        (pd.array([1, None], dtype="Int64"), [1, None]),
        ([1.5, float("nan")], [1.5, None]),
        ([True, False], [True, False]),
        (pd.array([True, None], dtype="boolean"), [True, None]),
        (pd.Categorical(["a", None, "b"]), ["a", None, "b"]),
        ([Decimal("1.50"), None], [Decimal("1.50"), None]),
        ([dt.date(2026, 2, 3), None], [dt.date(2026, 2, 3), None]),
        ([pd.NaT, pd.Timestamp("2026-02-03 04:05")], [None, dt.datetime(2026, 2, 3, 4, 5)]),  # noqa: DTZ001 - the column has no zone
        ([pd.Timedelta(hours=1)], [dt.timedelta(hours=1)]),
        ([2**80, 1], [2**80, 1]),
        ([None, None], [None, None]),
    ],
)
def test_values_come_back_as_plain_python(place, column, expected):
    values = kept(place, column=column)

    assert values == expected
    assert [type(value) for value in values] == [type(value) for value in expected]


def test_times_with_a_zone_stay_aware(place):
    noon = pd.Timestamp("2026-07-01 12:00:00.123456", tz="Europe/Berlin")

    (value,) = kept(place, column=[noon])

    assert type(value) is dt.datetime
    assert value == noon.to_pydatetime()
    assert value.utcoffset() == dt.timedelta(hours=2)


def test_times_finer_than_python_has_are_cut(place):
    (value,) = kept(place, column=[pd.Timestamp("2026-07-01 12:00:00.123456789")])

    assert value == dt.datetime(2026, 7, 1, 12, 0, 0, 123456)  # noqa: DTZ001 - no zone


@pytest.mark.parametrize(
    "column",
    [
        [1, "1", None, 2.5, True],
        [1, 2.5],
        [" ", 29.85],
        [["a", 1], {"b": None}, []],
    ],
)
def test_each_value_of_a_mixed_column_keeps_its_type(place, column):
    values = kept(place, column=pd.Series(column, dtype="object"))

    assert values == column
    assert [type(value) for value in values] == [type(value) for value in column]


def test_what_only_python_knows_is_kept_as_its_text(place):
    values = kept(place, column=pd.Series([1, "a", dt.date(2026, 2, 3)], dtype="object"))

    assert values == [1, "a", "2026-02-03"]


def test_parts_and_their_folders_are_private(place, tmp_path):
    snapshot.write_part(place, part=0, frame=pd.DataFrame({"id": ["a"]}))

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}

    assert modes == {"snapshots": 0o700, "spring": 0o700, "part-000000.parquet": 0o600}


def test_a_part_that_cannot_be_written_leaves_the_earlier_one_whole(place, tmp_path):
    snapshot.write_part(place, part=0, frame=pd.DataFrame({"id": ["a"]}))
    unwritable = pd.DataFrame({"id": pd.arrays.IntervalArray.from_tuples([(0, 1)])})
    unwritable["again"] = pd.Series([{1: 2, (3, 4): 5}], dtype="object")  # no key for JSON

    with pytest.raises(TypeError):
        snapshot.write_part(place, part=0, frame=unwritable)

    assert snapshot.plain(snapshot.read(place, part=0, offset=0, size=1)) == [{"id": "a"}]
    assert [path.name for path in (tmp_path / "snapshots" / "spring").iterdir()] == [
        "part-000000.parquet"
    ]


def test_a_part_may_be_written_again(place):
    snapshot.write_part(place, part=0, frame=pd.DataFrame({"id": ["a"]}))
    snapshot.write_part(place, part=0, frame=pd.DataFrame({"id": ["b"]}))

    assert snapshot.plain(snapshot.read(place, part=0, offset=0, size=9)) == [{"id": "b"}]


def test_a_removed_snapshot_is_gone_and_may_be_removed_again(place, tmp_path):
    snapshot.write_part(place, part=0, frame=pd.DataFrame({"id": ["a"]}))

    snapshot.remove(place)
    snapshot.remove(place)

    assert list((tmp_path / "snapshots").iterdir()) == []


def test_only_a_snapshot_is_removed(place, tmp_path):
    snapshot.write_part(place, part=0, frame=pd.DataFrame({"id": ["a"]}))
    mine = tmp_path / "snapshots" / "spring" / "notes.txt"
    mine.write_text("mine")

    snapshot.remove(place)

    assert mine.read_text() == "mine"
    assert [path.name for path in mine.parent.iterdir()] == ["notes.txt"]


def test_any_run_key_has_a_folder_of_its_own_inside_the_one_given():
    keys = ["a/b", "a-b", "../a", ".", "", "Zoë", "x" * 500]

    places = [snapshot.location("snapshots", run_key=key) for key in keys]

    assert len(set(places)) == len(keys)
    assert all(place.split("/")[0] == "snapshots" for place in places)
    assert all(place.count("/") == 1 and ".." not in place for place in places)
    assert all(len(place) < 100 for place in places)

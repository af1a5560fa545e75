"""What templates see is read from the snapshot, for whoever is asked for, in that order."""

from __future__ import annotations

import pandas as pd
import pytest

from tasks.log import snapshot
from tasks.log.records import Owed, State
from tasks.log.rows import reader


@pytest.fixture
def read(tmp_path):
    place = str(tmp_path / "snapshot")
    for part, size in enumerate([2500, 10]):
        frame = pd.DataFrame({"n": range(size), "part": part})
        snapshot.write_part(place, part=part, frame=frame)
    return reader(place)


def test_rows_come_in_the_order_in_which_they_are_asked_for(read, owed_at):
    asked = [(0, 2499), (1, 3), (0, 0), (0, 1000), (0, 999), (1, 0), (0, 2499)]

    rows = read([owed_at(part, row) for part, row in asked])

    assert [(row["part"], row["n"]) for row in rows] == asked


def test_nobody_has_no_rows(read):
    assert read([]) == []


@pytest.fixture
def owed_at():
    def owed(part: int, row: int) -> Owed:
        return Owed(part * 10_000 + row, f"u{row}", "", 0, 0, 0.0, part, row, State.PENDING)

    return owed

"""Ids of events that were written as decimals are told: nobody in the user table has them."""

from __future__ import annotations

import pandas as pd
import pytest

from tasks.check.selecting import select_users

TIME = "2026-06-29"
RULE = {"event": "buy", "operator": "is set"}


@pytest.fixture
def warnings(tmp_path, campaign_of, prepared_of):
    """Return a function that tells what a selection of these users by these events warns of."""
    now = prepared_of().now

    def tell(users, events, kind="csv"):
        (tmp_path / "users.csv").write_text("\n".join(["user_id", *users]) + "\n")
        frame = pd.DataFrame({"user_id": events, "event": "buy", "time": TIME})
        source = str(tmp_path / f"events.{kind}")
        frame.to_csv(source) if kind == "csv" else frame.to_parquet(source)
        campaign = campaign_of(
            message={"url": "https://crm.example.com/"},
            segment={"all": [RULE]},
            events={"source": source},
        )
        return select_users(campaign, now=now).warnings

    return tell


def test_ids_that_are_whole_in_the_user_table_are_told_with_their_number(warnings):
    assert warnings(["1001", "1002"], ["1001.0", "1001.0", "1009.0", "x.0", "7"]) == (
        "events: 2 users are written as decimals, such as '1001.0'; the user table has '1001', so "
        "their events are nobody's (write the event table's ids without .0)",
    )


@pytest.mark.parametrize(
    ("users", "events"),
    [
        (["1001"], ["1001"]),
        (["1001.0"], ["1001.0"]),
        (["1001.0", "1001"], ["1001.0"]),
        (["x", "1"], ["x.0", "1.00"]),
        (["5"], ["1001.0"]),
    ],
)
def test_ids_that_are_written_alike_or_unknown_are_not(warnings, users, events):
    assert warnings(users, events) == ()


def test_numbers_need_no_warning(warnings):
    assert warnings(["1001"], [1001.0, None], kind="parquet") == (
        "events: 1 have no user and are left out",
    )

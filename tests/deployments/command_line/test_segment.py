"""`hookline segment` shows whom a segment selects, and what each rule takes out."""

from __future__ import annotations

import pandas as pd
import pytest

USERS = "user_id,plan,months\n" + "".join(
    f"u{number},{'free' if number % 4 else 'pro'},{number}\n" for number in range(40)
)
MESSAGE = {"url": "https://crm.example.com/{{User ID}}/{{ no syntax"}
SEGMENT = {
    "all": [
        {"attribute": "plan", "operator": "is", "value": "free"},
        {"attribute": "months", "operator": "is less than", "value": 20},
    ],
    "none": [{"ids": "staff.txt"}],
}


@pytest.fixture
def file(write_campaign, tmp_path):
    (tmp_path / "staff.txt").write_text("u1\nu2\nnobody\n")
    return write_campaign(users=USERS, message=MESSAGE, segment=SEGMENT)


def test_size_funnel_and_ten_users_are_shown(hookline, file):
    answer = hookline("segment", file)

    assert answer.code == 0
    assert [line.split() for line in answer.out.splitlines()[2:8]] == [
        ["user", "table", "40", "#" * 30],
        ["plan", "is", "free", "30", "#" * 22, "-10"],
        ["months", "is", "less", "than", "20", "15", "#" * 11, "-15"],
        ["not:", "is", "in", "staff.txt", "13", "#" * 10, "-2"],
        ["-" * 35],
        ["audience", "13", "32.5%", "of", "the", "users"],
    ]
    assert "1 ids of staff.txt are not in the user table" in answer.out
    shown = [line.split()[0] for line in answer.out.splitlines() if line.startswith(" u")]
    assert len(shown or [line for line in answer.out.splitlines() if "free" in line]) >= 10


def test_what_users_did_comes_from_the_events_that_are_named(hookline, write_campaign, tmp_path):
    (tmp_path / "events.csv").write_text(
        "user_id,event,time\nu1,buy,2026-03-01\nu2,buy,soon\nu2,look,2026-03-02\n"
    )
    segment = {"all": [{"event": "buy"}]}
    file = write_campaign(users=USERS, message=MESSAGE, segment=segment)

    told = hookline("segment", file, "--events", "events.csv", "--json").json
    why = hookline("why", file, "u1", "--events", "events.csv")
    without = hookline("segment", file)

    assert told["sample"] == ["u1", "u2"]
    assert "yes  has buy (it is 1)" in why.out
    assert without.code == 2
    assert "the campaign names no event table" in without.err


def test_as_json_it_is_one_object(hookline, file):
    told = hookline("segment", file, "--json", "--sample", "2").json

    assert (told["rows"], told["audience"], told["sample"]) == (40, 13, ["u3", "u5"])
    assert [one["removed"] for one in told["steps"]] == [10, 15, 2]
    assert [one["left"] for one in told["steps"]] == [30, 15, 13]
    assert list(told["unknown_ids"].values()) == [1]
    assert told["last_run"] is None


@pytest.mark.parametrize("name", ["audience.parquet", "audience.csv"])
def test_the_users_are_written_with_all_their_columns(hookline, file, tmp_path, name):
    hookline("segment", file, "--out", name, "--sample", "0")

    read = pd.read_parquet if name.endswith(".parquet") else pd.read_csv
    written = read(tmp_path / name)
    assert written.columns.tolist() == ["user_id", "plan", "months"]
    assert written["user_id"].tolist()[:2] == ["u3", "u5"]
    assert len(written) == 13


def test_other_users_are_read_with_users(hookline, file, tmp_path):
    (tmp_path / "other.csv").write_text("user_id,plan,months\nzoe,free,1\n")

    told = hookline("segment", file, "--users", "other.csv", "--json").json

    assert (told["rows"], told["sample"]) == (1, ["zoe"])


def test_what_changed_since_the_last_run_is_told(hookline, seed, file):
    seed.finished("u3", "gone", campaign="Welcome")

    answer, told = hookline("segment", file), hookline("segment", file, "--json").json

    assert "against the run june: 12 entered, 1 left" in answer.out
    assert told["last_run"] == {"run_key": "june", "entered": 12, "left": 1}


def test_nobody_is_shown_of_an_empty_audience(hookline, write_campaign):
    nobody = {"all": [{"attribute": "plan", "operator": "is", "value": "x" * 60}]}
    file = write_campaign(users=USERS, message=MESSAGE, segment=nobody)

    answer = hookline("segment", file)

    assert "audience" in answer.out.splitlines()[-1]
    assert "plan is xxx" in answer.out
    assert "x..." in answer.out


def test_a_campaign_that_never_ran_is_warned_of(hookline, seed, write_campaign):
    seed.finished("u1", campaign="Spring")
    before = {"none": [{"campaign": "Sprig"}]}
    file = write_campaign(users=USERS, message=MESSAGE, segment=before)

    answer = hookline("segment", file)

    assert "no run of a campaign 'Sprig' yet (did you mean 'Spring'?)" in answer.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "a.xlsx"], "'a.xlsx' ends neither with .parquet nor with .csv"),
        (["--out", "gone/a.csv"], "'gone/a.csv' cannot be written"),
    ],
)
def test_where_nothing_can_be_written_it_says_so_with_2(hookline, file, words, told):
    answer = hookline("segment", file, *words)

    assert answer.code == 2
    assert told in answer.err.replace("\n", " ")


def test_a_mistake_is_told_with_file_field_and_fault(hookline, write_campaign):
    wrong = {"all": [{"attribute": "plann", "operator": "is set"}]}
    file = write_campaign(users=USERS, message=MESSAGE, segment=wrong)

    answer = hookline("segment", file)

    assert answer.code == 2
    assert "segment.all.0.attribute" in answer.err
    assert "did you mean 'plan'?" in answer.err

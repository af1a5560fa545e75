"""`hookline dry-run` renders everybody, sends nothing, and counts what would have happened."""

import contextlib
import csv
import json
import os
import pty
import stat
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

import hookline as public

USERS = "user_id,name,months\nada,Ada,3\nbob,,4\ncleo,Cleo,0\ndan,Dan,300\n"
MESSAGE = {
    "url": "http://api:${PASSWORD}@crm.example.com/{{User ID}}",
    "data": {
        "name": "{{ userAttribute.name }}",
        "share": "{{ (900 / userAttribute.months) | int }}",
    },
}
SCHEMA = {"properties": {"share": {"minLength": 2}}}


@pytest.fixture
def file(write_campaign, monkeypatch):
    monkeypatch.setenv("PASSWORD", "hush-hush")
    return write_campaign(users=USERS, message=MESSAGE, name="Looked at")


@pytest.fixture
def schema(tmp_path):
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(SCHEMA), encoding="utf-8")
    return file


def test_everything_is_told(hookline, file, schema):
    answer = hookline("dry-run", file, "--schema", schema)

    assert answer.code == 1
    assert answer.out.startswith("Looked at: nothing was sent\n")
    for line in (
        "  audience              4",
        "  would send            2",
        "  suppressed            2",
        "            1  data.name: userAttribute.name is missing",
        "            1  data.share: ZeroDivisionError in the template",
        "            1    with months=0",
        "               such as cleo",
        "            1  body: $.share: the value is shorter than 2 characters",
        "            1    with '3'",
        "          16-31 B            2  ########################################",
        "    2 different bodies, each for one recipient",
        "--- ada\ncurl ",
    ):
        assert f"\n{line}" in answer.out
    assert "hush-hush" not in answer.out


def test_what_is_the_same_for_several_is_told_with_one_of_them(hookline, write_campaign):
    same = {"url": "https://crm.example.com/", "data": {"x": "y"}}
    file = write_campaign(users=USERS, message=same)

    answer = hookline("dry-run", file, "--sample", "0")

    assert answer.code == 0
    assert "1 different bodies; 4 recipients share theirs with another\n" in answer.out
    assert "            4    get that of ada\n" in answer.out
    assert "curl" not in answer.out


def test_who_is_not_remembered_is_not_named(hookline, write_campaign, monkeypatch):
    monkeypatch.setattr("tasks.check.repeats.REMEMBERED", 0)
    same = {"url": "https://crm.example.com/", "data": {"x": "y"}}

    answer = hookline("dry-run", write_campaign(users=USERS, message=same))

    assert "            4    get one and the same\n" in answer.out


def test_without_anybody_to_send_to_there_are_no_sizes(hookline, write_campaign):
    skips = {"url": "https://crm.example.com/", "body": "{% skip %}{{ userAttribute.name }}"}

    answer = hookline("dry-run", write_campaign(users=USERS, message=skips))

    assert answer.code == 0
    assert "sizes" not in answer.out


def test_warnings_are_told_apart(hookline, write_campaign):
    message = {"url": "https://a.example/", "data": {"x": "{{ userAttribute.no | default('') }}"}}

    answer = hookline("dry-run", write_campaign(users=USERS, message=message))

    assert "warning: message.data.x: 'no' is not a column of the user table" in answer.err


def test_as_json_it_is_one_object(hookline, file):
    told = hookline("dry-run", file, "--json").json

    assert (told["audience"], told["would_send"]) == (4, 2)
    assert told["errors"][0]["values"] == {"months=0": 1}
    assert told["sizes"]["histogram"] == [[16, 31, 2]]
    assert told["requests"][0]["request"]["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_row_for_each_is_written_into_a_file_of_its_owner(hookline, file, tmp_path, name):
    out = tmp_path / name
    out.write_text("from before", encoding="utf-8")
    out.chmod(0o644)

    hookline("dry-run", file, "--out", out)

    rows = pd.read_csv(out) if name.endswith("csv") else pd.read_parquet(out)
    assert list(rows.user_id) == ["ada", "bob", "cleo", "dan"]
    assert list(rows.outcome) == ["would send", "suppressed", "suppressed", "would send"]
    assert rows.url[0] == "http://crm.example.com/ada"
    assert rows.body_bytes[0] == 28
    assert rows.reason[1] == "data.name: userAttribute.name is missing"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_file_of_rows_in_csv_leaves_empty_what_there_is_not(hookline, file, tmp_path):
    hookline("dry-run", file, "--out", tmp_path / "rows.csv")

    with (tmp_path / "rows.csv").open(newline="") as rows:
        assert list(csv.reader(rows))[2] == [
            "bob", "suppressed", "data.name: userAttribute.name is missing", "", "", "", "",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--out", "rows.xlsx"], "out: 'rows.xlsx' ends in neither .csv nor .parquet"),
        (["--out", "no/rows.csv"], "out: 'no/rows.csv' cannot be written: No such file"),
        (["--schema", "no.json"], "schema: 'no.json' cannot be read: No such file"),
        (["--schema", "users.csv"], "users.csv: schema: it is no JSON Schema that can be used"),
    ],
)
def test_a_mistake_ends_it_with_2(hookline, file, options, fault):
    answer = hookline("dry-run", file, *options)

    assert (answer.code, answer.out) == (2, "")
    assert fault in answer.err


def test_of_a_large_audience_a_line_is_told_now_and_then(hookline, file, monkeypatch):
    monkeypatch.setattr("deployments.command_line.dry_run.EVERY", 2)

    assert "4 rendered, 2 suppressed\n" in hookline("dry-run", file).err


def test_in_python_it_is_a_table_with_a_row_for_each(file, schema):
    rows = public.dry_run(file, schema=schema, bodies=True)

    assert list(rows.columns) == [
        "user_id", "outcome", "reason", "method", "url", "body_bytes", "schema_fault", "body",
    ]  # fmt: skip
    assert rows.outcome.value_counts().to_dict() == {"would send": 2, "suppressed": 2}
    assert json.loads(rows.body[0]) == {"name": "Ada", "share": "300"}
    assert rows.schema_fault[3] == "$.share: the value is shorter than 2 characters"
    assert rows.attrs["dry_run"]["would_send"] == 2


def test_in_python_a_campaign_and_a_schema_may_be_values(file, tmp_path, write_campaign):
    campaign = public.load_campaign(file)
    (tmp_path / "more.csv").write_text("user_id,name,months\neve,Eve,1\n", encoding="utf-8")

    rows = public.dry_run(campaign, users=str(tmp_path / "more.csv"), schema=SCHEMA)

    assert list(rows.user_id) == ["eve"]
    assert "body" not in rows


def test_in_python_an_empty_audience_is_an_empty_table(write_campaign):
    nobody = [{"attribute": "name", "operator": "is", "value": "nobody"}]
    file = write_campaign(
        users=USERS, message={"url": "https://a.example/"}, segment={"all": nobody}
    )

    rows = public.dry_run(file)

    assert (len(rows), rows.attrs["dry_run"]["audience"]) == (0, 0)
    assert "user_id" in rows


async def test_the_flow_returns_the_same_and_shows_it_as_artifacts(prefect, file, schema):
    from prefect.artifacts import Artifact

    from flows.dry_run_campaign import dry_run_campaign

    state: Any = await dry_run_campaign(
        str(file), sample=1, body_schema=str(schema), return_state=True
    )

    told = await state.aresult()
    page = await Artifact.aget("looked-at-dry-run")
    table = await Artifact.aget("looked-at-dry-run-suppressed")
    assert page is not None
    assert table is not None
    assert state.message == told.sentence
    assert "| data.name: userAttribute.name is missing | 1 |" in str(page.data)
    assert {row["recipients"] for row in json.loads(str(table.data))} == {1}


async def test_the_flow_fails_with_the_mistake(prefect, file):
    from flows.dry_run_campaign import dry_run_campaign

    state: Any = await dry_run_campaign(str(file), body_schema="no.json", return_state=True)

    assert state.is_failed()
    assert "schema: 'no.json' cannot be read" in state.message


def test_a_terminal_sees_a_bar_that_ends_at_the_size_of_the_audience(file):
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-c", "from deployments.command_line.main import main; main()"]

    running = subprocess.Popen(
        [*command, "dry-run", str(file)], stderr=theirs, stdout=subprocess.DEVNULL
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as read:
        while piece := read.read(10_000):
            seen += piece

    assert running.wait() == 1
    assert b"4/4" in seen


async def test_python_and_the_flow_take_another_event_table(tmp_path, write_campaign, prefect):
    from flows.dry_run_campaign import dry_run_campaign

    (tmp_path / "told.csv").write_text("user_id,event,time\nada,buy,2026-01-01\n", encoding="utf-8")
    message = {"url": "https://h.example/{{User ID}}/{{ occurrencesOf.buy }}"}
    file = write_campaign(users=USERS, message=message)

    rows = public.dry_run(file, events=str(tmp_path / "told.csv"))
    state: Any = await dry_run_campaign(
        str(file), events=str(tmp_path / "told.csv"), return_state=True
    )

    assert rows["url"].tolist()[:2] == ["https://h.example/ada/1", "https://h.example/bob/0"]
    assert (await state.aresult()).would_send == 4


async def test_who_was_sent_a_campaign_before_is_known_to_every_dry_run(
    hookline, log_url, seed, write_campaign, prefect
):
    from flows.dry_run_campaign import dry_run_campaign

    seed.finished("ada", "bob", campaign="Earlier")
    before = {"campaign": "Earlier", "operator": "was sent", "outcome": "delivered"}
    file = write_campaign(
        users=USERS, message={"url": "https://h.example/{{User ID}}"}, segment={"all": [before]}
    )

    told = hookline("dry-run", file, "--json").json
    state: Any = await dry_run_campaign(str(file), return_state=True)

    assert told["audience"] == (await state.aresult()).audience == 1
    assert public.dry_run(file)["user_id"].tolist() == ["bob"]
    other = public.DeliveryLog(url=log_url.replace("log.db", "other.db"))
    assert public.dry_run(file, log=other)["user_id"].tolist() == []

"""`hookline check` says what a campaign would do, or everything that is wrong with it."""

import json
from pathlib import Path

import pytest

USERS = "user_id,name,plan\nada,Ada,free\nbob,,free\ncleo,Cleo,pro\n"
MESSAGE = {
    "url": "http://api:${PASSWORD}@crm.example.com/{{User ID}}",
    "data": {"name": "{{ userAttribute.name }}"},
}
FREE = {"all": [{"attribute": "plan", "operator": "is", "value": "free"}]}


@pytest.fixture(autouse=True)
def _password(monkeypatch):
    monkeypatch.setenv("PASSWORD", "hush-hush")


def test_a_good_campaign_is_told_with_its_audience_and_exit_code_0(hookline, write_campaign):
    file = write_campaign(users=USERS, message=MESSAGE, segment=FREE)

    answer = hookline("check", file)

    assert answer.code == 0
    assert "Welcome: ready to be sent" in answer.out
    assert "audience  2 of 3 users (66.7%)" in answer.out
    assert "columns   user_id, name, plan" in answer.out
    assert "POST http://***@crm.example.com/{{User ID}}" in answer.out
    assert "at most 6 attempts: again after 1, 2, 4, 8, 16 min" in answer.out
    assert "hush-hush" not in answer.out + answer.err


def test_as_json_it_is_one_object_and_warnings_are_in_it(hookline, write_campaign):
    message = {"url": "http://x.example/", "data": {"n": "{{ userAttribute.nick | default('') }}"}}
    file = write_campaign(users=USERS, message=message)

    answer = hookline("check", file, "--json")

    assert answer.json["audience"] == answer.json["rows"] == 3
    assert "'nick' is not a column" in answer.json["warnings"][0]
    assert answer.err == ""


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        ({"retry": {"delays": [1.5, 60]}}, "at most 3 attempts: again after 1.5, 60 s, on 408"),
        ({"retry": {"delays": []}}, "every webhook is tried once"),
        ({"tasks_per": "batch"}, "2,000 users a task"),
    ],
)
def test_how_it_is_delivered_is_told_in_words(hookline, write_campaign, delivery, told):
    file = write_campaign(users=USERS, message=MESSAGE, delivery=delivery)

    assert told in hookline("check", file).out


def test_nobody_in_the_audience_and_a_secret_written_out_are_warned_of(hookline, write_campaign):
    message = {"url": "http://api:hush@crm.example.com/"}
    segment = {"all": [{"attribute": "plan", "operator": "is", "value": "gold"}]}
    file = write_campaign(users=USERS, message=message, segment=segment)

    answer = hookline("check", file)

    assert answer.code == 0
    assert "warning: segment: it selects nobody" in answer.err
    assert "warning: message.credentials: a secret is written out" in answer.err


def test_a_body_that_is_json_for_nobody_is_warned_of(hookline, write_campaign):
    broken = MESSAGE | {"data": {}, "body": '{"plan": "{{ userAttribute.plan }}"'}
    missing = MESSAGE | {"data": {"n": "{{ userAttribute.name }}"}}
    many = "user_id,name,plan\n" + "".join(f"u{n},,pro\n" for n in range(30))

    answer = hookline("check", write_campaign(users=USERS, message=broken))
    blank = hookline("check", write_campaign(users=many, message=missing))
    one = hookline("check", write_campaign(users="user_id,name\nbob,\n", message=missing))
    some = hookline("check", write_campaign(users=USERS, message=missing))
    nobody = {"all": [{"attribute": "plan", "operator": "is", "value": "gold"}]}
    none = hookline("check", write_campaign(users=USERS, message=missing, segment=nobody))

    assert answer.code == 0
    assert "warning: message: no request for the first 3 recipients: body: " in answer.err
    assert "message: no request for the first 20 recipients: data.n: " in blank.err
    assert "message: no request for the recipient: data.n: " in one.err
    assert "no request for" not in some.err + none.err


def test_nothing_is_told_of_linked_data_that_is_not_fetched(hookline, write_campaign):
    linked = [{"name": "score", "url": "http://127.0.0.1:9/{{User ID}}"}]
    message = MESSAGE | {"data": {"s": "{{ linkedData.score.value }}"}}

    answer = hookline("check", write_campaign(users=USERS, message=message, linked_data=linked))

    assert "no request for" not in answer.err


def test_every_fault_is_one_line_of_file_field_and_fault_and_exit_code_2(hookline, write_campaign):
    segment = {"all": [{"attribute": "plam", "operator": "is", "value": "free"}]}
    message = {"url": "http://x.example/", "data": {"name": "{{ userAttribute.nam }}"}}
    file = write_campaign(users=USERS, message=message, segment=segment)

    answer = hookline("check", file)

    assert (answer.code, answer.out) == (2, "")
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    rule, name = (
        next(number for number, line in enumerate(lines, 1) if word in line)
        for word in ("plam", "userAttribute.nam ")
    )
    assert answer.err.splitlines() == [
        f"{file}:{rule}: segment.all.0.attribute: 'plam' is not a column of the user table "
        "(did you mean 'plan'?)",
        f"{file}:{name}: message.data.name: 'nam' is not a column of the user table "
        "(did you mean 'name'?)",
    ]


@pytest.mark.parametrize("command", ["check", "segment", "preview", "dry-run"])
def test_what_only_the_rows_show_is_told_with_file_and_line_too(hookline, tmp_path, command):
    (tmp_path / "users.csv").write_text(USERS)
    file = tmp_path / "offer.yaml"
    file.write_text(
        "name: Offer\nusers:\n  source: users.csv\n  id: user_id\nsegment:\n  all:\n"
        "    - attribute: name\n      operator: is less than\n      value: 6\n"
        "message: {url: http://x.example/}\n"
    )

    answer = hookline(command, file)

    assert answer.code == 2
    assert f"{file}:8: segment.all.0.operator: 'is less than' compares numbers" in answer.err


def test_faults_as_json_are_one_object_on_stdout(hookline, write_campaign):
    file = write_campaign(users="user_id\nada\nada\n", message=MESSAGE | {"data": {}})

    answer = hookline("check", file, "--json")

    assert (answer.code, answer.err) == (2, "")
    assert [fault["field"] for fault in json.loads(answer.out)["mistakes"]] == ["users.id"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("name: [", "not YAML"),
        ("nmae: x", "nmae: no such field (did you mean 'name'?)"),
        ("name: x\nusers: {source: users.csv, id: 1}\n", "message: is required"),
    ],
)
def test_a_broken_file_is_told_without_a_traceback(hookline, tmp_path, text, told):
    file = tmp_path / "broken.yaml"
    file.write_text(text)

    answer = hookline("check", file)

    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_a_file_that_is_not_there_is_told_with_the_nearest(hookline, write_campaign):
    write_campaign(users=USERS, message=MESSAGE)

    answer = hookline("check", "welcom.yaml")

    assert answer.code == 2
    assert answer.err == "welcom.yaml: no such file (did you mean 'welcome.yaml'?)\n"


def test_an_unset_variable_is_told(hookline, write_campaign, monkeypatch):
    monkeypatch.delenv("PASSWORD")
    file = write_campaign(users=USERS, message=MESSAGE)

    answer = hookline("check", file)

    assert answer.code == 2
    assert "the environment variable PASSWORD is not set" in answer.err


def test_another_user_table_is_taken_from_the_working_directory(hookline, write_campaign, tmp_path):
    file = write_campaign(users=USERS, message=MESSAGE)
    (tmp_path / "other.csv").write_text("user_id,name\nzoe,Zoe\n")

    answer = hookline("check", file, "--users", "other.csv", "--json")

    assert answer.json["rows"] == 1
    assert answer.json["users"] == str(tmp_path / "other.csv")


@pytest.mark.parametrize("command", ["check", "preview", "dry-run", "segment"])
def test_who_looks_is_told_of_a_campaign_that_never_ran_and_of_a_list_of_nobody(
    hookline, write_campaign, tmp_path, command
):
    (tmp_path / "staff.txt").write_text("x1\nx2\n", encoding="utf-8")
    rule = {"campaign": "Sprig", "operator": "was not sent"}
    file = write_campaign(
        users=USERS, message=MESSAGE, segment={"all": [rule], "exclude": ["staff.txt"]}
    )

    told = hookline(command, file).err

    assert "warning: segment: there is no run of a campaign 'Sprig' yet" in told
    assert "warning: segment: none of the 2 ids of staff.txt is in the user table" in told

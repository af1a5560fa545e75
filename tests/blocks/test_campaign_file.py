"""A campaign file is read, or every mistake in it is told with file, line, field and fault."""

from pathlib import Path

import pytest

from blocks.campaign_file import load_campaign, validate_campaign
from blocks.mistake import AuthorMistake

GOOD = """\
name: Offer
users: {source: users.csv, id: user_id}
segment:
  all:
    - {attribute: Partner, operator: is, value: Yes}
message:
  url: https://crm.example.com/{{User ID}}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "offer.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(tmp_path, text):
    with pytest.raises(AuthorMistake) as caught:
        load_campaign(written(tmp_path, text))
    return [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults]


def test_users_are_looked_for_beside_the_file(tmp_path):
    campaign = load_campaign(written(tmp_path, GOOD))

    assert campaign.users.source == str(tmp_path / "users.csv")


def test_other_users_are_taken_as_they_are_given(tmp_path):
    campaign = load_campaign(written(tmp_path, GOOD), users="sqlite:///u.db#users")

    assert campaign.users.source == "sqlite:///u.db#users"


def test_yes_and_no_are_the_texts_that_they_are_in_a_table(tmp_path):
    (rule,) = load_campaign(written(tmp_path, GOOD)).segment.rules()

    assert rule.values == ("Yes",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("message:", "mesage:"), [
            "offer.yaml:1: message: is required",
            "offer.yaml:6: mesage: no such field (did you mean 'message'?)",
        ]),
        (GOOD + "delivery: {retry: {delay: [1]}}\n", [
            "offer.yaml:8: delivery.retry.delay: no such field (did you mean 'delays'?)",
        ]),
        (GOOD.replace("operator: is,", "operator: is nott,"), [
            "offer.yaml:5: segment.all.0.operator: unknown operator 'is nott',"
            " did you mean 'is not'?",
        ]),
        (GOOD + "delivery: {concurrency: many}\n", [
            "offer.yaml:8: delivery.concurrency: input should be a valid integer, "
            "unable to parse string as an integer",
        ]),
        (GOOD + "name: Again\n", ['offer.yaml:8: not YAML: found duplicate key "name" with value'
                                  ' "Again" (original value: "Offer")']),
        ("name: [unclosed", [
            "offer.yaml:1: not YAML: expected ',' or ']', but got '<stream end>'",
        ]),
        ("just a text", ["offer.yaml: a campaign file is a mapping with name, users, message"]),
        ("  \n", ["offer.yaml: the file is empty"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_field(tmp_path, text, told):
    assert faults_of(tmp_path, text) == told


def test_a_file_that_is_not_there_is_told_with_the_nearest_one(tmp_path):
    written(tmp_path, GOOD)

    with pytest.raises(AuthorMistake, match=r"no such file \(did you mean 'offer.yaml'\?\)"):
        load_campaign(tmp_path / "ofer.yaml")


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "offer.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(AuthorMistake, match="cannot be read"):
        load_campaign(path)


def test_a_mistake_does_not_repeat_a_password(tmp_path):
    text = GOOD.replace("https://", "https://crm:hunter2@") + "delivery: {timeout: never}\n"

    assert "hunter2" not in "".join(faults_of(tmp_path, text))


def test_plain_values_are_checked_alike():
    with pytest.raises(AuthorMistake, match="message: is required"):
        validate_campaign({"name": "x", "users": {"source": "u.csv", "id": "id"}})


def test_a_campaign_is_the_same_however_its_path_is_written(tmp_path, monkeypatch):
    named = GOOD.replace("segment:", "segment:\n  exclude: [lists/staff.txt]\n  function: a.py:f")
    path = written(tmp_path, named)
    (tmp_path / "inner").mkdir()

    ways = [path, Path("../offer.yaml"), tmp_path / "inner" / ".." / "offer.yaml"]
    monkeypatch.chdir(tmp_path / "inner")
    campaigns = [load_campaign(way) for way in ways]
    monkeypatch.chdir(tmp_path)
    campaigns.append(load_campaign("offer.yaml"))

    assert {one.digest for one in campaigns} == {campaigns[0].digest}
    assert {one.segment.exclude for one in campaigns} == {(str(tmp_path / "lists/staff.txt"),)}


@pytest.mark.parametrize("value", ["2026-02-30", "2026-13-01", "2026-01-31 25:00:00"])
def test_a_date_that_there_is_not_is_told_as_one_in_quotes_is(tmp_path, value):
    rule = "{{attribute: since, operator: is after, value: {}}}"
    plain, quoted = (
        GOOD.replace("{attribute: Partner, operator: is, value: Yes}", rule.format(each))
        for each in (value, f"'{value}'")
    )

    assert faults_of(tmp_path, plain) == faults_of(tmp_path, quoted)
    assert faults_of(tmp_path, plain)[0].startswith("offer.yaml:5: segment.all.0")


def test_a_tag_that_does_not_fit_its_text_is_told(tmp_path):
    assert faults_of(tmp_path, GOOD.replace("Offer", "!!int Offer"))[0].startswith(
        "offer.yaml: not YAML: "
    )

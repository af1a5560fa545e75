"""A campaign file is read, or every mistake in it is told with file, line, field and fault."""

from pathlib import Path

import pytest

from blocks.campaign_file import load_campaign, placed, validate_campaign
from blocks.mistake import AuthorMistake, Fault

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
            "offer.yaml:8: delivery.concurrency: takes a whole number",
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


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("url: {{User ID}}", "offer.yaml:7: not YAML: "),
        ("url: a\n  data: {months: {{ userAttribute.tenure }}}", "offer.yaml:8: not YAML: "),
    ],
)
def test_a_template_without_quotes_is_told_as_one(tmp_path, wrong, told):
    (fault,) = faults_of(tmp_path, GOOD.replace("url: https://crm.example.com/{{User ID}}", wrong))

    assert fault.startswith(told)
    assert fault.endswith('(a text that begins with {{ needs quotes: "{{User ID}}")')


def test_other_yaml_that_is_none_is_told_without_a_guess(tmp_path):
    (fault,) = faults_of(tmp_path, GOOD + "a: [1\n")

    assert "quotes" not in fault


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        (
            {"users": "u.csv"},
            "users: takes fields of its own, each `name: value` (its fields: source",
        ),
        (
            {"segment": None},
            "segment: takes fields of its own, each `name: value` (its fields: all",
        ),
        ({"segment": {"all": {}}}, "segment.all: takes a list: put `- ` before each of its parts"),
        ({"segment": {"all": ["x"]}}, "segment.all.0: takes fields of its own"),
        ({"message": {"url": "https://a/", "data": [1]}}, "message.data: takes names with values"),
        ({"message": {"url": 3}}, "message.url: takes a text"),
        ({"delivery": {"timeout": "long"}}, "delivery.timeout: takes a number"),
    ],
)
def test_what_a_field_takes_is_told_in_words_for_authors(tree, told):
    good = {"name": "t", "users": {"source": "u.csv", "id": "id"}, "message": {"url": "https://a/"}}

    with pytest.raises(AuthorMistake) as caught:
        validate_campaign({**good, **tree})

    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(("word", "hint"), [("contry", "did you mean 'country'?"), ("qqq", "")])
def test_of_a_word_that_is_none_of_those_allowed_the_nearest_is_suggested(word, hint):
    rule = {"criterion": word, "operator": "is", "value": "DE"}
    tree = {"name": "t", "users": {"source": "u.csv", "id": "id"}, "segment": {"all": [rule]}}

    with pytest.raises(AuthorMistake) as caught:
        validate_campaign({**tree, "message": {"url": "https://a/"}})

    assert [fault.hint for fault in caught.value.faults if "criterion" in fault.field] == [hint]


def test_a_mistake_that_is_found_later_gets_the_line_of_its_field(tmp_path, monkeypatch):
    path = written(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    mistake = AuthorMistake(
        [
            Fault("segment.all.0.attribute", "is no column"),
            Fault("users.id, users.source", "do not fit"),
            Fault("message.url", "is no URL", file=str(path)),
            Fault("segment", "is none", file="lists/other.yaml:3"),
            Fault("out", "cannot be written"),
        ]
    )

    assert str(placed(mistake, Path("offer.yaml"))).splitlines() == [
        "offer.yaml:5: segment.all.0.attribute: is no column",
        "offer.yaml:2: users.id, users.source: do not fit",
        "offer.yaml:7: message.url: is no URL",
        "lists/other.yaml:3: segment: is none",
        "out: cannot be written",
    ]


@pytest.mark.parametrize("text", ["a: [1", None])
def test_a_mistake_stays_as_it_is_where_the_file_cannot_be_read(tmp_path, text):
    mistake = AuthorMistake.of("segment", "is none")
    path = written(tmp_path, text) if text else tmp_path / "missing.yaml"

    assert placed(mistake, path) is mistake

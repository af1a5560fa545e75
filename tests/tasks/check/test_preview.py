"""A preview tells what a run would do, and shows no secret."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd

from tasks.check.preview import plain_rows, preview
from tasks.check.preview_markdown import markdown
from tasks.log import snapshot

TOKYO = "Asia/Tokyo"


def test_the_audience_is_counted_and_those_without_a_value_are_told_with_the_reason(prepared_of):
    told = preview(prepared_of(showing=True), sample=3)

    assert (told.audience, told.rendered, told.complete) == (3, 3, True)
    assert told.suppressed == {"data.name: userAttribute.first_name is missing": 1}
    assert told.sentence == "3 in the audience; 1 would be suppressed"


def test_the_sample_is_of_those_who_would_get_a_request(prepared_of):
    told = preview(prepared_of(showing=True), sample=2)

    assert [one.user_id for one in told.requests] == ["ada", "cleo"]
    assert json.loads(told.requests[0].request.body) == {"name": "Ada", "months": "3"}
    assert told.requests[0].request.url == "http://***@crm.example.com/users/ada"
    assert "'name'" not in told.requests[0].curl
    assert told.requests[0].curl.startswith("curl ")


def test_no_secret_is_in_it(prepared_of):
    told = preview(prepared_of(showing=True), sample=3)

    for secret in ("hush-hush", "k-e-y"):
        assert secret not in json.dumps(told.as_dict())
        assert secret not in markdown(told)


def test_of_a_large_audience_only_the_beginning_is_rendered_and_that_is_said(prepared_of):
    told = preview(prepared_of(showing=True), sample=1, most=2)

    assert (told.audience, told.rendered, told.complete) == (3, 2, False)
    assert told.sentence == "3 in the audience; 1 of the first 2 would be suppressed"
    assert len(told.requests) == 1
    assert told.as_dict()["complete"] is False


def test_reasons_are_told_the_most_frequent_first(prepared_of):
    data = {
        "plan": "{{ userAttribute.plan }}",
        "name": "{{ userAttribute.first_name }}",
        "old": "{% if userAttribute.months | int > 2 %}{{ userAttribute['no' ~ 'ne'] }}{% endif %}",
    }

    told = preview(prepared_of(message={"url": "http://crm.example.com/", "data": data}), sample=0)

    assert list(told.suppressed.values()) == [2, 1]
    assert told.requests == ()


def test_of_linked_data_the_defaults_are_shown_and_that_is_said(prepared_of):
    prepared = prepared_of(
        message={
            "url": "http://crm.example.com/",
            "data": {
                "price": "{{ linkedData.prices[userAttribute.plan].now }}",
                "menu": "{% if userAttribute.months | int > 2 %}{{ linkedData.menu }}{% endif %}",
            },
        },
        linked_data=[
            {"name": "prices", "url": "https://prices.example.com/{}", "default": {"now": "?"}},
            {"name": "menu", "url": "https://menu.example.com/"},
        ],
    )

    told = preview(prepared, sample=1)

    assert json.loads(told.requests[0].request.body) == {"price": "?", "menu": ""}
    assert told.suppressed == {"data.menu: linkedData.menu is missing": 2}
    assert told.warnings == (
        "linked data is not fetched here, its defaults are shown: dry-run --linked fetches it",
    )


def test_values_are_those_that_a_run_reads_from_its_snapshot(tmp_path):
    instants = pd.to_datetime(["2026-03-29T00:30:00.123456789Z", None], utc=True)
    frame = pd.DataFrame(
        {
            "text": pd.Series(["Zoë", None], dtype="str"),
            "whole": pd.Series([1, 2], dtype="int64"),
            "maybe": pd.Series([1, None], dtype="Int64"),
            "number": [1.5, float("nan")],
            "flag": pd.Series([True, None], dtype="boolean"),
            "naive": instants.tz_localize(None),
            "zoned": instants.tz_convert(TOKYO),
            "length": pd.to_timedelta([1, None], unit="s"),
            "day": [date(2026, 1, 31), None],
            "money": [Decimal("9.99"), None],
            "mixed": [1, "two"],
            "list": [[1, 2], None],
        }
    )
    location = str(tmp_path / "parts")
    snapshot.write_part(location, part=0, frame=frame)

    rows = list(plain_rows(frame))

    assert rows == snapshot.plain(snapshot.read(location, part=0, offset=0, size=2))
    assert rows[0]["zoned"] == datetime(2026, 3, 29, 0, 30, 0, 123456, UTC)
    assert rows[0]["length"] == timedelta(seconds=1)


def test_a_mixed_column_has_none_where_a_value_is_missing():
    frame = pd.DataFrame({"mixed": pd.Series([1, "two", None, float("nan"), [3]], dtype=object)})

    assert [row["mixed"] for row in plain_rows(frame)] == [1, "two", None, None, [3]]


def test_as_markdown_nobodys_text_becomes_markup_of_its_own(prepared_of):
    data = {"name": "```\n# Not a title {{ userAttribute.first_name | default('x') }}"}
    prepared = prepared_of(
        message={"url": "http://crm.example.com/<b>", "data": data},
        name="A | <i>name",
    )

    text = markdown(preview(prepared, sample=1))

    assert text.startswith("# Preview of A \\| &lt;i>name\n\n3 in the audience; 0 would be")
    assert "````http\nPOST http://crm.example.com/%3Cb%3E\n" in text
    assert text.endswith("\n````\n")


def test_as_markdown_warnings_and_reasons_are_told_and_a_request_without_a_body_ends(prepared_of):
    message = {
        "method": "GET",
        "url": "http://crm.example.com/{{ userAttribute.first_name }}",
        "headers": {"X-Nick": "{{ userAttribute.nick | default('you') }}"},
    }

    text = markdown(preview(prepared_of(message=message), sample=1))

    assert "Warning: message.headers.X-Nick: 'nick' is not a column" in text
    assert "| url: userAttribute.first_name is missing | 1 |" in text
    assert text.endswith("\nX-Nick: you\n```\n")

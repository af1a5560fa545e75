"""Segments as an author writes them: what is accepted, and how a fault is told."""

from __future__ import annotations

import datetime as dt
import json

import jsonschema  # type: ignore[import-untyped]  # has no types of its own; Prefect brings it
import pytest
from pydantic import ValidationError

from blocks.event_table import EventTable
from blocks.segment import Rule, Segment
from blocks.segment_compared import ParameterFilter
from blocks.segment_operator import OPERATORS
from blocks.segment_value import Ago, moment, number, number_text, plain_number, share, version


def fault(segment):
    """Return where the only fault is, and what it says."""
    with pytest.raises(ValidationError) as caught:
        Segment.model_validate(segment)
    (error,) = caught.value.errors()
    return ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")


def rule(operator, value=None, **more):
    return Rule.model_validate({"attribute": "x", "operator": operator, "value": value} | more)


def rule_fault(operator, value=None, **more):
    return fault({"all": [{"attribute": "x", "operator": operator, "value": value} | more]})


def test_an_empty_segment_is_accepted_and_has_no_rules():
    segment = Segment()

    assert list(segment.rules()) == []
    assert segment.attributes() == set()


def test_rules_are_found_at_any_depth():
    tree: dict = {"attribute": "deep", "operator": "is set"}
    for _ in range(40):
        tree = {"any": [tree]}

    segment = Segment.model_validate(
        {
            "all": [{"attribute": "a", "operator": "is", "value": 1}],
            "any": [tree],
            "none": [{"attribute": "b", "operator": "is set"}],
            "groups": [{"all": [{"attribute": "c", "operator": "is any"}]}],
        }
    )

    assert [one.attribute for one in segment.rules()] == ["a", "c", "deep", "b"]
    assert segment.attributes() == {"a", "b", "c", "deep"}


def test_the_user_bucket_reads_no_column():
    segment = Segment.model_validate(
        {"all": [{"criterion": "user bucket", "operator": "is between", "value": [970, 999]}]}
    )

    assert segment.attributes() == set()


def test_a_segment_is_a_value():
    text = {"all": [{"attribute": "a", "operator": "is", "value": ["x", 2, True]}, {"none": []}]}

    segment = Segment.model_validate(text)

    assert segment == Segment.model_validate(text)
    assert hash(segment) == hash(Segment.model_validate(text))
    assert Segment.model_validate(segment.model_dump()) == segment
    assert Segment.model_validate_json(segment.model_dump_json()) == segment
    assert Segment(all=(rule("is", 1), Segment(any=(rule("is set"),)))).attributes() == {"x"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("6", "6"),
        (6, 6),
        (True, True),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (dt.datetime(2026, 1, 31, 9, tzinfo=dt.UTC), "2026-01-31T09:00:00+00:00"),
        ({"ago": 7, "unit": "days"}, "7 days ago"),
        ({"ago": 1, "unit": "month"}, "1 months ago"),
        (["a", 2], ("a", 2)),
        (["a"], ("a",)),
    ],
)
def test_values_are_kept_as_scalars(value, kept):
    assert rule("is", value).value == kept


def test_between_takes_a_list_or_one_text():
    assert rule("is between", [5, 10]).numbers == (5, 10)
    assert rule("is between", "5 and 10.5").numbers == (5, 10.5)
    assert rule("is between", "7 days ago and 1 hour ago").moments == (
        Ago(7, "days"),
        Ago(1, "hours"),
    )
    assert rule("is between", ["a year ago" and "2026-01-01", "1 day ago"]).numbers == ()
    assert rule("is between", [1, 2]).moments == ()


def test_operators_without_a_value_accept_the_empty_text_of_a_form():
    assert rule("is set", "").value is None
    assert rule("is set").values == ()


@pytest.mark.parametrize(
    ("operator", "value", "told"),
    [
        ("is set", 5, "'is set' takes no value"),
        ("is", None, "'is' needs a value"),
        ("is", [], "'is' needs a value"),
        ("is", [None], "a value is a text, a number, true or false, or a date, not None"),
        ("is", float("nan"), "a value must be a finite number, not nan"),
        ("is", {"a": "b" * 90}, "a value is a text, a number, true or false, or a date, not {'a'"),
        ("contains", "", "'contains' takes a text, not ''"),
        ("does not contain", True, "'does not contain' takes a text, not True"),
        ("is less than", "six", "'is less than' takes a number, not 'six'"),
        ("is less than", True, "'is less than' takes a number, not True"),
        ("is less than", "1e999", "'is less than' takes a number, not '1e999'"),
        ("is less than", 10**400, "'is less than' takes a number, not 1000"),
        ("is at most", [1, 2], "'is at most' takes one value, not 2"),
        ("is after", "31.01.2026", "'is after' takes a date"),
        ("is after", "2026-02-30", "'is after' takes a date"),
        ("is after", 1767225600, "'is after' takes a date"),
        ("is before", "5000 years ago", "'is before' takes a date"),
        ("is before", ["2026-01-01", "2026-01-02"], "'is before' takes one value, not 2"),
        ("is between", [1], "'is between' takes two values, not 1"),
        ("is between", "1 to 5", "'is between' takes two values, not 1"),
        ("is between", [1, "2026-01-01"], "'is between' takes two numbers or two dates"),
        ("is between", [9, 1], "'is between' takes the lower bound first, not 9 and 1"),
        ("is between", "2026-02-01 and 2026-01-01", "'is between' takes the lower bound first"),
        ("is between", "1 day ago and 7 days ago", "'is between' takes the lower bound first"),
        ("is", {"ago": -1, "unit": "days"}, "'ago' takes a whole number of units, not -1"),
        ("is", {"ago": 1, "unit": "eons"}, "'unit' is one of minutes, hours, days"),
    ],
)
def test_a_value_that_does_not_fit_its_operator_is_one_fault_at_the_value(operator, value, told):
    where, said = rule_fault(operator, value)

    assert where == "all.0.value"
    assert said.startswith(told)


def test_bounds_that_only_a_zone_could_order_are_left_alone():
    assert rule("is between", ["2026-01-02", "2026-01-01T00:00Z"]).moments
    assert rule("is between", "1 month ago and 5 days ago").moments


def test_an_unknown_operator_is_told_with_the_nearest():
    assert rule_fault("is les than", 6) == (
        "all.0.operator",
        "unknown operator 'is les than', did you mean 'is less than'?",
    )
    assert "known: is any, is set" in rule_fault("~~", 6)[1]
    assert rule_fault(["is"], 6)[0] == "all.0.operator"


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ({"operator": "is set"}, "attribute", "the rule names no attribute"),
        (
            {"criterion": "user bucket", "attribute": "x", "operator": "is", "value": 1},
            "attribute",
            "a rule on the user bucket names no attribute",
        ),
        (
            {"criterion": "user bucket", "operator": "contains", "value": "1"},
            "operator",
            "'contains' does not fit the user bucket; what fits: is any, is, is not",
        ),
        (
            {"criterion": "user bucket", "operator": "is", "value": 1000},
            "value",
            "the user bucket is a whole number from 0 to 999, not 1000",
        ),
        (
            {"criterion": "user bucket", "operator": "is", "value": "x"},
            "value",
            "the user bucket is a whole number from 0 to 999, not 'x'",
        ),
        ({"attribute": "x"}, "operator", "Field required"),
        ({"attribute": "x", "operator": "is set", "valu": 1}, "valu", "Extra inputs"),
        ({"all": [], "operator": "is"}, "operator", "Extra inputs"),
    ],
)
def test_a_fault_in_a_nested_rule_is_told_once_at_its_place(text, where, told):
    found, said = fault({"any": [{"all": [text]}]})

    assert found == f"any.0.all.0.{where}"
    assert said.startswith(told)


def test_what_is_no_mapping_is_no_rule():
    assert fault({"all": ["Contract is x"]})[0] == "all.0"
    assert fault({"groups": [{"all": [{"attribute": "x", "operator": "is"}]}]}) == (
        "groups.0.all.0.value",
        "'is' needs a value",
    )
    assert fault({"all": None})[0] == "all"


def test_less_than_1000_is_the_whole_bucket_range():
    found = Rule(criterion="user bucket", operator="is less than", value=1000)

    assert found.numbers == (1000,)


def test_every_field_is_described_in_a_sentence():
    models = (Rule, Segment, ParameterFilter, EventTable)
    fields = [field for model in models for field in model.model_fields.values()]

    assert all(field.description and field.description.endswith(".") for field in fields)


def test_the_form_shows_lists_of_rules_with_a_menu_of_operators():
    schema = Segment.model_json_schema()

    shown = schema["$defs"]["Rule"]["properties"]
    assert schema["properties"]["all"]["items"] == {"$ref": "#/$defs/Rule"}
    assert shown["operator"]["enum"] == list(OPERATORS)
    assert shown["attribute"]["type"] == shown["value"]["type"] == "string"
    in_order = sorted(shown, key=lambda name: shown[name]["position"])
    assert in_order[:4] == ["attribute", "operator", "value", "criterion"]
    assert len({one["position"] for one in shown.values()}) == len(shown)
    assert schema["properties"]["groups"]["items"]["type"] == "object"
    assert set(schema["$defs"]) == {"Rule", "ParameterFilter"}
    assert "default" not in shown["value"]


def test_the_form_shows_conditions_on_parameters_as_a_list_with_a_menu_of_those_that_fit():
    defined = Segment.model_json_schema()["$defs"]

    asked = defined["ParameterFilter"]["properties"]
    listed = defined["Rule"]["properties"]["parameters"]
    assert (listed["type"], listed["items"]) == ("array", {"$ref": "#/$defs/ParameterFilter"})
    assert {"is set", "contains", "is between"} < set(asked["operator"]["enum"])
    assert not {"is in", "was sent"} & set(asked["operator"]["enum"])


def test_what_the_form_sends_of_a_rule_on_an_event_is_one():
    # A form fills in the defaults of what is left alone.
    untouched = {
        name: one["default"]
        for name, one in Segment.model_json_schema()["$defs"]["Rule"]["properties"].items()
        if "default" in one
    }
    genre = {"parameter": "genre", "operator": "is", "value": "sci-fi"}
    filled = untouched | {"event": "buy", "operator": "is set", "parameters": [genre]}

    jsonschema.validate(filled, Rule.model_json_schema())

    expected = Rule(event="buy", parameters=(ParameterFilter.model_validate(genre),))
    assert Rule.model_validate(filled) == expected


def test_the_form_s_values_pass_the_schema_and_the_model():
    filled = {
        "all": [
            {"attribute": "tenure", "operator": "is less than", "value": "6"},
            {"any": [{"attribute": "x", "operator": "is set"}]},
        ],
        "any": [],
        "groups": [{"none": [{"attribute": "y", "operator": "is", "value": 1}]}],
    }

    jsonschema.validate(json.loads(json.dumps(filled)), Segment.model_json_schema())

    assert next(Segment.model_validate(filled).rules()).numbers == (6,)


@pytest.mark.parametrize(
    ("text", "read", "plain"),
    [
        ("6", 6, 6),
        (" 6 ", 6, None),
        ("06", 6, None),
        ("+6", 6, None),
        ("6.0", 6.0, 6),
        ("-6.50", -6.5, -6.5),
        (".5", 0.5, None),
        ("6e3", 6000.0, None),
        ("six", None, None),
        (6, 6, 6),
        (6.0, 6.0, 6),
        (2**70, 2**70, 2**70),
        (2**64 - 1, 2**64 - 1, 2**64 - 1),
        (str(2**64 - 1), 2**64 - 1, 2**64 - 1),
        (10**309, None, None),
        ("1e400", None, None),
        ("9" * 5000, None, None),
        (True, None, None),
    ],
)
def test_numbers_are_read_from_texts(text, read, plain):
    assert number(text) == read
    assert plain_number(text) == plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6, "6"),
        (6.0, "6"),
        (29.85, "29.85"),
        (1e-7, "0.0000001"),
        (1e16, "10000000000000000"),
        (-0.0, "0"),
    ],
)
def test_numbers_have_one_shortest_text(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-01-31", dt.datetime(2026, 1, 31)),  # noqa: DTZ001 - naive is what is meant
        ("2026-01-31 09:00", dt.datetime(2026, 1, 31, 9)),  # noqa: DTZ001 - naive is what is meant
        (" 2026-01-31T09:00Z ", dt.datetime(2026, 1, 31, 9, tzinfo=dt.UTC)),
        ("1 day ago", Ago(1, "days")),
        ("3 hours ago", Ago(3, "hours")),
        ("3 hours", None),
        ("20260131", None),
        (20260131, None),
    ],
)
def test_dates_are_read_from_texts(text, read):
    assert moment(text) == read


@pytest.mark.parametrize(
    ("rule", "where", "told"),
    [
        ({"operator": "is set"}, "attribute", "the rule names no attribute"),
        ({"attribute": "x"}, "operator", "Field required"),
        ({"attribute": "x", "event": "buy"}, "attribute", "a rule on the occurrences of an event"),
        ({"event": "a", "campaign": "b"}, "campaign", "a rule on the occurrences of an event"),
        ({"ids": "a.txt", "segment": "b.yaml"}, "segment", "a rule on a list of ids names no"),
        ({"criterion": "user bucket", "attribute": "x", "operator": "is", "value": 1}, "attribute",
         "a rule on the user bucket names no attribute"),
        ({"criterion": "country", "attribute": "x", "operator": "is set"}, "attribute",
         "a rule on the country names no attribute"),
        ({"criterion": "weather", "attribute": "x", "operator": "is set"}, "criterion",
         "Input should be"),
        ({"criterion": "user id", "as_version": True, "operator": "is", "value": "1"},
         "as_version", "the user id is no version"),
        ({"ids": "a.txt", "operator": "contains"}, "operator",
         "'contains' does not fit a list of ids; what fits: is in, is not in"),
        ({"attribute": "x", "operator": "was sent"}, "operator", "'was sent' does not fit"),
        ({"criterion": "sessions", "operator": "is after", "value": "2026-01-01"}, "operator",
         "'is after' does not fit the sessions"),
        ({"criterion": "first run", "operator": "is at least", "value": 1}, "operator",
         "'is at least' does not fit the first run"),
        ({"criterion": "first run", "operator": "is", "value": 1}, "value",
         "'is' takes a date here"),
        ({"criterion": "sessions", "operator": "is", "value": "many"}, "value",
         "'is' takes a number here"),
        ({"criterion": "app version", "operator": "is after", "value": "1.2"}, "operator",
         "'is after' does not fit the app version"),
        ({"criterion": "app version", "operator": "is", "value": 10.1}, "value",
         "a version is written in quotes, for 10.10 would be 10.1: '10.1'"),
        ({"criterion": "app version", "operator": "is at least", "value": "new"}, "value",
         "a version is written like 10.2"),
        ({"criterion": "app version", "operator": "is between", "value": ["2.0", "1.0"]}, "value",
         "'is between' takes the lower bound first"),
        ({"criterion": "random share", "operator": "is", "value": "110%"}, "value",
         "a random share is a percentage from 0 to 100"),
        ({"criterion": "random share", "operator": "is", "value": [1, 2]}, "value",
         "a random share takes one value, not 2"),
        ({"attribute": "x", "operator": "is set", "last_days": 3}, "last_days",
         "only a rule on an event or a campaign has it"),
        ({"attribute": "x", "operator": "is set", "seed": "a"}, "seed",
         "only a rule on a random share has it"),
        ({"event": "buy", "of": "price", "operator": "is set"}, "of",
         "only the sum, average, minimum or maximum is one of a parameter"),
        ({"event": "buy", "since": "soon"}, "since", "a period has dates"),
        ({"event": "buy", "since": "2026-12-01", "until": "2026-11-01"}, "until",
         "a period ends after it begins, and '2026-11-01' is before '2026-12-01'"),
        ({"event": "buy", "since": "3 days ago", "until": "9 days ago"}, "until",
         "a period ends after it begins"),
        ({"event": "buy", "last_days": 3, "since": "2026-01-01"}, "since",
         "a period is the last days, or since and until, not both"),
        ({"event": "buy", "parameters": [{"parameter": "genre", "operator": "is in"}]},
         "parameters.0.operator", "'is in' does not fit a parameter"),
        ({"event": "buy", "parameters": [{"parameter": "genre", "operator": "iss"}]},
         "parameters.0.operator", "unknown operator 'iss', did you mean 'is'?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_subject_of_a_rule_is_one_fault(rule, where, told):
    place, said = fault({"all": [rule]})

    assert place == f"all.0.{where}"
    assert said.startswith(told)


def test_the_usual_operator_of_a_subject_may_be_left_out():
    usual = [
        ({"event": "buy"}, "is set"),
        ({"campaign": "spring"}, "was sent"),
        ({"ids": "vip.txt"}, "is in"),
        ({"segment": "gold.yaml"}, "is in"),
        ({"criterion": "random share", "value": "5%"}, "is"),
    ]

    assert [Rule.model_validate(one).operator for one, _ in usual] == [name for _, name in usual]


def test_a_version_is_contained_as_a_text():
    given = {"criterion": "app version", "operator": "contains", "value": "beta"}

    assert Rule.model_validate(given).expects == "version"


def test_a_period_is_days_back_or_two_dates():
    recent = Rule.model_validate({"event": "buy", "last_days": 30})
    june = Rule.model_validate(
        {"campaign": "spring", "since": dt.date(2026, 6, 1), "until": "2026-07-01T00:00Z"}
    )

    assert recent.period == (Ago(30, "days"), None)
    assert june.period == (moment("2026-06-01"), dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    assert Rule.model_validate({"event": "buy"}).period == (None, None)


@pytest.mark.parametrize(
    ("segment", "where", "told"),
    [
        ({"where": "plan >"}, "where", "not a pandas query expression"),
        ({"function": "audiences.py"}, "function", "a function is module:function, not"),
        ({"function": "audiences:a b"}, "function", "a function is module:function, not"),
    ],
)
def test_a_segment_s_expression_and_function_are_read_at_once(segment, where, told):
    place, said = fault(segment)

    assert place == where
    assert said.startswith(told)


def test_a_blank_expression_is_none():
    assert Segment(where="  ").where == ""


def test_files_are_taken_from_a_folder_and_modules_are_not(tmp_path):
    segment = Segment.model_validate(
        {"all": [{"ids": "vip.txt"}, {"attribute": "x", "operator": "is set"}],
         "exclude": ["/staff.txt"], "function": "audiences:loyal"}
    )  # fmt: skip

    found = segment.located(tmp_path)

    assert [one.ids for one in found.rules()] == [str(tmp_path / "vip.txt"), "", "/staff.txt"]
    assert found.function == "audiences:loyal"


@pytest.mark.parametrize(
    ("value", "found"),
    [("10", 10.0), ("10 %", 10.0), ("0%", 0.0), (100, 100.0), ("101%", None), (True, None)],
)
def test_a_share_is_a_percentage(value, found):
    assert share(value) == found


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("9.9", "10.2"), ("1.2-beta.2", "1.2-beta.10"), ("1.2-beta", "1.2"), ("1.2-1", "1.2-alpha")],
)
def test_versions_sort_by_their_numbers(lower, higher):
    assert version(lower) < version(higher)


@pytest.mark.parametrize(("one", "other"), [("2", "2.0.0"), ("v1.2", "1.2+7"), ("1.2 (9)", "1.2")])
def test_versions_are_the_same_without_what_tells_nothing_apart(one, other):
    assert version(one) == version(other)


@pytest.mark.parametrize("text", ["", "latest", "1.2.x y", True])
def test_what_is_no_version_is_none(text):
    assert version(text) is None

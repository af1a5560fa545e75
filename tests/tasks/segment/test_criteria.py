"""Each operator as a little table: rows in, a rule, the ids that it selects."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from blocks.segment import Rule, Segment
from blocks.segment_subject import ON_COLUMN
from tasks.segment.criteria import mask

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
SAMPLE_VALUES = {
    "is": "x", "is not": "x", "contains": "x", "does not contain": "x", "contains all": "x",
    "is greater than": 1, "is less than": 1, "is at least": 1, "is at most": 1,
    "is between": [1, 2], "is after": "2026-01-01", "is not after": "2026-01-01",
    "is before": "2026-01-01", "is not before": "2026-01-01",
}  # fmt: skip


def selected(rows, operator, value=None, *, dtype=None, timezone="UTC", now=NOW):
    """Return the ids of the rows (id: value of the column x) that the rule selects."""
    users = pd.DataFrame({"id": list(rows), "x": pd.Series(list(rows.values()), dtype=dtype)})
    rule = Rule(attribute="x", operator=operator, value=value)
    found = mask(Segment(all=(rule,)), users, id_column="id", now=now, timezone=timezone)
    return " ".join(users["id"][found])


TIERS = {"g": "gold", "G": "Gold", "s": "silver", "blank": " ", "empty": "", "none": None}


@pytest.mark.parametrize(
    ("operator", "value", "ids"),
    [
        ("is any", None, "g G s blank empty none"),
        ("is set", None, "g G s blank empty"),
        ("is not set", None, "none"),
        ("is", "gold", "g"),
        ("is", ["gold", "silver"], "g s"),
        ("is", "", "empty"),
        ("is", "bronze", ""),
        ("is not", "gold", "G s blank empty"),
        ("is not", ["gold", "silver"], "G blank empty"),
        ("is empty string", None, "empty"),
        ("contains", "old", "g G"),
        ("contains", "o", "g G"),
        ("contains", ["old", "sil"], "g G s"),
        ("contains", ".", ""),
        ("contains", [".", "("], ""),
        ("does not contain", "old", "s blank empty"),
        ("does not contain", ["old", "sil"], "blank empty"),
        ("is less than", 6, ""),
        ("is after", "2020-01-01", ""),
    ],
)
def test_texts_are_compared_letter_by_letter(operator, value, ids):
    assert selected(TIERS, operator, value) == ids
    assert selected(TIERS, operator, value, dtype=object) == ids
    assert selected(TIERS, operator, value, dtype="category") == ids
    assert selected(TIERS, operator, value, dtype="string[python]") == ids


NUMBERS = {"neg": -1.5, "zero": 0, "six": 6, "half": 6.5, "inf": float("inf"), "none": None}


@pytest.mark.parametrize(
    ("operator", "value", "ids"),
    [
        ("is any", None, "neg zero six half inf none"),
        ("is set", None, "neg zero six half inf"),
        ("is not set", None, "none"),
        ("is", 6, "six"),
        ("is", "6", "six"),
        ("is", "6.0", "six"),
        ("is", "06", ""),
        ("is", "six", ""),
        ("is", True, ""),
        ("is", [0, "6.5"], "zero half"),
        ("is not", 6, "neg zero half inf"),
        ("is empty string", None, ""),
        ("contains", "6", "six half"),
        ("contains", ".5", "neg half"),
        ("contains", 6.5, "half"),
        ("does not contain", "6", "neg zero inf"),
        ("is greater than", 6, "half inf"),
        ("is greater than", "6", "half inf"),
        ("is less than", 6, "neg zero"),
        ("is at least", 6, "six half inf"),
        ("is at most", 6, "neg zero six"),
        ("is between", [0, 6], "zero six"),
        ("is between", "0 and 6.5", "zero six half"),
    ],
)
def test_numbers_are_compared_by_size_and_between_includes_its_ends(operator, value, ids):
    assert selected(NUMBERS, operator, value) == ids
    assert selected(NUMBERS, operator, value, dtype="Float64") == ids
    assert selected(NUMBERS, operator, value, dtype="float32") == ids
    assert selected(NUMBERS, operator, value, dtype=object) == ids
    assert selected(NUMBERS, operator, value, dtype="category") == ids
    assert selected(NUMBERS, operator, value, dtype="float64[pyarrow]") == ids


WRITTEN = {
    "six": "6", "point": "6.0", "blanks": " 6 ", "lead": "06", "exp": "6e0",
    "neg": "-0.0", "word": "six", "inf": "inf", "hex": "0x6", "us": "1_0",
    "wide": "6", "empty": "", "none": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "value", "ids"),
    [
        ("is", 6, "six point wide"),
        ("is", 6.0, "six point wide"),
        ("is", "6", "six wide"),
        ("is", "06", "lead"),
        ("is", 0, "neg"),
        ("is", [6, "six"], "six point word wide"),
        ("is not", 6, "blanks lead exp neg word inf hex us empty"),
        ("is at least", 6, "six point blanks lead exp wide"),
        ("is less than", 6, "neg"),
        ("is between", [-1, 7], "six point blanks lead exp neg wide"),
        ("contains", 6, "six point blanks lead exp hex wide"),
    ],
)
def test_texts_that_are_numbers_are_read_as_numbers_by_number_operators(operator, value, ids):
    assert selected(WRITTEN, operator, value) == ids
    assert selected(WRITTEN, operator, value, dtype=object) == ids


@pytest.mark.parametrize("dtype", ["int64", "Int64", "int8", "uint8", "uint64", object])
def test_integers_of_any_width_are_compared_exactly(dtype):
    rows = {"zero": 0, "six": 6}

    assert selected(rows, "is", [6, 2**40, -1, 0.5], dtype=dtype) == "six"
    assert selected(rows, "is less than", 2**40, dtype=dtype) == "zero six"
    assert selected(rows, "is greater than", -1, dtype=dtype) == "zero six"
    assert selected(rows, "is greater than", 5.5, dtype=dtype) == "six"


@pytest.mark.parametrize("dtype", ["int64", "Int64", "uint64", "UInt64"])
def test_bounds_at_the_end_of_a_type_are_compared_by_size(dtype):
    most = np.iinfo(dtype.lower()).max
    rows = {"one": 1, "near": int(most) - 1, "most": int(most)}

    assert selected(rows, "is at least", int(most), dtype=dtype) == "most"
    assert selected(rows, "is less than", int(most), dtype=dtype) == "one near"
    assert selected(rows, "is", int(most), dtype=dtype) == "most"
    assert selected(rows, "is at least", int(most) + 1, dtype=dtype) == ""
    assert selected(rows, "is at most", str(int(most) + 1), dtype=dtype) == "one near most"
    assert selected(rows, "is between", [0.5, 1e300], dtype=dtype) == "one near most"
    assert selected(rows, "is less than", -(2**70), dtype=dtype) == ""
    assert selected(rows, "is", int(most) + 1, dtype=dtype) == ""


def test_integers_beyond_64_bits_keep_every_digit():
    rows = {"one": 2**70 + 1, "two": 2**70 + 2, "six": 6}

    assert selected(rows, "is", 2**70 + 1, dtype=object) == "one"
    assert selected(rows, "is not", [6, 2**70 + 1], dtype=object) == "two"
    assert selected(rows, "is greater than", 2**70 + 1, dtype=object) == "two"
    assert selected(rows, "is between", [6.5, 2**70 + 1], dtype=object) == "one"
    assert selected(rows, "contains", "717411303425", dtype=object) == "one"
    assert selected(rows, "is after", "1969-01-01", dtype=object) == "six"


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32", "float64"])
def test_bounds_beyond_a_type_of_floats_are_compared_by_size(dtype):
    rows = {"two": 2.0, "inf": float("inf")}

    assert selected(rows, "is less than", 1e300, dtype=dtype) == "two"
    assert selected(rows, "is at least", 10**300, dtype=dtype) == "inf"
    assert selected(rows, "is between", [-1e300, 1e300], dtype=dtype) == "two"


def test_long_numbers_keep_every_digit_in_is():
    rows = {"even": 2**53, "odd": 2**53 + 1}
    texts = {"even": "9007199254740992", "odd": "9007199254740993"}

    assert selected(rows, "is", 2**53 + 1, dtype="Int64") == "odd"
    assert selected(rows, "is greater than", 2**53, dtype="Int64") == "odd"
    assert selected(texts, "is", 2**53 + 1) == "odd"


def test_a_32_bit_float_is_the_number_it_is_written_as():
    assert selected({"a": 29.85}, "is", 29.85, dtype="float32") == "a"
    assert selected({"a": 29.85}, "is", 1e300, dtype="float32") == ""


TRUTHS = {"yes": True, "no": False}


@pytest.mark.parametrize(
    ("operator", "value", "ids"),
    [
        ("is", True, "yes"),
        ("is", "TRUE", "yes"),
        ("is", [True, "false"], "yes no"),
        ("is", 1, ""),
        ("is not", "true", "no"),
        ("is at least", 0, ""),
        ("contains", "rue", ""),
        ("does not contain", "rue", "yes no"),
        ("is empty string", None, ""),
        ("is after", "2000-01-01", ""),
    ],
)
def test_truths_equal_truths_only(operator, value, ids):
    assert selected(TRUTHS, operator, value) == ids
    assert selected(TRUTHS, operator, value, dtype=object) == ids
    assert selected(TRUTHS | {"none": None}, operator, value, dtype="boolean") == ids


def test_true_and_false_are_found_in_texts_of_any_case():
    rows = {"a": "true", "b": "True", "c": "TRUE", "d": "false", "e": "yes", "f": None}

    assert selected(rows, "is", True) == "a b c"
    assert selected(rows, "is", "true") == "a"
    assert selected(rows, "is not", True) == "d e"


MIXED = {
    "int": 6, "float": 6.0, "text": "6", "word": "six", "true": True, "decimal": Decimal("6.50"),
    "huge": 2**70, "list": ["six"], "map": {"a": 6}, "day": dt.date(2026, 1, 31), "complex": 6j,
    "none": None, "nan": float("nan"), "na": pd.NA, "nat": pd.NaT,
}  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "value", "ids"),
    [
        ("is not set", None, "none nan na nat"),
        ("is", 6, "int float text"),
        ("is", "six", "word"),
        ("is not", 6, "word true decimal huge list map day complex"),
        ("is", 6.5, "decimal"),
        ("is", 2**70, "huge"),
        ("is", "2026-01-31", "day"),
        ("is", "six and more", ""),
        ("is greater than", 6, "decimal huge"),
        ("is at most", 6, "int float text"),
        ("contains", "6", "int float text decimal huge"),
        ("does not contain", "6", "word true list map day complex"),
        ("is after", "2026-01-30", "day"),
    ],
)
def test_a_column_of_mixed_objects_is_compared_kind_by_kind(operator, value, ids):
    assert selected(MIXED, operator, value, dtype=object) == ids


DAYS = {"29": "2026-01-29", "30": "2026-01-30", "31": "2026-01-31", "none": None}


@pytest.mark.parametrize(
    ("operator", "value", "ids"),
    [
        ("is after", "2026-01-30", "31"),
        ("is not after", "2026-01-30", "29 30"),
        ("is before", "2026-01-30", "29"),
        ("is not before", "2026-01-30", "30 31"),
        ("is between", ["2026-01-29", "2026-01-31"], "30"),
        ("is between", "2026-01-29T00:00 and 2026-01-31T00:00:00.5", "30 31"),
        ("is", "2026-01-30", "30"),
        ("is not", "2026-01-30", "29 31"),
        ("is not set", None, "none"),
        ("is after", "60 days ago", "31"),
        ("is not before", dt.date(2026, 1, 30), "30 31"),
    ],
)
def test_dates_are_compared_in_time_and_between_excludes_its_ends(operator, value, ids):
    now = dt.datetime(2026, 3, 31, tzinfo=dt.UTC)

    assert selected(DAYS, operator, value, now=now) == ids
    assert selected(DAYS, operator, value, now=now, dtype="datetime64[us]") == ids
    assert selected(DAYS, operator, value, now=now, dtype="datetime64[ns, UTC]") == ids
    if operator != "is set":
        assert selected(DAYS, operator, value, now=now, dtype="category") == ids


def test_numbers_are_unix_seconds_for_date_operators():
    rows = {"1970": 0, "2026": 1769817600, "nan": None, "inf": float("inf")}

    assert selected(rows, "is before", "2000-01-01") == "1970"
    assert selected(rows, "is not before", "2026-01-31T00:00Z") == "2026"
    assert selected(rows, "is after", "2026-01-31T00:00Z") == ""


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_numbers_that_are_no_date_in_seconds_count_smaller_units(unit):
    start = 1769814000  # 2026-01-31T00:00 in Berlin
    rows = {"before": (start - 1) * unit, "at": start * unit, "after": (start + 1) * unit}

    assert selected(rows, "is before", "2026-01-30T23:00Z") == "before"
    assert selected(rows, "is after", "2026-01-30T23:00Z") == "after"
    assert selected(rows, "is not before", "2026-01-30T23:00Z") == "at after"


def test_each_number_is_read_by_itself_to_the_end_of_the_calendar():
    rows = {
        "never": 253_402_300_799, "next": 253_402_300_800, "first": -62_135_596_800,
        "born": -157_766_400_000, "none": 1e30, "minus": -1e30,
    }  # fmt: skip

    assert selected(rows, "is before", "1966-01-01") == "first born"
    assert selected(rows, "is between", ["1978-01-11", "1978-01-13"]) == "next"
    assert selected(rows, "is after", "9999-12-31T23:00Z") == "never"


def test_iso_texts_are_read_with_and_without_a_zone():
    rows = {
        "z": "2026-01-31T09:00Z", "plus": "2026-01-31T10:00+01:00", "short": "2026-01-31 10:00+01",
        "tight": "2026-01-31T04:30:00-0430", "berlin": "2026-01-31T10:00",
        "late": "2026-01-31T10:01", "part": "2026-01-31T10:00:00.000000001",
        "no": "2026-02-30", "dots": "31.01.2026",
        "digits": "1769850000",
    }  # fmt: skip

    same = selected(rows, "is not before", "2026-01-31T09:00Z", timezone="Europe/Berlin")

    assert same == "z plus short tight berlin late part"
    assert selected(rows, "is after", "2026-01-31T09:00Z", timezone="Europe/Berlin") == "late"


def test_what_names_no_zone_is_in_the_campaign_s_zone():
    aware = {"before": pd.Timestamp("2026-07-01T21:59Z"), "at": pd.Timestamp("2026-07-01T22:00Z")}
    naive = {"before": pd.Timestamp("2026-07-01T23:59"), "at": pd.Timestamp("2026-07-02T00:00")}

    assert selected(aware, "is not before", "2026-07-02", timezone="Europe/Berlin") == "at"
    assert selected(naive, "is not before", "2026-07-02", timezone="Europe/Berlin") == "at"
    assert selected(naive, "is before", "2026-07-01T22:00Z", timezone="Europe/Berlin") == "before"
    assert selected(naive, "is", "2026-07-02", timezone="Europe/Berlin") == "at"
    objects = {"a": NOW, "b": dt.datetime(2026, 3, 31, 13)}  # noqa: DTZ001 - naive on purpose
    assert selected(objects, "is not before", "2026-03-31T12:00Z", dtype=object) == "a b"


def test_relative_dates_count_months_and_days_on_the_calendar_of_the_zone():
    rows = {"28": "2026-02-28T12:00", "29": "2026-02-28T12:01", "hour": "2026-03-28T11:59"}

    assert selected(rows, "is after", "1 month ago") == "29 hour"
    # Berlin's clocks went forward on 29 March 2026: three days ago was 71 hours ago.
    berlin = {"day": "2026-03-28T14:00", "hours": "2026-03-28T13:00"}
    now = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
    zone = "Europe/Berlin"
    assert selected(berlin, "is not before", "3 days ago", now=now, timezone=zone) == "day"
    assert selected(berlin, "is not before", "72 hours ago", now=now, timezone=zone) == "day hours"


def test_a_clock_time_that_happens_twice_is_its_first_and_a_skipped_one_the_end_of_the_gap():
    twice, skipped = {"a": "2026-10-25T02:30"}, {"a": "2026-03-29T02:30"}

    for dtype in ("str", "datetime64[us]"):
        given = {"dtype": dtype, "timezone": "Europe/Berlin"}
        assert selected(twice, "is not after", "2026-10-25T00:30Z", **given) == "a"
        assert selected(twice, "is not before", "2026-10-25T02:30", **given) == "a"
        assert selected(skipped, "is not after", "2026-03-29T01:00Z", **given) == "a"
        assert selected(skipped, "is not before", "2026-03-29T01:00Z", **given) == "a"


def test_dates_at_the_ends_of_time_are_dates():
    rows = {"first": "0001-01-01", "last": "9999-12-31T23:59:59"}

    assert selected(rows, "is after", "2000-01-01", timezone="America/New_York") == "last"
    assert selected(rows, "is before", "2000-01-01", timezone="Asia/Tokyo") == "first"
    assert selected(rows, "is before", "1000 years ago") == "first"


@pytest.mark.parametrize("operator", sorted(ON_COLUMN))
@pytest.mark.parametrize("dtype", [object, "str", "Int64", "Float64", "boolean", "datetime64[us]"])
def test_users_without_the_attribute_match_is_any_and_is_not_set_only(operator, dtype):
    found = selected({"none": None}, operator, SAMPLE_VALUES.get(operator), dtype=dtype)

    assert found == ("none" if operator in ("is any", "is not set") else "")


def test_a_nullable_float_may_hold_nan_which_is_no_value():
    users = pd.DataFrame({"id": ["a", "b"], "x": pd.array([0.0, 1.0], dtype="Float64")})
    users["x"] = users["x"] / pd.array([0.0, 1.0], dtype="Float64")
    unset = Segment(all=(Rule(attribute="x", operator="is not set"),))

    found = mask(unset, users, id_column="id", now=NOW, timezone="UTC")

    assert list(found) == [True, False]


def test_a_uuid_is_its_text():
    text = "12345678-1234-5678-1234-567812345678"

    assert selected({"a": UUID(text), "b": None}, "is", text, dtype=object) == "a"


def test_durations_are_set_and_nothing_else():
    rows = {"a": pd.Timedelta("1h")}

    assert selected(rows, "is set") == "a"
    assert selected(rows, "is", "1h") == ""


def segment_selects(segment):
    users = pd.DataFrame({"id": list("abcd"), "x": [1, 2, 3, None], "y": ["p", "q", None, None]})
    found = mask(Segment.model_validate(segment), users, id_column="id", now=NOW, timezone="UTC")
    return "".join(users["id"][found])


def is_(column, *values):
    return {"attribute": column, "operator": "is", "value": list(values)}


@pytest.mark.parametrize(
    ("segment", "ids"),
    [
        ({}, "abcd"),
        ({"all": [], "any": [], "none": [], "groups": []}, "abcd"),
        ({"all": [is_("x", 1, 2), is_("y", "p")]}, "a"),
        ({"any": [is_("x", 1), is_("y", "q")]}, "ab"),
        ({"none": [is_("x", 1), is_("y", "q")]}, "cd"),
        ({"all": [is_("x", 1, 2)], "any": [is_("y", "q")], "none": [is_("x", 1)]}, "b"),
        ({"any": [{"all": [is_("x", 1), is_("y", "p")]}, is_("x", 3)]}, "ac"),
        ({"none": [{"none": [is_("x", 1)]}]}, "a"),
        ({"groups": [{"any": [is_("x", 1, 2)]}, {"any": [is_("x", 2, 3)]}]}, "b"),
        ({"all": [{}.copy() or {"all": []}]}, "abcd"),
        (
            {"any": [{"attribute": "x", "operator": "is not", "value": 1},
                     {"attribute": "x", "operator": "is not set"}]},
            "bcd",
        ),
    ],
)  # fmt: skip
def test_all_any_and_none_are_joined_by_and(segment, ids):
    assert segment_selects(segment) == ids


def test_a_rule_on_the_bucket_reads_the_id():
    users = pd.DataFrame({"id": [f"user-{n}" for n in range(1000)]})
    rule = Rule(criterion="user bucket", operator="is between", value=[0, 499])
    other = Rule(criterion="user bucket", operator="is at least", value=500)

    low = mask(Segment(all=(rule,)), users, id_column="id", now=NOW, timezone="UTC")
    high = mask(Segment(all=(other,)), users, id_column="id", now=NOW, timezone="UTC")

    assert 400 < low.sum() < 600
    assert (low != high).all()


def test_the_mask_has_the_table_s_index():
    users = pd.DataFrame({"id": list("abc"), "x": [1, 2, 1]}, index=[7, 7, 3])

    found = mask(Segment(all=(Rule(attribute="x", operator="is", value=1),)), users,
                 id_column="id", now=NOW, timezone="UTC")  # fmt: skip

    assert found.dtype == np.dtype(bool)
    assert list(found.index) == [7, 7, 3]
    assert list(found) == [True, False, True]


def test_a_table_without_rows_has_an_empty_mask():
    for operator in ON_COLUMN:
        assert selected({}, operator, SAMPLE_VALUES.get(operator), dtype=object) == ""

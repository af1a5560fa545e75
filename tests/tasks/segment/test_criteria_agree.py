"""The mask over whole columns agrees with a plain reading of the rules, row by row."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.segment import Rule, Segment
from blocks.segment_subject import ON_COLUMN
from tasks.segment.criteria import mask

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
ZONE = "Europe/Berlin"


def reads(rule, value):
    """Say whether one value matches one rule, as docs/targeting.md says it."""
    unset = value is None or value != value
    if rule.operator in ("is any", "is set", "is not set"):
        return rule.operator == "is any" or unset == (rule.operator == "is not set")
    if unset:
        return False
    match rule.operator:
        case "is":
            return any(equal(value, wanted) for wanted in rule.values)
        case "is not":
            return not any(equal(value, wanted) for wanted in rule.values)
        case "is empty string":
            return value == ""
        case "contains":
            return any(part in printed(value) for part in map(printed, rule.values))
        case "contains all":
            return all(part in printed(value) for part in map(printed, rule.values))
        case "does not contain":
            return not any(part in printed(value) for part in map(printed, rule.values))
        case "is between" if not rule.numbers:
            when, (low, high) = moment(value), map(bound, rule.moments)
            return when is not None and low < when < high
        case "is after" | "is not after" | "is before" | "is not before":
            when, limit = moment(value), bound(rule.moments[0])
            if when is None:
                return False
            matched = when > limit if "after" in rule.operator else when < limit
            return matched != ("not" in rule.operator)
    size = number(value)
    if size is None:
        return False
    low, high = rule.numbers[0], rule.numbers[-1]
    return {
        "is greater than": size > low,
        "is less than": size < low,
        "is at least": size >= low,
        "is at most": size <= low,
        "is between": low <= size <= high,
    }[rule.operator]


def equal(value, wanted):
    if isinstance(value, bool) or isinstance(wanted, bool):
        texts = str(value).lower(), str(wanted).lower()
        mixed = isinstance(value, bool | str) and isinstance(wanted, bool | str)
        return mixed and texts[0] == texts[1]
    if isinstance(value, dt.datetime):
        return isinstance(wanted, str) and bound(wanted) == moment(value)
    if isinstance(value, str) and isinstance(wanted, str):
        return value == wanted
    pair = plain(value), plain(wanted)
    return None not in pair and pair[0] == pair[1]


def plain(value):
    if isinstance(value, str) and not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", value):
        return None
    return Decimal(repr(value)) if not isinstance(value, str) else Decimal(value)


def number(value):
    if isinstance(value, bool | dt.datetime):
        return None
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"[+-]?\d+(\.\d*)?(e\d+)?", value.strip()) else None
    return value


def printed(value):
    if isinstance(value, bool | dt.datetime):
        return ""
    return value if isinstance(value, str) else re.sub(r"\.0$", "", str(value))


def moment(value):
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return dt.datetime.fromtimestamp(value, dt.UTC) if abs(value) < 1e12 else None
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d.*", value.strip()):
        return None
    return bound(value)


def bound(value):
    """Read a date of a rule or a text; without a zone it is in the campaign's."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, dt.datetime):  # Ago: the strategies only draw hours
        return NOW - dt.timedelta(hours=value.count)
    return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(ZONE))


words = st.sampled_from(["gold", "Gold", "old", " ", "", "true", "False", "six"])
numerals = st.sampled_from(["6", "06", "6.0", " 6 ", "-6.50", "+7", "6e1", "0.5", "60", "-0"])
days = st.sampled_from(["2026-03-30", "2026-03-31", "2026-03-31T14:00", "2026-03-31T12:00Z"])
texts = words | numerals | days
small = st.integers(-10, 70)
floats = st.sampled_from([0.5, 6.0, -6.5, 6.25, 60.0])
moments = st.sampled_from([NOW, NOW - dt.timedelta(days=1), NOW + dt.timedelta(hours=1)])
unset = st.none()


def column(values, dtype):
    return st.tuples(st.lists(values | unset, min_size=1, max_size=8), st.just(dtype))


columns = st.one_of(
    column(texts, "str"),
    column(texts, "category"),
    column(small, "Int64"),
    column(floats | small, "Float64"),
    column(floats | small, "float64"),
    column(st.booleans(), "boolean"),
    column(moments, "datetime64[us, UTC]"),
    column(texts | small | floats | st.booleans() | moments, object),
)

dates = days | st.sampled_from(["2026-04-01", "1 hour ago", "26 hours ago"])
sizes = small | floats | st.sampled_from(["6", "06", "60"])


def values_for(operator):
    if operator in ("is any", "is set", "is not set", "is empty string"):
        return st.none()
    if operator in ("is", "is not"):
        return st.lists(texts | small | floats | st.booleans(), min_size=1, max_size=3)
    if "contain" in operator:
        return st.lists(texts.filter(bool) | small | floats, min_size=1, max_size=3)
    if operator == "is between":
        # An exact and a relative bound are never known to be the wrong way round.
        numbers = st.tuples(small, small).map(sorted)
        return numbers | st.tuples(days, st.just("1 hour ago")).map(list)
    return dates if "after" in operator or "before" in operator else sizes


rules = st.sampled_from(sorted(ON_COLUMN)).flatmap(
    lambda operator: values_for(operator).map(
        lambda value: Rule(attribute="x", operator=operator, value=value)
    )
)
parts = st.recursive(
    rules,
    lambda inner: st.builds(
        Segment,
        all=st.lists(inner, max_size=2),
        any=st.lists(inner, max_size=2),
        none=st.lists(inner, max_size=2),
    ),
    max_leaves=5,
)


def selects(part, value):
    if isinstance(part, Rule):
        return reads(part, value)
    return (
        all(selects(one, value) for one in part.all)
        and (not part.any or any(selects(one, value) for one in part.any))
        and not any(selects(one, value) for one in part.none)
    )


def masked(part, values, dtype):
    users = pd.DataFrame({"id": range(len(values)), "x": pd.Series(values, dtype=dtype)})
    segment = Segment(all=(part,))
    return list(mask(segment, users, id_column="id", now=NOW, timezone=ZONE))


@given(columns, rules)
@settings(max_examples=500, deadline=None)
def test_every_rule_selects_what_a_plain_reading_selects(column, rule):
    values, dtype = column

    assert masked(rule, values, dtype) == [reads(rule, value) for value in values]


@given(columns, parts)
@settings(max_examples=150, deadline=None)
def test_every_segment_selects_what_a_plain_reading_selects(column, part):
    values, dtype = column

    assert masked(part, values, dtype) == [selects(part, value) for value in values]


@given(columns, rules)
@settings(max_examples=100, deadline=None)
def test_none_is_the_complement_of_any(column, rule):
    values, dtype = column

    inside = masked(Segment(any=(rule,)), values, dtype)
    outside = masked(Segment(none=(rule,)), values, dtype)

    assert [not one for one in inside] == outside

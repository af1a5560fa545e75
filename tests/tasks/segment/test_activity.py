"""What rules on events measure, chunk by chunk, and what of the events cannot be read."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from blocks.event_chunk import Events, Wanted, Window
from blocks.segment import Rule
from tasks.segment.activity import activity, count_named, dated, wanted
from tasks.segment.parameters import parameters_in
from tasks.segment.totals import Totals, exact
from tasks.segment.unreadable import Unreadable

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
ZONE = "Europe/Berlin"
DAY = pd.Timestamp("2026-03-30T12:00Z")


def events(users, *, names=None, times=None, values=None, json=None, **parameters):
    return Events(
        users=pd.Series(users, dtype="str"),
        names=pd.Series(names or ["buy"] * len(users), dtype="str"),
        times=None if times is None else pd.Series(times),
        values=None if values is None else pd.Series(values),
        json=None if json is None else pd.Series(json, dtype="str"),
        parameters={name: pd.Series(one) for name, one in parameters.items()},
    )


def measured(rule, *chunks):
    found = activity([rule], chunks, now=NOW, timezone=ZONE)
    return found.measured[rule].dropna().to_dict()


def unreadable(rule, *chunks):
    return activity([rule], chunks, now=NOW, timezone=ZONE).unreadable


def measure(name, of="", **more):
    return Rule(event="buy", measure=name, of=of, operator="is set", **more)


def test_what_is_wanted_is_what_the_rules_look_at():
    rules = [
        Rule(event="buy"),
        Rule(event="look", last_days=1),
        measure("sum", since="2026-03-01"),
        measure(
            "sum", "price", parameters=[{"parameter": "genre", "operator": "is", "value": "x"}]
        ),
    ]

    found = wanted(rules, now=NOW, timezone=ZONE)
    nothing = wanted(rules[:1], now=NOW, timezone=ZONE)

    end = NOW + dt.timedelta(microseconds=1)
    assert found.windows == (Window("buy"), Window("look", NOW - dt.timedelta(days=1), end))
    assert (found.time, found.value, found.parameters) == (True, True, ("genre", "price"))
    assert (nothing.time, nothing.value, nothing.parameters) == (False, False, ())
    assert found.names == ("buy", "look")


def test_the_windows_of_one_event_are_joined_to_one_that_holds_them_all():
    rules = [
        Rule(event="buy", since="2026-03-02T00:00Z", until="2026-03-05T00:00Z"),
        Rule(event="buy", since="2026-03-01T00:00Z", until="2026-03-04T00:00Z"),
    ]

    (window,) = wanted(rules, now=NOW, timezone=ZONE).windows

    assert (window.since.day, window.until.day) == (1, 5)


def test_a_day_across_a_change_of_the_clock_has_as_many_hours_as_the_zone_says():
    rule = Rule(event="buy", last_days=3)

    (window,) = wanted([rule], now=NOW, timezone=ZONE).windows

    assert window.since == dt.datetime(2026, 3, 28, 13, tzinfo=dt.UTC)


def test_without_events_nobody_has_anything():
    assert measured(Rule(event="buy")) == {}
    assert measured(Rule(event="buy"), events(["ada"], names=["look"])) == {}


def test_chunks_add_up():
    chunks = [events(["ada", "bob"], values=[1, 5]), events(["ada"], values=[2])]

    assert measured(Rule(event="buy"), *chunks) == {"ada": 2, "bob": 1}
    assert measured(measure("average"), *chunks) == {"ada": 1.5, "bob": 5}
    assert measured(measure("maximum"), *chunks) == {"ada": 2, "bob": 5}


def test_sums_do_not_show_how_doubles_add_up():
    chunk = events(["ada"] * 10, values=[0.1] * 10)

    assert measured(measure("sum"), chunk) == {"ada": 1}
    assert measured(measure("average"), chunk) == {"ada": 0.1}


@pytest.mark.parametrize("total", [0.0, 1234567890123.0, 1e300, 2.5e-300, np.inf, np.nan, -0.5])
def test_what_needs_no_rounding_stays_as_it_is(total):
    assert exact(np.array([total])) == pytest.approx([total], rel=1e-15, nan_ok=True)


def test_only_finite_numbers_and_texts_of_numbers_are_summed():
    values = [1, "2.5", "two", True, None, float("inf")]

    assert measured(measure("sum"), events(["ada"] * 6, values=values)) == {"ada": 3.5}
    assert measured(measure("minimum"), events(["bob"], values=["two"])) == {}


@pytest.mark.parametrize(
    "times",
    [
        [DAY],
        ["2026-03-30T14:00"],
        ["2026-03-30T12:00Z"],
        [1774872000],
        ["1774872000"],
        [1774872000000],
        ["1774872000000"],
        [1774872000000000000],
        [DAY.to_pydatetime()],
    ],
)
def test_times_are_dates_iso_texts_or_unix_times(times):
    assert measured(measure("last"), events(["ada"], times=times)) == {"ada": DAY}


def test_the_last_days_end_with_the_start_of_the_run():
    times = [NOW, NOW + dt.timedelta(seconds=1)]

    assert measured(Rule(event="buy", last_days=1), events(["ada", "bob"], times=times)) == {
        "ada": 1
    }


def test_events_of_nobody_and_without_a_time_are_counted_and_left_out():
    chunk = events(["ada", None, "bob"], times=[DAY, DAY, None])
    rule = Rule(event="buy", last_days=7)

    found = unreadable(rule, chunk, chunk)

    assert measured(rule, chunk) == {"ada": 1}
    assert (found.nobodys, found.times, found.undated) == (2, 6, 2)
    assert list(found.warnings()) == [
        "events: 2 have no user and are left out",
        "events: 2 have no time that can be read; they are in no period",
    ]


def test_the_first_times_that_cannot_be_read_are_named_and_blank_ones_are_counted():
    times = [None, " ", "", "soon", "2026-06-01", "later", "x" * 100, "never"]
    chunk = events(["ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal"], times=times)
    rule = Rule(event="buy", last_days=7)

    (told,) = unreadable(rule, chunk, chunk).warnings()
    (fault,) = unreadable(rule, chunk).faults(percent=1)

    named = told.removeprefix("events: 14 have no time that can be read: ")
    assert named.startswith("'soon' of the user 'dan', 'later' of the user 'fay', 'xxxxx")
    assert named.count(" of the user ") == 3
    assert fault.fault.startswith("7 of 7 events have no time that can be read: 'soon' of the")


def test_events_whose_times_rules_look_at_are_counted_by_their_names():
    rules = [Rule(event="look"), Rule(event="buy", last_days=7), measure("last")]
    chunks = [events(["ada", None], names=["look", "buy"]), events(["bob"])]

    found = dated(rules, now=NOW, timezone=ZONE)
    whichever = dated([Rule(event="*", last_days=1)], now=NOW, timezone=ZONE)

    assert found == Wanted(windows=(Window("buy"),))
    assert (count_named(chunks, found), count_named(chunks, whichever)) == (2, 3)


def test_events_that_no_rule_looks_at_are_not_counted():
    chunk = events(["ada", None], names=["look", "look"], times=["soon", "soon"])

    assert unreadable(measure("last"), chunk) == Unreadable()


def test_parameters_in_json_are_read_of_the_events_that_count():
    texts = ['{"price": 1.5}', '{"price": 2}', None, "", "null", '{"other": 1}']
    chunk = events([*"aabcde"], json=texts)

    assert measured(measure("sum", "price"), chunk) == {"a": 3.5}
    assert unreadable(measure("sum", "price"), chunk).objects == 6


def test_unreadable_parameters_are_counted_and_the_first_of_them_named():
    chunk = events(["ada"] * 5, json=["{", "[1]", "7", '{"price": 1}', "x" * 100])
    rule = measure("sum", "price")

    found = unreadable(rule, chunk)

    assert measured(rule, chunk) == {"ada": 1}
    assert list(found.warnings()) == [
        "events: 4 of 5 events have parameters that are no JSON object: '{' of the user 'ada', "
        "'[1]' of the user 'ada', '7' of the user 'ada'; they have no parameters"
    ]


def test_more_unreadable_events_than_allowed_are_faults():
    found = Unreadable(times=100, undated=2, objects=200, invalid=3, examples=("'{'",))

    told = [str(one) for one in found.faults(percent=1)]

    assert told == [
        "events.time: 2 of 100 events have no time that can be read "
        "(events.unreadable_percent allows 1 %)",
        "events.parameters: 3 of 200 events have parameters that are no JSON object: '{' "
        "(events.unreadable_percent allows 1 %)",
    ]
    assert list(found.faults(percent=2)) == []
    assert list(Unreadable().faults(percent=0)) == []


def test_parameters_of_several_kinds_stay_what_they_are():
    texts = [json.dumps({"x": x}) for x in (1, "one", [1], True, 2**70, None)]

    columns, faulty = parameters_in(pd.Series(texts, dtype="str"), ["x"])

    assert not faulty.any()
    assert columns["x"].tolist()[:5] == [1, "one", [1], True, 2**70]


@pytest.mark.parametrize("others", [[], [1e30, 0.5, None], ["one", True]])
@pytest.mark.parametrize("huge", [2**53 + 1, 2**64 - 1, 2**70 + 1, -(2**63) - 1])
def test_integers_of_any_length_keep_their_digits(huge, others):
    texts = [json.dumps({"x": x}) for x in (huge, huge + 1, *others)]
    rule = Rule(event="buy", parameters=[{"parameter": "x", "operator": "is", "value": huge}])

    columns, _ = parameters_in(pd.Series(texts, dtype="str"), ["x"])

    assert columns["x"].tolist()[:2] == [huge, huge + 1]
    assert columns["x"].fillna("-").tolist()[2:] == ["-" if x is None else x for x in others]
    assert measured(rule, events([*"abcde"[: len(texts)]], json=texts)) == {"a": 1}
    assert measured(measure("sum", "x"), events(["ada"], json=texts[:1])) == {"ada": float(huge)}


def test_a_filter_sees_parameters_as_rules_see_attributes():
    texts = [json.dumps({"x": x}) for x in (6, "6", "6.0", "06", ["6"], True)]
    rule = Rule(event="buy", parameters=[{"parameter": "x", "operator": "is", "value": 6}])

    assert measured(rule, events([*"abcdef"], json=texts)) == {"a": 1, "b": 1, "c": 1}


def test_a_filter_that_asks_nothing_and_times_that_are_none_change_nothing():
    rule = Rule(event="buy", parameters=[{"parameter": "x", "operator": "is any"}], last_days=9)

    assert measured(rule, events(["ada", "bob"], times=[DAY, True], x=[None, 1])) == {"ada": 1}


def test_totals_of_many_chunks_are_joined_on_the_way():
    totals = Totals(["add", "min", "max"])
    for number in range(5):
        users = pd.Index([f"u{one}" for one in range(500_000)], dtype="str")
        totals.add(users, [np.full(len(users), float(number))] * 3)

    users, (added, least, most) = totals.all()

    assert len(users) == 500_000
    assert (set(added), set(least), set(most)) == ({10.0}, {0.0}, {4.0})

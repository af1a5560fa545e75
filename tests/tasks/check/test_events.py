"""Rules on events in a campaign: what their table must have, and what is told of it."""

from __future__ import annotations

import pandas as pd
import pytest

from blocks.mistake import AuthorMistake
from tasks.check.explain_user import explain_user
from tasks.check.selecting import select_users

EVENTS = """\
user_id,event,time,amount,details
ada,buy,2026-06-29,5,"{""genre"": ""sci-fi""}"
ada,buy,2026-06-01,7,"{""genre"": ""drama""}"
bob,buy,2026-06-28,1,{
"""


@pytest.fixture
def offer_of(tmp_path, campaign_of):
    """Return a function that makes a campaign with an event table and one rule."""
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")

    def make(rule=None, **events):
        table = {"source": str(tmp_path / "events.csv"), "unreadable_percent": 100} | events
        segment = {"all": [{"event": "buy"} | rule]} if rule is not None else {}
        return campaign_of(segment=segment, events=table)

    return make


@pytest.fixture
def now(prepared_of):
    return prepared_of().now


def selected(campaign, now):
    return select_users(campaign, now=now)


def faults(campaign, now):
    with pytest.raises(AuthorMistake) as caught:
        select_users(campaign, now=now)
    return [str(one) for one in caught.value.faults]


def test_users_are_selected_by_what_they_did(offer_of, now):
    sum_of = {"measure": "sum", "operator": "is at least", "value": 6, "last_days": 60}
    drama = {"parameters": [{"parameter": "genre", "operator": "is", "value": "drama"}]}

    summed = selected(offer_of(sum_of, value="amount"), now)
    filtered = selected(offer_of(drama | {"operator": "is not set"}, parameters="details"), now)

    assert summed.users["user_id"].tolist() == ["ada"]
    assert filtered.users["user_id"].tolist() == ["bob", "cleo"]


def test_what_cannot_be_read_is_a_warning(offer_of, now):
    drama = {"parameters": [{"parameter": "genre", "operator": "is set"}]}

    found = selected(offer_of(drama, parameters="details"), now)

    assert found.warnings == (
        "events: 1 of 3 events have parameters that are no JSON object: '{' of the user 'bob'; "
        "they have no parameters",
    )


def test_too_much_that_cannot_be_read_is_a_fault(offer_of, now):
    drama = {"parameters": [{"parameter": "genre", "operator": "is set"}]}

    (told,) = faults(offer_of(drama, parameters="details", unreadable_percent=33), now)

    assert told.startswith("events.parameters: 1 of 3 events have parameters that are no JSON")
    assert told.endswith("(events.unreadable_percent allows 33 %)")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("period", [{}, {"last_days": 7}, {"since": "2026-06-29"}])
@pytest.mark.parametrize("event", ["buy", "*"])
def test_the_share_without_a_time_is_of_the_events_of_all_times(
    campaign_of, tmp_path, now, kind, period, event
):
    days = pd.to_datetime(["2026-06-29"] * 10 + ["2026-01-01"] * 90, utc=True)
    frame = pd.DataFrame({"user_id": "ada", "event": ["buy"] * 99 + ["look"], "time": days})
    frame.loc[97:, "time"] = pd.NaT
    source = tmp_path / f"events.{kind}"
    # Groups of rows that hold none of the period are not even read.
    frame.to_csv(source) if kind == "csv" else frame.to_parquet(source, row_group_size=10)
    rule = {"event": event, "measure": "last", "operator": "is set"} | period

    def campaign(percent):
        events = {"source": str(source), "unreadable_percent": percent}
        return campaign_of(segment={"all": [rule]}, events=events)

    undated, all_of_them = (3, 100) if event == "*" else (2, 99)
    (told,) = selected(campaign(3.1), now).warnings
    (fault,) = faults(campaign(1.9), now)

    assert told == f"events: {undated} have no time that can be read; they are in no period"
    assert fault == (
        f"events.time: {undated} of {all_of_them} events have no time that can be read "
        "(events.unreadable_percent allows 1.9 %)"
    )


def test_an_event_that_nobody_did_is_a_warning(offer_of, now):
    found = selected(offer_of({"event": "party"}), now)

    assert found.warnings == ("segment: no user has an event 'party' that counts",)


def test_names_that_no_event_has_are_warned_of(offer_of, now):
    # In JSON only the rows tell which parameters there are.
    asks = {"parameters": [{"parameter": "genra", "operator": "is not set"}]}

    parameter = selected(offer_of(asks, parameters="details"), now)
    event = selected(offer_of({"event": "bui"}), now)

    assert "events: none has a parameter 'genra'" in parameter.warnings
    (told,) = event.warnings
    assert told == "segment: no user has an event 'bui' that counts (did you mean 'buy'?)"


def test_that_nobody_did_anything_is_a_warning_too(offer_of, now):
    found = selected(offer_of({"event": "*", "since": "2026-06-30"}), now)

    assert found.warnings == ("segment: no user has an event that counts",)


def test_properties_without_a_column_are_told_by_the_events(offer_of, campaign_of, now):
    asks = {"criterion": "lifetime value", "operator": "is at least", "value": 12}
    events = offer_of({}, value="amount", purchase="buy").events

    found = selected(campaign_of(segment={"all": [asks]}, events=events), now)
    told = explain_user(campaign_of(segment={"all": [asks]}, events=events), "bob", now=now)

    assert found.users["user_id"].tolist() == ["ada"]
    assert [(one.met, one.value) for one in told.verdicts] == [(False, "1.0")]


@pytest.mark.parametrize("criterion", ["minutes in app", "lifetime value"])
def test_what_events_cannot_tell_wants_a_column(offer_of, campaign_of, now, criterion):
    segment = {"all": [{"criterion": criterion, "operator": "is at least", "value": 1}]}

    # Events without a value have no lifetime value.
    (told,) = faults(campaign_of(segment=segment, events=offer_of({}).events), now)

    assert f"the user table has no column '{criterion.replace(' ', '_')}'" in told


def test_a_property_that_is_mapped_is_never_read_of_the_events(offer_of, campaign_of, now):
    segment = {"all": [{"criterion": "sessions", "operator": "is set"}]}
    campaign = campaign_of(segment=segment, events=offer_of({}).events)
    mapped = campaign.users.model_copy(update={"properties": {"sessions": "visits"}})

    (told,) = faults(campaign.model_copy(update={"users": mapped}), now)

    assert "users.properties maps it to 'visits'" in told


def test_rules_on_events_want_an_event_table(campaign_of, now):
    assert faults(campaign_of(segment={"all": [{"event": "buy"}]}), now) == [
        "segment.all.0.event: the campaign names no event table "
        "(name it as events: {source: ...}, or with --events)"
    ]


def test_measures_of_a_value_want_one(offer_of, now):
    rule = {"measure": "average", "operator": "is at least", "value": 2}

    assert faults(offer_of(rule), now) == [
        "segment.all.0.measure: the event table maps no value "
        "(name its column as events.value, or a parameter as 'of')"
    ]


def test_parameters_that_events_cannot_have_are_told(offer_of, now):
    rule = {
        "measure": "sum",
        "of": "amuont",
        "operator": "is at least",
        "value": 2,
        "parameters": [{"parameter": "zzz", "operator": "is set"}],
    }

    assert faults(offer_of(rule), now) == [
        "segment.all.0.parameters.0.parameter: events have no parameter 'zzz'",
        "segment.all.0.of: events have no parameter 'amuont' (did you mean 'amount'?)",
    ]
    assert selected(offer_of(rule, parameters="details"), now).users.empty


def test_a_wrong_event_table_is_told_once_whether_a_rule_reads_it_or_not(offer_of, now):
    told = "events.time: the event table has no column 'tine' (did you mean 'time'?)"

    assert faults(offer_of(time="tine"), now) == [told]
    assert faults(offer_of({"operator": "is set"}, time="tine"), now) == [told]


def test_preparing_tells_faults_of_the_message_and_of_the_event_table_together(prepared_of):
    with pytest.raises(AuthorMistake) as caught:
        prepared_of(message={"url": "https://x.example/${GONE}"}, events={"source": "nowhere.csv"})

    fields = [fault.field for fault in caught.value.faults]
    assert fields == ["message.url", "events.source"]


def test_a_prepared_campaign_needs_its_event_table(prepared_of):
    with pytest.raises(AuthorMistake, match=r"there is no file nowhere\.csv"):
        prepared_of(events={"source": "nowhere.csv"})

"""What users did, from the event table, as templates see it: with preview, dry run and send."""

from __future__ import annotations

import pytest

from blocks.mistake import AuthorMistake
from tasks.check.dry_run import dry_run

EVENTS = """\
user_id,event,time,amount
ada,buy,2026-06-29T10:00:00Z,5
ada,buy,2026-01-01T10:00:00Z,7.5
ada,open,2026-06-30T11:00:00Z,
bob,buy,2026-06-30T11:59:59Z,0.1
"""


@pytest.fixture
def prepared_with(tmp_path, prepared_of):
    """Return a function that prepares a campaign with an event table and one template."""
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")

    def prepare(template, *, segment=None, **events):
        message = {
            "url": "https://h.example/",
            "headers": {"Content-Type": "text/plain"},
            "body": template,
        }
        table = {
            "source": str(tmp_path / "events.csv"),
            "value": "amount",
            "session": "open",
            "purchase": "buy",
        }
        table |= events
        return prepared_of(message=message, events=table, segment=segment or {})

    return prepare


def bodies(prepared) -> list[str | None]:
    found: list[str | None] = []
    dry_run(
        prepared,
        sample=0,
        bodies=True,
        rows=lambda rows: found.extend(one.body or one.reason for one in rows),
    )
    return found


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ occurrencesOf['buy'] }}", ["2", "1", "0"]),
        ('{{Recent occurrences "buy" "30"}}', ["1", "1", "0"]),
        ("{{ valueOf.buy }}", ["12.5", "0.1", "0"]),
        (
            "{{ lastOccurrenceOf['buy'] | date('%d %b') }}",
            ["29 Jun", "30 Jun", "body: lastOccurrenceOf['buy'] is missing"],
        ),
        (
            "{{ firstOccurrenceOf['buy'] | default('never') }}",
            ["2026-01-01T10:00:00+00:00", "2026-06-30T11:59:59+00:00", "never"],
        ),
        ("{{ numPriorSessions }} {{ lifetimeValue }}", ["1 12.5", "0 0.1", "0 0"]),
        (
            "{{ firstRun | date('%d %b') }} {{ lastActive | date('%d %b') }}",
            ["01 Jan 30 Jun", "30 Jun 30 Jun", "body: userAttribute['firstRun'] is missing"],
        ),
        ("{{ userAttribute.plan }} {{ occurrencesOf.open }}", ["free 1", "free 0", "pro 0"]),
    ],
)
def test_templates_see_what_users_did(prepared_with, template, expected):
    assert bodies(prepared_with(template)) == expected


def test_only_the_audience_is_measured_and_the_table_keeps_its_order(prepared_with):
    free = {"all": [{"attribute": "plan", "operator": "is", "value": "free"}]}

    prepared = prepared_with("{{User ID}} {{ occurrencesOf.buy }}", segment=free)

    assert bodies(prepared) == ["ada 2", "bob 1"]
    (part,) = prepared.selected()
    assert part.rows["occurrencesOf['buy']"].isna().tolist() == [False, False, True]
    (everybody,) = prepared.everybody()
    assert everybody["occurrencesOf['buy']"].tolist() == [2, 1, 0]


def test_a_segment_asks_of_the_same_events(prepared_with):
    twice = {"all": [{"event": "buy", "operator": "is at least", "value": 2}]}

    prepared = prepared_with("{{ valueOf.buy }}", segment=twice)

    assert bodies(prepared) == ["12.5"]


def test_every_column_of_a_computed_name_includes_what_is_measured(prepared_with):
    prepared = prepared_with("{{ userAttribute[userAttribute.plan] | d }}{{ occurrencesOf.buy }}")

    assert bodies(prepared) == ["2", "1", "0"]
    assert "occurrencesOf['buy']" not in prepared.columns.load


def test_an_event_that_nobody_did_is_a_warning_of_the_message(prepared_with):
    prepared = prepared_with("{{ occurrencesOf.bye }}")

    told = dry_run(prepared, sample=0)

    assert told.warnings == (
        "message: no user has an event 'bye' that counts (did you mean 'buy'?)",
    )


def test_a_value_that_no_event_has_is_a_mistake(prepared_with):
    with pytest.raises(AuthorMistake, match=r"message\.body: 'valueOf\['buy'\]' is a value"):
        prepared_with("{{ valueOf.buy }}", value="")


def test_without_an_event_table_the_mistake_says_what_would_mend_it(prepared_of):
    with pytest.raises(AuthorMistake, match=r"events: \{source: \.\.\.\}"):
        prepared_of(message={"url": "https://h.example/{{ occurrencesOf.buy }}"})

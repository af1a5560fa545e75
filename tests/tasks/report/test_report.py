"""What people are told about a run, in numbers, lines and Markdown."""

from dataclasses import replace

from tasks.report.markdown import summary
from tasks.report.report import Report
from tasks.report.text import lines

FINISHED = Report(
    run_key="offer-1",
    campaign="Offer",
    audience=1000,
    delivered=960,
    failed=30,
    suppressed=10,
    held=0,
    in_doubt=0,
    pending=0,
    attempts=1050,
    by_status={"200": 960, "503": 60, "404": 30},
    reasons={"failed: HTTP 404": 30, "suppressed: url: no host": 10},
    balanced=True,
    seconds=2.0,
)
FUNNEL = {
    "rows": 7043,
    "selected": 1000,
    "steps": [
        {"words": 'Plan is "a|b"', "field": "segment.all.0", "removed": 6000, "left": 1043},
        {"words": "x" * 90, "field": "segment.any", "removed": 43, "left": 1000},
    ],
}
STOPPED = replace(FINISHED, delivered=500, in_doubt=20, pending=440, balanced=False)


def test_the_counts_are_told_in_one_sentence():
    assert FINISHED.sentence == (
        "1,000 in the audience: 960 delivered, 30 failed, 10 suppressed; balanced"
    )
    assert STOPPED.sentence.endswith("10 suppressed, 20 in doubt, 440 pending; not balanced")


def test_a_report_is_the_documented_object():
    documented = (
        "run_key campaign audience delivered failed suppressed held in_doubt pending attempts"
        " by_status reasons balanced seconds funnel"
    )

    assert " ".join(FINISHED.as_dict()) == documented


def test_the_rate_is_of_attempts():
    assert FINISHED.rate == 525.0
    assert replace(FINISHED, seconds=0.0).rate == 0.0


def test_a_terminal_shows_bars_answers_and_reasons():
    told = "\n".join(lines(FINISHED))

    assert "  delivered        960    96.0%  #############################\n" in told
    assert "  audience       1,000   balanced: everyone is accounted for" in told
    assert "  1,050 attempts in 2.0 s (525 a second)" in told
    assert "\n  answers\n        960  200\n" in told
    assert "\n         30  failed: HTTP 404\n" in told
    assert "held" not in told


def test_a_terminal_shows_how_the_audience_came_to_be():
    told = "\n".join(lines(replace(FINISHED, funnel=FUNNEL)))

    assert "\n  selection\n      7,043  in the user table\n" in told
    assert '\n     -6,000  Plan is "a|b"\n' in told
    assert f"\n        -43  {'x' * 63}..." in told
    assert "selection" not in "\n".join(lines(FINISHED))


def test_what_is_to_be_known_of_a_selection_is_told_with_it():
    report = replace(FINISHED, funnel=FUNNEL | {"warnings": ["segment: a|b is nobody"]})

    assert "  warning: segment: a|b is nobody" in lines(report)
    assert "\n\nWarning: segment: a\\|b is nobody\n" in summary(report)


def test_a_terminal_says_what_is_still_owed():
    told = "\n".join(lines(STOPPED))

    assert "not balanced: 460 still owed" in told
    assert "  in doubt          20" in told


def test_a_rule_of_thousands_of_ids_is_whole_only_in_the_object():
    words = "user id is " + " or ".join(f"|{number}" for number in range(5000))
    step = {"words": words, "field": "segment.all.0", "removed": 1, "left": 2}
    report = replace(FINISHED, funnel={"rows": 3, "selected": 2, "steps": [step]})

    shown = words[:197].replace("|", "\\|")

    assert f"| {shown}... | 2 | 1 |" in summary(report)
    assert f"         -1  {words[:63]}..." in lines(report)
    assert report.as_dict()["funnel"]["steps"][0]["words"] == words


def test_an_empty_audience_is_no_trouble():
    empty = replace(
        FINISHED, audience=0, delivered=0, failed=0, suppressed=0, by_status={}, reasons={}
    )

    assert "answers" not in "\n".join(lines(empty))
    assert "Reason" not in summary(empty)


def test_markdown_has_a_table_of_outcomes_and_reasons():
    told = summary(FINISHED)

    assert "Run `offer-1` is balanced." in told
    assert "| delivered | 960 |" in told
    assert "| **audience** | 1,000 |" in told
    assert "| failed: HTTP 404 | 30 |" in told
    assert "**not balanced**" in summary(STOPPED)


def test_markdown_has_a_table_of_how_the_audience_came_to_be():
    told = summary(replace(FINISHED, funnel=FUNNEL))

    assert "| user table | 7,043 | |" in told
    assert '| Plan is "a\\|b" | 1,043 | 6,000 |' in told
    assert f"| {'x' * 90} | 1,000 | 43 |" in told
    assert "Taken out" not in summary(FINISHED)


def test_markdown_of_ours_cannot_be_broken_by_a_name():
    told = summary(replace(FINISHED, campaign="a|b <script>"))

    assert "a\\|b &lt;script>" in told

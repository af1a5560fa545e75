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
STOPPED = replace(FINISHED, delivered=500, in_doubt=20, pending=440, balanced=False)


def test_the_counts_are_told_in_one_sentence():
    assert FINISHED.sentence == (
        "1,000 in the audience: 960 delivered, 30 failed, 10 suppressed; balanced"
    )
    assert STOPPED.sentence.endswith("10 suppressed, 20 in doubt, 440 pending; not balanced")


def test_a_report_is_the_documented_object():
    documented = (
        "run_key campaign audience delivered failed suppressed held in_doubt pending attempts"
        " by_status reasons balanced seconds"
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


def test_a_terminal_says_what_is_still_owed():
    told = "\n".join(lines(STOPPED))

    assert "not balanced: 460 still owed" in told
    assert "  in doubt          20" in told


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


def test_markdown_of_ours_cannot_be_broken_by_a_name():
    told = summary(replace(FINISHED, campaign="a|b <script>"))

    assert "a\\|b &lt;script>" in told

"""The README states what was measured last, and every figure that is held to a bar."""

import json

import pytest

from benchmarks.readme import README, RESULTS, WORDS, written
from benchmarks.report import KNOWN


def test_the_readme_states_what_was_measured_last():
    readme = README.read_text(encoding="utf-8")
    results = json.loads(RESULTS.read_text(encoding="utf-8"))

    if results["kind"] != "full":
        pytest.skip("what was measured last is too small for the README")
    assert readme == written(readme, results), "make docs writes it"


def test_every_figure_with_a_bar_is_stated():
    # This one is a side of the wave's figure: who waits for whom.
    beside = {"last_first_attempt_vs_first_retry"}

    assert {name for name, known in KNOWN.items() if known[1]} - beside <= WORDS.keys()


def test_results_are_sentences_with_their_bars():
    readme = "Fast.\n<!-- results -->\nold\n<!-- end of results -->\nSmall.\n"
    results = {
        "machine": {"cores": 2, "processor": "AMD EPYC", "python": "3.11.7"},
        "figures": {"vs_celery": 4.26, "million_s": 200.4},
    }

    assert written(readme, results).splitlines() == [
        "Fast.",
        "<!-- results -->",
        "On 2 cores of an AMD EPYC, Python 3.11.7:",
        "",
        "| result | is to be | figure |",
        "|---|---|---|",
        "| two processes reach 4.3 times the rate of Celery with Redis, two processes too "
        "| at least 4 | `vs_celery` |",
        "| a million users take 200 s in one process |  | `million_s` |",
        "<!-- end of results -->",
        "Small.",
    ]

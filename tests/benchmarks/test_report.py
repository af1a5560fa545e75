"""The figures are printed as a table and written as JSON."""

import io
import json

import pytest
from rich.console import Console

from benchmarks import report
from benchmarks.scenarios import SCENARIOS, NoSuchFigure, chosen


@pytest.mark.parametrize(
    ("bound", "value", "holds"),
    [
        (">= 4", 4.0, True),
        (">= 4", 3.99, False),
        ("<= 1.15", 1.15, True),
        ("<= 1.15", 1.16, False),
        ("", 1e9, True),
    ],
)
def test_a_bound_holds_or_not(bound, value, holds):
    assert report.holds(bound, value) is holds


def test_the_table_begins_with_ratios_and_says_what_each_is_to_be():
    printed = io.StringIO()

    Console(width=120, file=printed).print(
        report.table({"million_s": 250.0, "vs_celery": 5.123}, title="Figures")
    )

    lines = printed.getvalue().splitlines()
    ratio = next(line for line in lines if "vs_celery" in line)
    assert "5.12 x" in ratio
    assert ">= 4" in ratio
    assert lines.index(ratio) < next(n for n, line in enumerate(lines) if "million_s" in line)


def test_what_is_measured_alone_is_written_beside_the_rest_of_its_kind(tmp_path):
    path = tmp_path / "made" / "results.json"
    old = {"kind": "full", "figures": {"a": 1.0, "b": 1.0}, "details": {}, "went_wrong": {}}

    report.write(path, old, added=False)
    report.write(path, {**old, "figures": {"b": 2.0}}, added=True)

    assert json.loads(path.read_text())["figures"] == {"a": 1.0, "b": 2.0}


def test_figures_of_another_kind_are_replaced(tmp_path):
    path = tmp_path / "results.json"
    old = {"kind": "quick", "figures": {"a": 1.0}, "details": {}, "went_wrong": {}}

    report.write(path, old, added=False)
    report.write(path, {**old, "kind": "full", "figures": {"b": 2.0}}, added=True)

    assert json.loads(path.read_text())["figures"] == {"b": 2.0}


def test_a_scenario_is_chosen_by_its_name_or_a_figures():
    assert [one.name for one in chosen(["vs_celery", "history"])] == ["celery_tasks", "history"]
    assert chosen([]) == list(SCENARIOS)


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(NoSuchFigure, match=r"no figure is called speed; .*vs_celery"):
        chosen(["speed"])


def test_every_figure_with_a_bound_belongs_to_a_scenario():
    bound = {name for name, (_, limit, _) in report.KNOWN.items() if limit}

    assert bound <= {name for one in SCENARIOS for name in one.figures}

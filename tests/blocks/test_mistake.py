"""Mistakes are told in one line a fault, with the nearest right word."""

import pickle
from pathlib import Path

import pytest

from blocks.mistake import AuthorMistake, Fault, nearest, nearest_file


def test_a_fault_is_told_as_file_field_fault_and_hint():
    assert str(Fault("name", "is required", file="a.yaml:1")) == "a.yaml:1: name: is required"
    assert str(Fault("nme", "no such field", hint="did you mean 'name'?")) == (
        "nme: no such field (did you mean 'name'?)"
    )


def test_a_mistake_tells_each_of_its_faults_in_a_line():
    mistake = AuthorMistake([Fault("a", "is wrong"), Fault("b", "is wrong too")])

    assert str(mistake) == "a: is wrong\nb: is wrong too"


def test_the_file_is_named_where_a_fault_names_none():
    mistake = AuthorMistake([Fault("a", "x"), Fault("b", "y", file="b.csv")]).within(file="c.yaml")

    assert [fault.file for fault in mistake.faults] == ["c.yaml", "b.csv"]


def test_a_mistake_survives_the_way_to_another_process():
    mistake = AuthorMistake.of("a", "is wrong", file="f", hint="h")

    assert pickle.loads(pickle.dumps(mistake)).faults == mistake.faults


@pytest.mark.parametrize(
    ("word", "hint"),
    [("Contrct", "did you mean 'Contract'?"), ("contract", "did you mean 'Contract'?"), ("q", "")],
)
def test_the_nearest_known_word_is_suggested(word, hint):
    assert nearest(word, ["Contract", "tenure"]) == hint


def test_a_word_in_the_same_case_is_nearer():
    assert nearest("purchse", ["purchase", "Purchase"]) == "did you mean 'purchase'?"
    assert nearest("Purchse", ["Purchase", "purchase"]) == "did you mean 'Purchase'?"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("stuff.yaml", "did you mean 'Staff.yml'?"), ("nope.yaml", ""), ("q.yaml", "")],
)
def test_the_file_with_the_nearest_name_is_suggested_whatever_the_endings(name, hint):
    beside = [Path("Staff.yml"), Path("s9.yaml"), Path("bom.txt")]

    assert nearest_file(Path("lists") / name, beside) == hint

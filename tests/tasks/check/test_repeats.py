"""Repetitions are counted exactly while there is room, and from a known share beyond."""

import pytest

from tasks.check.repeats import Repeats


def repeated(texts, **given):
    repeats = Repeats(**given)
    for place, text in enumerate(texts):
        repeats.add(text.encode(), f"u-{place}")
    return repeats.told()


def test_texts_are_counted_and_the_most_frequent_shown_with_the_first_who_gets_it():
    told = repeated(["a", "b", "c", "b", "a", "b"])

    assert (told.different, told.shared, told.exact) == (3, 5, True)
    assert told.most == ((3, "u-1"), (2, "u-0"))


def test_of_nobody_there_is_nothing_to_tell():
    told = repeated([])

    assert (told.different, told.shared, told.most) == (0, 0, ())


def test_who_came_late_is_not_remembered_and_not_made_up(monkeypatch):
    monkeypatch.setattr("tasks.check.repeats.REMEMBERED", 1)

    assert repeated(["a", "b", "b"]).most == ((2, ""),)


def test_of_more_than_there_is_room_for_a_share_tells_about_how_many():
    told = repeated([str(number) for number in range(20_000) for _ in range(3)], most=8_000)

    assert not told.exact
    assert told.different == pytest.approx(20_000, rel=0.1)
    assert told.shared == told.different * 3
    assert told.most[0][0] == 3


def test_the_room_is_kept():
    repeats = Repeats(most=1_000)
    for number in range(10_000):
        repeats.add(b"%d" % number, "u")

    assert len(repeats._hashes) <= 1_000

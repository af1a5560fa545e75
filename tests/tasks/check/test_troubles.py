"""Troubles are counted by field and value, and take bounded memory."""

from tasks.check import troubles
from tasks.check.troubles import Troubles, as_values, shortened


def counted(*added):
    found = Troubles()
    for field, fault, value, user_id in added:
        found.add(field, fault, value=value, user_id=user_id)
    return found.told()


def test_the_most_frequent_comes_first_with_its_values_and_whom_it_hits():
    many = [("body", "breaks", f"x={place % 2}", f"u-{place}") for place in range(5)]

    first, second = counted(("url", "is none", "y=1", "ada"), *many)

    assert (first.field, first.fault, first.count) == ("body", "breaks", 5)
    assert first.values == {"x=0": 3, "x=1": 2}
    assert first.users == ("u-0", "u-1", "u-2")
    assert (second.field, second.count, second.users) == ("url", 1, ("ada",))


def test_values_that_are_not_shown_are_counted_together():
    (only,) = counted(*(("body", "breaks", f"x={place}", "u") for place in range(8)))

    assert list(only.values.values()) == [1, 1, 1, 1, 1, 3]
    assert "other values" in only.values


def test_values_beyond_the_room_are_counted_together(monkeypatch):
    monkeypatch.setattr(troubles, "MOST_VALUES", 2)

    (only,) = counted(*(("body", "breaks", f"x={place}", "u") for place in range(9)))

    assert only.values == {"other values": 7, "x=0": 1, "x=1": 1}


def test_troubles_beyond_the_room_are_counted_together(monkeypatch):
    monkeypatch.setattr(troubles, "MOST_TROUBLES", 1)

    found = counted(*(("body", f"breaks {place}", "", "u") for place in range(3)))

    assert [(one.fault, one.count) for one in found] == [("and more", 2), ("breaks 0", 1)]


def test_the_attributes_of_a_text_are_named_and_long_ones_cut():
    told = as_values({"b": None, "a": "x" * 99, "c": 1}, frozenset({"a", "b"}))

    assert told == f"a='{'x' * 59}..., b=None"
    assert shortened("short") == "'short'"

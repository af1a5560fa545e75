"""A share below 1 per cent is likely meant as a fraction, unless its % is written."""

import pytest

from blocks.segment import Segment
from tasks.segment.share import tiny_shares


def share(value):
    return {"criterion": "random share", "value": value}


@pytest.mark.parametrize("value", [0.1, "0.25"])
def test_a_fraction_is_warned_of_with_what_it_means(value):
    segment = Segment(all=({"attribute": "x", "operator": "is", "value": 0.1}, share(value)))

    assert list(tiny_shares(segment, {})) == [
        f"segment.all.1.value: {value} is {value} % of the users; 10 means 10 %"
    ]


@pytest.mark.parametrize("value", [0, 1, 10, "0.1%", "10%"])
def test_a_percentage_is_taken_as_it_is(value):
    assert list(tiny_shares(Segment(all=(share(value),)), {})) == []


def test_shares_of_saved_segments_are_warned_of_too():
    saved = {"gold.yaml": Segment(none=(share(0.5),))}

    assert list(tiny_shares(Segment(), saved)) == [
        "none.0.value: 0.5 is 0.5 % of the users; 10 means 10 %"
    ]

"""A field is found in the YAML file in which it was written."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from blocks.yaml_places import location_of, place

TEXT = """\
name: Offer
message:
  data:
    a.b: "1"
    a.b.c: "2"
    a: "3"
segment:
  all:
    - {attribute: x}
    - attribute: y
      value: 3
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("name", 1),
        ("message.url", 2),
        ("message.data.a.b", 4),
        ("message.data.a.b.c", 5),
        ("message.data.a", 6),
        ("message.data.ab", 3),
        ("segment.all.0.attribute", 9),
        ("segment.all.1.value", 11),
        ("segment.all.7", 8),
        ("segment.all.0.attribute.more", 9),
        ("delivery", 1),
    ],
)
def test_a_field_stands_in_the_line_of_the_deepest_part_that_is_there(field, line):
    node = YAML(typ="safe", pure=True).compose(TEXT)

    assert place(Path("offer.yaml"), node, location_of(node, field)) == f"offer.yaml:{line}"


def test_what_lies_deeper_than_the_file_stands_in_the_line_of_what_is_there():
    node = YAML(typ="safe", pure=True).compose(TEXT)

    assert place(Path("offer.yaml"), node, ["message", "data", "a", 0]) == "offer.yaml:6"


def test_an_empty_file_has_one_line():
    assert place(Path("offer.yaml"), None, location_of(None, "name")) == "offer.yaml:1"


def test_what_came_from_no_file_has_no_place():
    assert place(None, None, ["name"]) == ""

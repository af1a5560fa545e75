"""Where something stands in a template, as faults tell it."""

from __future__ import annotations

import pytest
from jinja2 import TemplateSyntaxError, nodes

from tasks.render.environment import MessageEnvironment
from tasks.render.spots import told

SPOTS = [
    ("{{ a | upper }}", "line 1, column 8"),
    ("x {{ a\n  | upper }}", "line 2, column 5"),
    ("x\r\n{{ a | upper }}", "line 2, column 8"),
    ("{% if a -%}\n \n  {{- a | upper -}} \n{%- endif %}", "line 3, column 11"),
    ("{# {{ a #}{% raw %}{{ a | upper }}{% endraw %}{{ a | upper }}", "line 1, column 54"),
    ('{{ "a | upper" | upper }}', "line 1, column 18"),
]


@pytest.mark.parametrize(("template", "spot"), SPOTS)
def test_a_filter_stands_at_a_line_and_a_column(template: str, spot: str):
    (found,) = (
        node.lineno
        for node in MessageEnvironment().parse(template).find_all(nodes.Filter)
        if node.name == "upper"
    )

    assert told(found) == spot


def test_a_line_that_knows_no_column_is_told_alone():
    assert told(3) == "line 3"


@pytest.mark.parametrize(
    ("template", "spot"),
    [("a\n{{ § }}", "line 2, column 4"), ("{{ a }} {{ 'b }}", "line 1, column 12")],
)
def test_a_sign_that_is_none_of_the_language_stands_at_a_line_and_a_column(
    template: str, spot: str
):
    with pytest.raises(TemplateSyntaxError, match="unexpected char") as caught:
        MessageEnvironment().parse(template)

    assert told(caught.value.lineno) == spot

"""Built-in variables are columns: those that rules on the same properties look at."""

import pytest

from blocks.message import Message
from blocks.user_properties import PROPERTIES
from tasks.render.built_in import PROPERTY_OF, built_in_columns
from tasks.render.message import compile_message
from tasks.render.request import Recipient
from tasks.render.variables import BUILT_IN


@pytest.mark.parametrize(
    ("properties", "known", "column"),
    [
        ({}, {"appVersion"}, None),
        ({}, {"app_version"}, "app_version"),
        ({}, {"app version"}, "app version"),
        ({}, {"app_version", "appVersion"}, "app_version"),
        ({"app version": "ver"}, {"ver", "app_version"}, "ver"),
        ({"app version": "gone"}, {"app_version"}, "gone"),
        ({}, {"other"}, None),
    ],
)
def test_a_variable_has_the_column_of_its_property(properties, known, column):
    assert built_in_columns(properties, known=known).get("appVersion") == column


def test_every_property_is_one_and_every_variable_is_built_in():
    assert set(PROPERTY_OF.values()) <= set(PROPERTIES)
    assert PROPERTY_OF.keys() <= BUILT_IN


def test_templates_read_that_column_unless_they_set_the_name_themselves():
    body = "{{ appVersion }} {{ country }} {% set city = 'Rome' %}{{ city }}"
    message = compile_message(
        Message(url="https://a.example/", headers={"Content-Type": "text/plain"}, body=body),
        environ={},
        now=0.0,
        built_in={"appVersion": "ver", "city": "town"},
    )

    assert message.attributes == frozenset({"ver", "country"})
    request = message.render(Recipient("ada", {"ver": "1.2", "country": "BG"}, "wh_1"))
    assert request.body == b"1.2 BG Rome"

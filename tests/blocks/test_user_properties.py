"""Built-in properties: which column of a user table holds each."""

import pytest
from pydantic import ValidationError

from blocks.user_properties import property_column
from blocks.user_table import UserTable


def table(properties):
    return UserTable(source="users.csv", id="id", properties=properties)


def test_properties_are_written_with_blanks_or_underscores():
    assert table({"app_version": "build", "country": "Land"}).properties == {
        "app version": "build",
        "country": "Land",
    }


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"contry": "Land"}, "'contry' is no property of users, did you mean 'country'?"),
        ({"xyz": "Land"}, "'xyz' is no property of users, known: first run, last active"),
        ("country", "Input should be a valid dictionary"),
    ],
)
def test_a_property_that_is_not_known_is_told_with_the_nearest(properties, told):
    with pytest.raises(ValidationError) as caught:
        table(properties)

    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("known", "properties", "column"),
    [
        (["app_version"], {}, "app_version"),
        (["app version"], {}, "app version"),
        (["build", "app_version"], {"app version": "build"}, "build"),
        (["app_version"], {"app version": "gone"}, None),
        (["version"], {}, None),
    ],
)
def test_a_property_that_is_not_mapped_is_a_column_of_its_name(known, properties, column):
    assert property_column("app version", properties=properties, known=known) == column

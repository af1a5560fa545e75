"""Which column of the user table holds a built-in variable of the templates."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from blocks.segment_subject import Property
from blocks.user_properties import property_column

# Variables of templates, by the names that Leanplum gives them, and the properties they are.
PROPERTY_OF: Mapping[str, Property] = {
    "appVersion": "app version",
    "browserName": "browser name",
    "browserVersion": "browser version",
    "city": "city",
    "country": "country",
    "deviceModel": "device",
    "firstRun": "first run",
    "language": "language",
    "lastActive": "last active",
    "lifetimeValue": "lifetime value",
    "locale": "locale",
    "minutesSpentInApp": "minutes in app",
    "numPriorSessions": "sessions",
    "region": "region",
    "systemName": "os name",
    "systemVersion": "os version",
    "timezone": "time zone",
}


def built_in_columns(properties: Mapping[str, str], *, known: Collection[str]) -> dict[str, str]:
    """Return the column of each built-in variable whose column has another name.

    `properties` maps properties to columns; of those that are not mapped, the column is the one
    that rules on the property look at, or has the variable's own name. A part of the table gives
    the same answer as the whole, as long as the columns that were found are in it.
    """
    found = {}
    for variable, name in PROPERTY_OF.items():
        column = properties.get(name) or property_column(name, properties={}, known=known)
        if column and column != variable:
            found[variable] = column
    return found

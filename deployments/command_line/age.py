"""Read lengths of time as a person types them: `90d`."""

from __future__ import annotations

import re

import typer

_SECONDS = {"h": 3_600, "d": 86_400, "w": 604_800}


def seconds_of(age: str) -> float:
    """Return the seconds of a whole number of hours, days or weeks: `12h`, `90d`, `8w`.

    Raises BadParameter for anything else.
    """
    found = re.fullmatch(r"(\d{1,6})([hdw])", age.strip())
    if found is None:
        raise typer.BadParameter(f"'{age}' is not an age such as 90d, 12h or 8w")
    return float(int(found[1]) * _SECONDS[found[2]])

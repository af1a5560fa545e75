"""Check bodies against a JSON Schema, which is compiled once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import jsonschema_rs

from blocks.mistake import AuthorMistake
from tasks.check.troubles import shortened

FIELD = "schema"


class Misfit(NamedTuple):
    """The first thing that does not fit: where and why, and the value that is there, shortened."""

    fault: str
    value: str


BodyCheck = Callable[[bytes], Misfit | None]


def body_check(schema: Any) -> BodyCheck:
    """Return a function that looks for what in a body does not fit a schema.

    What the schema only refers to by an address is not fetched. Raises AuthorMistake for what is
    no schema.
    """
    try:
        jsonschema_rs.validator_for(schema, retriever=_refuse)
    except ValueError as error:
        fault = str(error).partition("\n")[0]
        raise AuthorMistake.of(FIELD, f"it is no JSON Schema that can be used: {fault}") from None

    # Masked, a fault tells no user's value, so that equal faults are counted together.
    validator = jsonschema_rs.validator_for(schema, mask="the value", retriever=_refuse)

    def check(body: bytes) -> Misfit | None:
        try:
            value = json.loads(body)
        except ValueError:
            return Misfit("it is not JSON", shortened(body.decode(errors="replace")))
        if validator.is_valid(value):
            return None
        error = next(iter(validator.iter_errors(value)))
        return Misfit(f"{_path(error.instance_path)}: {error.message}", shortened(error.instance))

    return check


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not fetched")


def _path(steps: list[str | int]) -> str:
    """Return where a value is, a star for each place in a list: `$.items[*].price`."""
    return "$" + "".join("[*]" if isinstance(step, int) else f".{step}" for step in steps)

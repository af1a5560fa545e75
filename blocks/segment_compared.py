"""What rules and conditions on parameters share: an operator, and the values it compares with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    field_validator,
)

from blocks.mistake import nearest
from blocks.segment_operator import (
    LISTED,
    OPERATORS,
    SENT,
    VALUELESS,
    Expects,
    Operator,
    fault,
    read,
)
from blocks.segment_value import Ago, Scalar, moment, number

_OF_PARAMETERS = frozenset(OPERATORS) - LISTED - SENT

Value = Scalar | tuple[Scalar, ...] | None
# A form that sends the default of null would be refused, so the value is told as a text.
WrittenValue = Annotated[Value, WithJsonSchema({"type": "string"})]


class Compared:
    """Values read as what an operator compares with."""

    if TYPE_CHECKING:  # a field here would be validated before those of the class that has it
        value: WrittenValue

    @property
    def values(self) -> tuple[Scalar, ...]:
        """Return the values as a tuple: empty, one, or several."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def numbers(self) -> tuple[int | float, ...]:
        """Return the values as numbers; empty unless every value is one."""
        found = [number(value) for value in self.values]
        return tuple(one for one in found if one is not None) if None not in found else ()

    @property
    def moments(self) -> tuple[Ago | datetime, ...]:
        """Return the values as dates, naive where no zone is named; empty unless all are dates."""
        found = [moment(value) for value in self.values]
        return tuple(one for one in found if one is not None) if None not in found else ()


class ParameterFilter(Compared, BaseModel):
    """One condition on a parameter of an event: only the events that match it count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameter: str = Field(
        min_length=1,
        description="The parameter of the event.",
        json_schema_extra={"position": 0},
    )
    operator: Operator = Field(
        title="Parameter operator",
        description="How the parameter is compared with its value.",
        json_schema_extra={
            "position": 1,
            "enum": [one for one in OPERATORS if one in _OF_PARAMETERS],
        },
    )
    value: WrittenValue = Field(
        default=None,
        title="Parameter value",
        validate_default=True,
        description="What the parameter is compared with, as in a rule on an attribute.",
        json_schema_extra={"position": 2},
    )

    @field_validator("operator", mode="before")
    @classmethod
    def _is_an_operator(cls, operator: Any) -> Any:
        return known_operator(operator, _OF_PARAMETERS, of="a parameter")

    @field_validator("value", mode="wrap")
    @classmethod
    def _fits_the_operator(
        cls, value: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Value:
        return fitting(value, info.data.get("operator"), "any")


def known_operator(operator: Any, allowed: Collection[Operator], *, of: str) -> Any:
    """Return the operator; raises ValueError when it is none, or asks nothing sensible."""
    if operator not in OPERATORS:
        known = nearest(str(operator), OPERATORS) or f"known: {', '.join(OPERATORS)}"
        raise ValueError(f"unknown operator {operator!r}, {known}")
    if operator not in allowed:
        fitting = ", ".join(one for one in OPERATORS if one in allowed)
        raise ValueError(f"{operator!r} does not fit {of}; what fits: {fitting}")
    return operator


def fitting(value: Any, operator: Operator | None, expects: Expects) -> Value:
    """Return the value as scalars; raises ValueError when it does not fit the operator."""
    if operator is None:  # told already
        return None
    if operator in VALUELESS:
        if value not in (None, ""):
            raise ValueError(f"'{operator}' takes no value")
        return None
    values = read(operator, value)
    if told := fault(operator, values, expects=expects):
        raise ValueError(told)
    return values if isinstance(value, list | tuple) or len(values) > 1 else values[0]

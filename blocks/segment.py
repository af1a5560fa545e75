"""Who gets a message: rules over user attributes, joined by all, any and none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from blocks.mistake import nearest
from blocks.segment_value import Ago, Scalar, moment, number, written

Operator = Literal[
    "is any",
    "is set",
    "is not set",
    "is",
    "is not",
    "is empty string",
    "contains",
    "does not contain",
    "is greater than",
    "is less than",
    "is at least",
    "is at most",
    "is between",
    "is after",
    "is not after",
    "is before",
    "is not before",
]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
VALUELESS: frozenset[Operator] = frozenset({"is any", "is set", "is not set", "is empty string"})
NUMERIC: frozenset[Operator] = frozenset(
    {"is greater than", "is less than", "is at least", "is at most"}
)
DATED: frozenset[Operator] = frozenset({"is after", "is not after", "is before", "is not before"})
_ON_BUCKET: frozenset[Operator] = NUMERIC | {"is any", "is", "is not", "is between"}
_TEXTUAL: frozenset[Operator] = frozenset({"contains", "does not contain"})

Criterion = Literal["user attribute", "user bucket"]
Value = Scalar | tuple[Scalar, ...] | None


class Rule(BaseModel):
    """One condition on one attribute of a user, or on the user's bucket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The criterion is validated first: what the other fields may hold depends on it.
    criterion: Criterion = Field(
        default="user attribute",
        description="What the rule looks at: a user attribute, or the user bucket (0 to 999, "
        "fixed for each user id).",
        json_schema_extra={"position": 3},
    )
    attribute: str = Field(
        default="",
        validate_default=True,
        description="The column of the user table that the rule reads; empty for the user bucket.",
        json_schema_extra={"position": 0},
    )
    operator: Operator = Field(
        description="How the attribute is compared with the value.",
        json_schema_extra={"position": 1},
    )
    value: Annotated[Value, WithJsonSchema({"type": "string"})] = Field(
        default=None,
        validate_default=True,
        description="What to compare with: a text, a number, a date (2026-01-31) or a relative "
        "date (7 days ago); for 'is between' two of them (5 and 10).",
        json_schema_extra={"position": 2},
    )

    @property
    def values(self) -> tuple[Scalar, ...]:
        """Return the values as a tuple: empty, one, or several."""
        return _several(self.value)

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

    @field_validator("attribute")
    @classmethod
    def _names_a_column(cls, attribute: str, info: ValidationInfo) -> str:
        criterion = info.data.get("criterion")
        if criterion == "user attribute" and not attribute:
            raise ValueError("the rule names no attribute (a column of the user table)")
        if criterion == "user bucket" and attribute:
            raise ValueError("a rule on the user bucket names no attribute")
        return attribute

    @field_validator("operator", mode="before")
    @classmethod
    def _is_an_operator(cls, operator: Any, info: ValidationInfo) -> Any:
        if operator not in OPERATORS:
            known = nearest(str(operator), OPERATORS) or f"known: {', '.join(OPERATORS)}"
            raise ValueError(f"unknown operator {operator!r}, {known}")
        if info.data.get("criterion") == "user bucket" and operator not in _ON_BUCKET:
            raise ValueError(f"the user bucket is a number, {operator!r} does not compare numbers")
        return operator

    @field_validator("value", mode="wrap")
    @classmethod
    def _fits_the_operator(
        cls, value: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Value:
        operator: Operator | None = info.data.get("operator")
        if operator is None:  # told already
            return None
        if operator in VALUELESS:
            if value not in (None, ""):
                raise ValueError(f"'{operator}' takes no value")
            return None
        values = _read(operator, value)
        fault = _count_fault(operator, values) or _type_fault(operator, values)
        if not fault and info.data.get("criterion") == "user bucket":
            fault = _bucket_fault(operator, values)
        if fault:
            raise ValueError(fault)
        return values if isinstance(value, list | tuple) or len(values) > 1 else values[0]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe a rule loosely, so that a nested group is accepted in its place too."""
        schema = handler(core_schema)
        described = handler.resolve_ref_schema(schema)
        described.pop("required", None)
        described.pop("additionalProperties", None)
        return schema


def _rule_or_segment(value: Any, _: ValidatorFunctionWrapHandler) -> Rule | Segment:
    if isinstance(value, Rule | Segment):
        return value
    if isinstance(value, dict) and not Segment.model_fields.keys().isdisjoint(value):
        return Segment.model_validate(value)
    return Rule.model_validate(value)


# The union's own validation is left out: it tells one fault once for every member.
Part = Annotated["Rule | Segment", WrapValidator(_rule_or_segment, json_schema_input_type=Rule)]
# Annotated, so that Prefect, which looks for secrets in all that a block may hold, stops there.
Group = Annotated["Segment", Field()]


class Segment(BaseModel):
    """Rules joined by all, any and none; those that are given must all hold. Empty: every user."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    all: tuple[Part, ...] = Field(
        default=(),
        description="Every one of these rules must match.",
        json_schema_extra={"position": 0},
    )
    any: tuple[Part, ...] = Field(
        default=(),
        description="At least one of these rules must match, if there are any.",
        json_schema_extra={"position": 1},
    )
    none: tuple[Part, ...] = Field(
        default=(),
        description="None of these rules may match; users without the attribute stay in.",
        json_schema_extra={"position": 2},
    )
    groups: Annotated[
        tuple[Group, ...],
        WithJsonSchema(
            {"type": "array", "items": {"type": "object", "additionalProperties": True}}
        ),
    ] = Field(
        default=(),
        description="Nested groups, each with all, any, none; every one of them must match.",
        json_schema_extra={"position": 3},
    )

    def rules(self) -> Iterator[Rule]:
        """Yield every rule, also those of nested groups."""
        for part in (*self.all, *self.any, *self.none, *self.groups):
            if isinstance(part, Rule):
                yield part
            else:
                yield from part.rules()

    def attributes(self) -> set[str]:
        """Return the columns that the rules read; the user bucket reads none but the id."""
        return {rule.attribute for rule in self.rules() if rule.attribute}


def _several(value: Value) -> tuple[Scalar, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _read(operator: Operator, value: Any) -> tuple[Scalar, ...]:
    if value is None:
        raise ValueError(f"'{operator}' needs a value")
    if operator == "is between" and isinstance(value, str):
        value = value.split(" and ")
    return tuple(written(one) for one in (value if isinstance(value, list | tuple) else [value]))


def _count_fault(operator: Operator, values: tuple[Scalar, ...]) -> str:
    if operator == "is between":
        return "" if len(values) == 2 else f"'is between' takes two values, not {len(values)}"
    if operator in NUMERIC | DATED:
        return "" if len(values) == 1 else f"'{operator}' takes one value, not {len(values)}"
    return "" if values else f"'{operator}' needs a value"


def _type_fault(operator: Operator, values: tuple[Scalar, ...]) -> str:
    if operator in NUMERIC:
        return _first(values, number, f"'{operator}' takes a number")
    if operator in DATED:
        return _first(
            values,
            moment,
            f"'{operator}' takes a date (2026-01-31, 2026-01-31T09:00+01:00, 7 days ago)",
        )
    if operator == "is between":
        return _between_fault(values)
    if operator in _TEXTUAL:
        return _first(
            values,
            lambda one: None if isinstance(one, bool) or one == "" else one,
            f"'{operator}' takes a text",
        )
    return ""


def _first(values: tuple[Scalar, ...], read: Any, takes: str) -> str:
    wrong = [value for value in values if read(value) is None]
    return f"{takes}, not {wrong[0]!r}" if wrong else ""


def _between_fault(values: tuple[Scalar, ...]) -> str:
    numbers, moments = [number(v) for v in values], [moment(v) for v in values]
    if None in numbers and None in moments:
        return f"'is between' takes two numbers or two dates, not {values[0]!r} and {values[1]!r}"
    if _reversed(*numbers) or _reversed(*moments):
        return f"'is between' takes the lower bound first, not {values[0]!r} and {values[1]!r}"
    return ""


def _reversed(lower: Any, upper: Any) -> bool:
    """Tell whether two bounds are surely the wrong way round."""
    if isinstance(lower, Ago) and isinstance(upper, Ago):
        return lower.unit == upper.unit and lower.count < upper.count
    if isinstance(lower, datetime) and isinstance(upper, datetime):
        return (lower.tzinfo is None) == (upper.tzinfo is None) and lower > upper
    if isinstance(lower, int | float) and isinstance(upper, int | float):
        return lower > upper
    return False


def _bucket_fault(operator: Operator, values: tuple[Scalar, ...]) -> str:
    highest = 1000 if operator == "is less than" else 999
    for value in values:
        found = number(value)
        if found is None or found != int(found) or not 0 <= found <= highest:
            return f"the user bucket is a whole number from 0 to 999, not {value!r}"
    return ""

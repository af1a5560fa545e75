"""Who gets a message: rules over user attributes, joined by all, any and none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

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
from blocks.segment_operator import ON_BUCKET, OPERATORS, VALUELESS, Operator, fault, read
from blocks.segment_value import Ago, Scalar, moment, number

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
        if info.data.get("criterion") == "user bucket" and operator not in ON_BUCKET:
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
        values = read(operator, value)
        if told := fault(operator, values, on_bucket=info.data.get("criterion") == "user bucket"):
            raise ValueError(told)
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
        # A form that sends the default of null would be refused: null is no text.
        described["properties"]["value"].pop("default", None)
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

"""Who gets a message: rules over user attributes, joined by all, any and none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_serializer,
    field_validator,
)

from blocks.segment_expression import parsed
from blocks.segment_function import Callee, function_name
from blocks.segment_rule import Rule

__all__ = ["Group", "Part", "Rule", "Segment"]


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

    include: tuple[str, ...] = Field(
        default=(),
        title="Include lists",
        description="Files of saved segments (YAML) or user ids; a user must be in all of them.",
        json_schema_extra={"position": 4},
    )
    exclude: tuple[str, ...] = Field(
        default=(),
        title="Exclude lists",
        description="Files of saved segments (YAML) or user ids; a user may be in none of them.",
        json_schema_extra={"position": 5},
    )
    where: str = Field(
        default="",
        description="An expression over columns, as pandas' query has it, that must be true.",
        json_schema_extra={"position": 6},
    )
    function: Annotated[Callee, WithJsonSchema({"type": "string"})] = Field(
        default="",
        description="A Python function from a table of users to a true or false for each, as "
        "module:function or file.py:function.",
        json_schema_extra={"position": 7},
    )

    @property
    def every(self) -> tuple[Rule | Segment, ...]:
        """Return what must all match: the include lists, the rules of all, the groups."""
        return (*self.listed("include"), *self.all, *self.groups)

    @property
    def not_one(self) -> tuple[Rule | Segment, ...]:
        """Return what must not match: the rules of none, the exclude lists."""
        return (*self.none, *self.listed("exclude"))

    def listed(self, field: str) -> tuple[Rule | Segment, ...]:
        """Return the rules and segments of a field; a list's file is a rule on it."""
        given = getattr(self, field)
        return tuple(_list(one) if isinstance(one, str) else one for one in given)

    def walk(self) -> Iterator[Rule | Segment]:
        """Yield the segment itself, its rules, and those of nested groups, in their order."""
        yield self
        for part in (*self.every, *self.any, *self.not_one):
            if isinstance(part, Rule):
                yield part
            else:
                yield from part.walk()

    def rules(self) -> Iterator[Rule]:
        """Yield every rule, also those of nested groups and lists."""
        return (part for part in self.walk() if isinstance(part, Rule))

    def attributes(self) -> set[str]:
        """Return the columns that rules and expressions name; the user bucket reads only the id."""
        named = {rule.attribute for rule in self.rules() if rule.attribute}
        segments = [part for part in self.walk() if isinstance(part, Segment) and part.where]
        return named.union(*(parsed(one.where).columns.values() for one in segments))

    def located(self, folder: Path) -> Segment:
        """Return the segment with the files it names taken from `folder`."""

        def moved(parts: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(part.located(folder) for part in parts)

        function = self.function
        if isinstance(function, str) and function.rpartition(":")[0].endswith(".py"):
            function = str(folder / function)
        return self.model_copy(
            update={
                **{name: moved(getattr(self, name)) for name in ("all", "any", "none", "groups")},
                "include": tuple(str(folder / path) for path in self.include),
                "exclude": tuple(str(folder / path) for path in self.exclude),
                "function": function,
            }
        )

    @field_validator("where")
    @classmethod
    def _is_an_expression(cls, where: str) -> str:
        if where.strip():
            parsed(where)
        return where.strip()

    @field_validator("function")
    @classmethod
    def _is_a_function(cls, function: Callee) -> Callee:
        if isinstance(function, str) and function:
            name, _, attribute = function.rpartition(":")
            if not name or not attribute.isidentifier():
                raise ValueError(f"a function is module:function, not {function!r}")
        return function

    @field_serializer("function")
    def _tell_function(self, function: Callee) -> str:
        return function_name(function) if function else ""


def _list(path: str) -> Rule:
    """Return the rule of a list's file: a saved segment's, or one of ids."""
    if path.lower().endswith((".yaml", ".yml")):
        return Rule(segment=path)
    return Rule(ids=path)

"""A rule: one condition on one subject, be it an attribute, an event, a campaign or a list."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError

from blocks.segment_compared import (
    Compared,
    ParameterFilter,
    Value,
    WrittenValue,
    fitting,
    known_operator,
)
from blocks.segment_operator import Expects, Operator, are_reversed
from blocks.segment_rule_subject import (
    OF_NO_VALUE,
    OWNERS,
    TOLD,
    expected_of,
    subject_of,
    told_of,
)
from blocks.segment_subject import (
    Criterion,
    Measure,
    Outcome,
    Subject,
    operators_of,
    usual_operator,
)
from blocks.segment_value import Ago, moment, written


class Rule(Compared, BaseModel):
    """One condition on one subject: an attribute, a criterion, an event, a campaign or a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The subject is validated first, the attribute as its last candidate: what the other fields
    # may hold depends on it.
    criterion: Criterion = Field(
        default="user attribute",
        description="What the rule looks at, unless it names an event, a campaign or a list: a "
        "user attribute, the user bucket (0 to 999, fixed for each user id), the user id, a "
        "random share of the users, or a property that the user table maps.",
        json_schema_extra={"position": 3},
    )
    event: str = Field(
        default="",
        description="The event that the rule measures, by its name in the event table; * for "
        "whichever event.",
        json_schema_extra={"position": 5},
    )
    campaign: str = Field(
        default="",
        description="The campaign, by its name, that users were or were not sent before.",
        json_schema_extra={"position": 9},
    )
    ids: str = Field(
        default="",
        title="List of ids",
        description="A file of user ids, one a line and no header: who is on the list.",
        json_schema_extra={"position": 11},
    )
    segment: str = Field(
        default="",
        title="Saved segment",
        description="A file (YAML) that holds a segment: who is in it.",
        json_schema_extra={"position": 12},
    )
    attribute: str = Field(
        default="",
        validate_default=True,
        description="The column of the user table that the rule reads; empty for other subjects.",
        json_schema_extra={"position": 0},
    )
    measure: Measure = Field(
        default="occurrences",
        description="What is measured of the event: how often it occurred, when first or last, or "
        "the sum, average, minimum or maximum of its value.",
        json_schema_extra={"position": 6},
    )
    as_version: bool = Field(
        default=False,
        title="Compare as versions",
        description="Compare as versions, in which 10.2 comes after 9.9.",
        json_schema_extra={"position": 4},
    )
    operator: Operator = Field(
        default="",  # the validator knows the usual one of each subject
        validate_default=True,
        description="How the subject is compared with the value; 'is set' for an event, 'was "
        "sent' for a campaign and 'is in' for a list may be left out.",
        json_schema_extra={"position": 1},
    )
    value: WrittenValue = Field(
        default=None,
        validate_default=True,
        description="What to compare with: a text, a number, a date (2026-01-31) or a relative "
        "date (7 days ago); for 'is between' two of them (5 and 10); for a random share 10%.",
        json_schema_extra={"position": 2},
    )
    of: str = Field(
        default="",
        title="Of parameter",
        description="The parameter of the event that is summed, averaged or compared; empty for "
        "the event's own value.",
        json_schema_extra={"position": 7},
    )
    parameters: tuple[ParameterFilter, ...] = Field(
        default=(),
        title="Only events with",
        description="Conditions on the event's parameters; an event must meet all of them.",
        json_schema_extra={"position": 8},
    )
    outcome: Outcome = Field(
        default="sent",
        description="Which outcome in the campaign counts: sent is at least one request, any is "
        "everyone in its audience.",
        json_schema_extra={"position": 10},
    )
    last_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        title="In the last days",
        description="Only what happened in the last so many days counts; 0 for all times.",
        json_schema_extra={"position": 13},
    )
    since: str = Field(
        default="",
        description="Only what happened at this date or later counts.",
        json_schema_extra={"position": 14},
    )
    until: str = Field(
        default="",
        description="Only what happened before this date counts.",
        json_schema_extra={"position": 15},
    )
    seed: str = Field(
        default="",
        description="A word that draws another random share; the same word draws the same users.",
        json_schema_extra={"position": 16},
    )

    @property
    def subject(self) -> Subject:
        """Return which kind of subject the rule looks at."""
        return subject_of(self.__dict__)

    @property
    def expects(self) -> Expects:
        """Return what the rule's values are, beyond what its operator says."""
        return expected_of(self.__dict__)

    @property
    def measured_value(self) -> bool:
        """Tell whether the rule measures the event's own value."""
        return self.subject == "event" and not self.of and self.measure not in OF_NO_VALUE

    @property
    def period(self) -> tuple[Ago | datetime | None, Ago | datetime | None]:
        """Return from when (included) until when (excluded) something counts; None is open."""
        since = Ago(self.last_days, "days") if self.last_days else moment(self.since)
        return since, moment(self.until)

    def located(self, folder: Path) -> Rule:
        """Return the rule with the file it names taken from `folder`."""
        named = {"ids": self.ids, "segment": self.segment}
        found = {name: str(folder / path) for name, path in named.items() if path}
        return self.model_copy(update=found) if found else self

    @field_validator("event", "campaign", "ids", "segment", "attribute")
    @classmethod
    def _is_the_only_subject(cls, name: str, info: ValidationInfo) -> str:
        if "criterion" not in info.data:  # told already
            return name
        subject = subject_of(info.data)
        if name and subject != "attribute":
            raise ValueError(f"a rule on {told_of(info.data)} names no {info.field_name}")
        if not name and (subject, info.field_name) == ("attribute", "attribute"):
            raise ValueError("the rule names no attribute (a column of the user table)")
        return name

    @field_validator("as_version")
    @classmethod
    def _compares_a_column(cls, as_version: bool, info: ValidationInfo) -> bool:
        if as_version and subject_of(info.data) not in ("attribute", "property"):
            raise ValueError(f"{told_of(info.data)} is no version")
        return as_version

    @field_validator("operator", mode="before")
    @classmethod
    def _is_an_operator(cls, operator: Any, info: ValidationInfo) -> Any:
        subject = subject_of(info.data)
        if operator in ("", None):
            if not (usual := usual_operator(subject)):
                raise PydanticKnownError("missing")
            return usual
        allowed = operators_of(subject, expected_of(info.data))
        return known_operator(operator, allowed, of=told_of(info.data))

    @field_validator("value", mode="wrap")
    @classmethod
    def _fits_the_operator(
        cls, value: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Value:
        return fitting(value, info.data.get("operator"), expected_of(info.data))

    @field_validator("since", "until", mode="before")
    @classmethod
    def _is_a_date(cls, date: Any, info: ValidationInfo) -> str:
        if date in ("", None):
            return ""
        text = str(written(date))
        if moment(text) is None:
            raise ValueError(f"a period has dates (2026-01-31, 7 days ago), not {text!r}")
        if info.data.get("last_days"):
            raise ValueError("a period is the last days, or since and until, not both")
        since = info.data.get("since") if info.field_name == "until" else ""
        if since and are_reversed(moment(since), moment(text)):
            raise ValueError(f"a period ends after it begins, and {text!r} is before {since!r}")
        return text

    @field_validator(*OWNERS)
    @classmethod
    def _belongs_to_the_subject(cls, given: Any, info: ValidationInfo) -> Any:
        owners = OWNERS[info.field_name or ""]
        if given and given not in ("occurrences", "sent") and subject_of(info.data) not in owners:
            raise ValueError(f"only a rule on {' or '.join(map(TOLD.__getitem__, owners))} has it")
        if given and info.field_name == "of" and info.data.get("measure") in OF_NO_VALUE:
            raise ValueError("only the sum, average, minimum or maximum is one of a parameter")
        return given

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe a rule loosely, so that a nested group is accepted in its place too."""
        schema = handler(core_schema)
        described = handler.resolve_ref_schema(schema)
        described.pop("required", None)
        described.pop("additionalProperties", None)
        for field in ("operator", "value"):
            described["properties"][field].pop("default", None)
        return schema

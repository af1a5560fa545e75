"""A campaign: who gets what, and how it is delivered."""

from __future__ import annotations

import hashlib
import json
import re

import pendulum
from pydantic import BaseModel, ConfigDict, Field, field_validator

from blocks.delivery import Delivery
from blocks.event_table import EventTable
from blocks.linked_data import LinkedData, check_names
from blocks.message import Message
from blocks.mistake import AuthorMistake
from blocks.segment import Segment
from blocks.user_table import UserTable


class Campaign(BaseModel):
    """Who gets what, and how it is delivered."""

    # The same model in YAML, in Python and in the form of Prefect's pages. Dumped as JSON it holds
    # asterisks for every secret that is written out, so the dump may be stored.

    # Without the input in its text, a validation error cannot tell a password.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(
        description="Name of the campaign; runs are named after it.",
        min_length=1,
        max_length=100,
        json_schema_extra={"position": 0},
    )
    users: UserTable = Field(
        title="User table",
        description="The user table: where the users and their attributes are.",
        json_schema_extra={"position": 1},
    )
    segment: Segment = Field(
        default_factory=lambda: Segment(),
        description="Which users get the message; without rules, all of them.",
        json_schema_extra={"position": 2},
    )
    message: Message = Field(
        description="The webhook sent to each of them.",
        json_schema_extra={"position": 3},
    )
    delivery: Delivery = Field(
        default_factory=lambda: Delivery(),
        description="When to try again, how long to wait, how many at once.",
        json_schema_extra={"position": 4},
    )
    timezone: str = Field(
        "UTC",
        title="Time zone",
        description="Time zone of dates without one, such as Europe/Berlin.",
        json_schema_extra={"position": 5},
    )

    linked_data: tuple[LinkedData, ...] = Field(
        (),
        title="Linked data",
        description="Services asked for data when a message is sent: linkedData.<name>.",
        json_schema_extra={"position": 6},
    )

    @field_validator("linked_data")
    @classmethod
    def _have_names_of_their_own(cls, sources: tuple[LinkedData, ...]) -> tuple[LinkedData, ...]:
        check_names(sources)
        return sources

    events: EventTable = Field(
        default_factory=lambda: EventTable(),
        title="Event table",
        description="What the users did, for rules on events.",
        json_schema_extra={"position": 6},
    )

    @field_validator("name")
    @classmethod
    def _is_one_line(cls, name: str) -> str:
        if not name.isprintable() or not slug(name):
            raise ValueError("a campaign's name is one line with at least one letter or digit")
        return name.strip()

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            pendulum.timezone(zone)
        except (ValueError, KeyError, OSError) as error:
            raise ValueError(f"'{zone}' is not a time zone such as Europe/Berlin") from error
        return zone

    @property
    def event_table(self) -> EventTable | None:
        """Return the event table, if there is one, with the name of its user column."""
        return self.events.of_users(self.users.id) if self.events.source else None

    @property
    def digest(self) -> str:
        """Return what identifies who gets what: 16 hex digits over all but the delivery.

        Secrets and delivery settings are left out: a password may be changed, and a run be
        resumed at another speed, without becoming another campaign.
        """
        # Without what is left at its default, so that a field added later changes no digest.
        told = self.model_dump(mode="json", exclude={"delivery"}, exclude_defaults=True)
        told["message"].pop("credentials", None)
        canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def literal_secrets(self) -> list[str]:
        """Name the fields that hold a secret written out instead of as `${NAME}`."""
        found = [f"message.{field}" for field in self.message.literal_secrets()]
        for place, source in enumerate(self.linked_data):
            found += [f"linked_data.{place}.{field}" for field in source.literal_secrets()]
        if self.users.shown != self.users.source:
            found.append("users.source")
        if self.events.shown != self.events.source:
            found.append("events.source")
        return found

    def over(self, users: str, events: str = "") -> Campaign:
        """Return the campaign over other sources of users and events; an empty one changes nothing.

        Raises AuthorMistake when a password is written out in it: what a run is started with is
        stored.
        """
        changed: dict[str, UserTable | EventTable] = {}
        if users:
            changed["users"] = self.users.model_copy(update={"source": users})
        if events:
            changed["events"] = self.events.model_copy(update={"source": events})
        for name, table in changed.items():
            if table.shown != table.source:
                raise AuthorMistake.of(
                    name, "a password is written out", hint="write ${NAME}, and set NAME"
                )
        return self.model_copy(update=changed) if changed else self


def slug(text: str) -> str:
    """Return the text as lower-case words joined by hyphens, for keys and names."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")

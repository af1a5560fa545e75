"""How a campaign is delivered: when to try again, how long to wait, how many at once."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Codes, number and delays as in docs.leanplum.com/docs/webhooks: up to five retries, doubling.
DOCUMENTED_CODES = ("408", "409", "429", "500-599")
DOCUMENTED_DELAYS = (60.0, 120.0, 240.0, 480.0, 960.0)

# A task run costs milliseconds and 20 kB of the server's database, so one a user is for audiences
# that a person looks through.
ONE_USER_A_TASK_UP_TO = 200

_CODES = re.compile(r"([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?")

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class RetryPolicy(BaseModel):
    """Which answers are tried again, and how long after each attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    codes: tuple[str, ...] = Field(
        DOCUMENTED_CODES,
        description="Status codes to try again: single codes or ranges such as 500-599.",
        json_schema_extra={"position": 0},
    )
    delays: tuple[Seconds, ...] = Field(
        DOCUMENTED_DELAYS,
        description="Seconds to wait after the first, second, ... attempt: one a retry.",
        json_schema_extra={"position": 1},
        max_length=50,
    )
    retry_after_limit: Seconds = Field(
        3600,
        description="Longest wait, in seconds, that a receiver's Retry-After may ask for.",
        json_schema_extra={"position": 2},
    )

    @field_validator("codes", mode="before")
    @classmethod
    def _as_texts(cls, codes: object) -> object:
        """Take numbers for single codes, as YAML writes them."""
        if isinstance(codes, (list, tuple)):
            return tuple(str(code) if isinstance(code, int) else code for code in codes)
        return codes

    @field_validator("codes")
    @classmethod
    def _are_ranges(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            found = _CODES.fullmatch(code.strip())
            if not found or (found[2] and found[2] < found[1]):
                raise ValueError(f"'{code}' is not a status code or a range such as 500-599")
            low, high = _bounds(code)
            if low < 300 and high >= 200:
                raise ValueError(f"'{code}' says that it was received: 2xx is never tried again")
        return codes

    def retries(self, status: int) -> bool:
        """Tell whether an answer with this status code is tried again."""
        return any(low <= status <= high for low, high in map(_bounds, self.codes))

    @property
    def attempt_limit(self) -> int:
        """Return how many attempts a webhook gets in one round."""
        return len(self.delays) + 1


class Delivery(BaseModel):
    """When and how fast the requests of a campaign go out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["immediate"] = Field(
        "immediate",
        description="When to send: immediate starts as soon as the run does.",
        json_schema_extra={"position": 0},
    )
    retry: RetryPolicy = Field(
        default_factory=lambda: RetryPolicy(),
        title="Retry",
        description="What is tried again, and when.",
        json_schema_extra={"position": 1},
    )
    timeout: float = Field(
        30,
        gt=0,
        le=600,
        description="Seconds a receiver has to answer one request completely.",
        json_schema_extra={"position": 2},
    )
    concurrency: int = Field(
        100,
        ge=1,
        le=10_000,
        description="Requests in the air at once to one host; at most twice as many to all.",
        json_schema_extra={"position": 3},
    )
    host_rate: float | None = Field(
        None,
        gt=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="Requests a second to one host, by all runs and processes of the same log "
        "that set a rate together; empty for no limit.",
        json_schema_extra={"position": 7},
    )
    host_concurrency: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="Requests in the air at once to one host, by all runs and processes of the "
        "same log that set this together; empty for no limit.",
        json_schema_extra={"position": 8},
    )
    tasks_per: Literal["auto", "user", "batch"] = Field(
        "auto",
        description="One task run a user, or a batch; auto is a user up to 200 recipients.",
        json_schema_extra={"position": 4},
    )
    batch_size: int = Field(
        2_000,
        ge=1,
        le=10_000,
        description="Recipients in one batch.",
        json_schema_extra={"position": 5},
    )
    in_doubt: Literal["resend", "hold"] = Field(
        "resend",
        description="A request whose answer a crash lost: send it again with its id, or hold it.",
        json_schema_extra={"position": 6},
    )

    def recipients_per_task(self, audience: int) -> int:
        """Return how many recipients of an audience share one task run."""
        one_user = self.tasks_per == "user" or (
            self.tasks_per == "auto" and audience <= ONE_USER_A_TASK_UP_TO
        )
        return 1 if one_user else self.batch_size


def _bounds(code: str) -> tuple[int, int]:
    low, _, high = code.partition("-")
    return int(low), int(high or low)

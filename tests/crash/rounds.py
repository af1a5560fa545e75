"""How often each case is played, and in which logs."""

from __future__ import annotations

import os

import pytest

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))


def rounds(*logs: str, quick: str = ""):
    """Play a case in each of these logs, `make test` once in the `quick` one if there is any."""
    played = [
        pytest.param(log, id=f"{log}-{number}", marks=pytest.mark.long)
        for log in logs
        for number in range(1, ROUNDS + 1)
    ]
    played += [pytest.param(quick, id=f"{quick}-quick")] if quick else []
    return pytest.mark.parametrize("world", played, indirect=True)


BOTH = ("sqlite", "postgresql")

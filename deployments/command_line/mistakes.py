"""Tell the author's mistakes: one line each on stderr, or as JSON, and exit 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from blocks.mistake import AuthorMistake
from deployments.command_line.output import print_json, say

MISTAKEN = 2


class TellingMistakes(TyperCommand):
    """A command that ends with exit code 2 when it meets a mistake of the author."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except AuthorMistake as mistake:
            tell(
                _placed(mistake, _campaign_file(ctx.params)),
                as_json=bool(ctx.params.get("as_json")),
            )
            raise typer.Exit(MISTAKEN) from None


def _campaign_file(given: Mapping[str, Any]) -> str:
    """Return the campaign file that a command was given, if any; `why` takes a run's key too."""
    key = str(given.get("run_key") or "")
    return str(given.get("file") or (key if key.lower().endswith((".yaml", ".yml")) else ""))


def _placed(mistake: AuthorMistake, file: str) -> AuthorMistake:
    """Return a mistake with the lines of the campaign's file, if the command was given one."""
    if not file:
        return mistake
    from blocks.campaign_file import placed  # takes a while, and mistakes are rare

    return placed(mistake, Path(file))


class MistakesToldGroup(TyperGroup):
    """The commands in the order in which they were added."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        return list(self.commands)


def tell(mistake: AuthorMistake, *, as_json: bool) -> None:
    """Print every fault: a line each on stderr, or one object on stdout."""
    if as_json:
        print_json({"mistakes": [asdict(fault) for fault in mistake.faults]})
    else:
        for fault in mistake.faults:
            # One line a fault, also where a library's words have several.
            say(" ".join(str(fault).split()))

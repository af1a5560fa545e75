"""Built-in properties that the events tell where the user table has no column for them."""

from __future__ import annotations

from blocks.event_chunk import ANY_EVENT
from blocks.event_table import Shape
from blocks.segment import Rule
from blocks.segment_subject import Criterion


def derived(criterion: Criterion, events: Shape) -> Rule | None:
    """Return the rule that measures a property of each user; None where the events tell nothing."""
    match criterion:
        case "first run":
            return Rule(event=ANY_EVENT, measure="first")
        case "last active":
            return Rule(event=ANY_EVENT, measure="last")
        case "last session start":
            return Rule(event=events.session, measure="last")
        case "sessions":
            return Rule(event=events.session)
        case "lifetime value" if events.value:
            return Rule(event=events.purchase, measure="sum")
        case _:
            return None

"""What a rule asks, in the words of a funnel."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.event_chunk import ANY_EVENT
from blocks.segment import Rule, Segment
from blocks.segment_compared import ParameterFilter
from blocks.segment_function import function_name
from blocks.segment_operator import VALUELESS

_MEASURES = {
    "occurrences": "occurrences of {event}",
    "first": "first {event}",
    "last": "last {event}",
    "sum": "sum of {of}",
    "average": "average of {of}",
    "minimum": "minimum of {of}",
    "maximum": "maximum of {of}",
}


def told(part: Rule | Segment) -> str:
    """Say what a rule or a segment asks, in one line."""
    return _rule(part) if isinstance(part, Rule) else _segment(part)


def _rule(rule: Rule) -> str:
    match rule.subject:
        case "ids" | "segment":
            return f"{rule.operator} {file_name(rule.ids or rule.segment)}"
        case "campaign":
            outcome = "" if rule.outcome == "sent" else f" ({rule.outcome})"
            return f"{rule.operator} {rule.campaign}{outcome}{_period(rule)}"
        case "event":
            return _happened(rule) or f"{_measured(rule)} {_compared(rule)}"
        case "attribute":
            return f"{rule.attribute} {_compared(rule)}"
        case _:
            return f"{rule.criterion} {_compared(rule)}"


def _happened(rule: Rule) -> str:
    """Say that there is or is no such event; empty for a rule that measures."""
    if rule.measure != "occurrences" or rule.operator not in ("is set", "is not set"):
        return ""
    if rule.operator == "is set":
        return f"has {_event(rule, 'any event')}{_which(rule)}"
    return f"has no {_event(rule)}{_which(rule)}"


def _measured(rule: Rule) -> str:
    of = f"{_event(rule)} {rule.of}" if rule.of else _event(rule)
    return _MEASURES[rule.measure].format(event=_event(rule), of=of) + _which(rule)


def _event(rule: Rule, whichever: str = "event") -> str:
    return whichever if rule.event == ANY_EVENT else rule.event


def _which(rule: Rule) -> str:
    filters = " and ".join(f"{one.parameter} {_compared(one)}" for one in rule.parameters)
    return (f" with {filters}" if filters else "") + _period(rule)


def _compared(rule: Rule | ParameterFilter) -> str:
    if rule.operator in VALUELESS:
        return rule.operator
    joint = " and " if rule.operator in ("is between", "contains all") else " or "
    return f"{rule.operator} {joint.join(map(str, rule.values))}"


def _period(rule: Rule) -> str:
    if rule.last_days:
        return f" in the last {rule.last_days} day{'' if rule.last_days == 1 else 's'}"
    since = f" since {rule.since}" if rule.since else ""
    return since + (f" until {rule.until}" if rule.until else "")


def _segment(segment: Segment) -> str:
    return " and ".join(_conditions(segment)) or "everybody"


def _conditions(segment: Segment) -> Iterator[str]:
    yield from (_nested(part) for part in segment.every)
    if segment.any:
        yield f"({' or '.join(map(_nested, segment.any))})"
    if segment.where:
        yield f"where {segment.where}"
    if segment.function:
        yield f"function {file_name(function_name(segment.function))}"
    yield from (f"not ({told(part)})" for part in segment.not_one)


def _nested(part: Rule | Segment) -> str:
    return told(part) if isinstance(part, Rule) else f"({told(part)})"


def file_name(path: str) -> str:
    """Return the last part of a path."""
    return path.replace("\\", "/").rpartition("/")[2]

"""Read scripted faults from JSON and from the command line, and write them down again."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from blocks.mistake import AuthorMistake, Fault, nearest
from deployments.request_bin.faults import NO_BODY, How, ScriptedFault

_KNOWN = tuple(field.name for field in fields(ScriptedFault))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_DATE = re.compile(r"date\+\d{1,9}")
_OF_THE_SERVER = ("connection", "content-length", "transfer-encoding")
_ANSWERS = ("status", "retry_after", "headers", "answer")
_ACTS = (*_ANSWERS, "how", "delay")


def read_faults(given: Any) -> tuple[ScriptedFault, ...]:
    """Read a list of faults as JSON gives it.

    Raises AuthorMistake with everything that is wrong in it.
    """
    if not isinstance(given, list | tuple):
        raise AuthorMistake.of("faults", f"must be a list, not {_kind(given)}")
    read: list[ScriptedFault] = []
    wrong: list[Fault] = []
    for index, one in enumerate(given):
        try:
            read.append(read_fault(one))
        except AuthorMistake as mistake:
            wrong += [
                Fault(f"faults[{index}].{each.field}".rstrip("."), each.fault, hint=each.hint)
                for each in mistake.faults
            ]
    if wrong:
        raise AuthorMistake(wrong)
    return tuple(read)


def read_fault(given: Any) -> ScriptedFault:
    """Read one fault from a mapping of its fields, a command-line text, or a fault itself.

    Raises AuthorMistake with everything that is wrong in it.
    """
    if isinstance(given, ScriptedFault):
        given = fault_fields(given)
    if isinstance(given, str):
        return parse_fault(given)
    if not isinstance(given, Mapping):
        raise AuthorMistake.of("", f"a fault must be an object, not {_kind(given)}")
    wrong: list[Fault] = []
    values: dict[str, Any] = {}
    for field, value in given.items():
        if field not in _READERS:
            wrong.append(Fault(str(field), "is no field of a fault", hint=_hint(str(field))))
            continue
        try:
            values[field] = _READERS[field](value)
        except ValueError as refusal:
            wrong.append(Fault(field, str(refusal)))
    wrong += [] if wrong else _contradictions(values)
    if wrong:
        raise AuthorMistake(wrong)
    return ScriptedFault(**values)


def parse_fault(text: str) -> ScriptedFault:
    """Read one fault as the command line gives it: `first=2 status=503 share=0.05`.

    Bare `close`, `hang` and `truncate` stand for `how=...`; `header=Name:value` may be repeated;
    quotes hold blanks together. Raises AuthorMistake.
    """
    try:
        words = shlex.split(text)
    except ValueError as broken:
        raise AuthorMistake.of("", f"'{text}' cannot be read: {broken}") from None
    given: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals and word in tuple(How):
            name, value = "how", word
        elif not equals:
            raise AuthorMistake.of(word, "is not of the form field=value", hint=_hint(word))
        if name == "header":
            header, _, content = value.partition(":")
            given.setdefault("headers", []).append((header, content.strip()))
        elif name in given or name == "headers":
            told = "is given twice" if name in given else "is written header=Name:value here"
            raise AuthorMistake.of(name, told)
        else:
            given[name] = _number(value) if name in _NUMBERS else value
    return read_fault(given)


def fault_fields(fault: ScriptedFault) -> dict[str, Any]:
    """Return the fields of a fault that differ from their defaults, ready for JSON."""
    told = {each.name: getattr(fault, each.name) for each in fields(ScriptedFault)}
    told = {name: value for name, value in told.items() if value != getattr(_DEFAULT, name)}
    if fault.how in (How.ANSWER, How.TRUNCATE):
        # A fault that answers 200 shields its requests from the faults after it.
        told["status"] = fault.status
    if "headers" in told:
        told["headers"] = [list(pair) for pair in told["headers"]]
    return told


def fault_text(fault: ScriptedFault) -> str:
    """Return the fault as the command line takes it; the inverse of `parse_fault`."""
    words: list[str] = []
    for name, value in fault_fields(fault).items():
        if name == "headers":
            words += [f"header={header}:{content}" for header, content in value]
        elif name == "how":
            words.append(value.value)
        else:
            words.append(f"{name}={value}")
    return shlex.join(words)


def _contradictions(values: Mapping[str, Any]) -> list[Fault]:
    how, status = values.get("how", How.ANSWER), values.get("status", 200)
    wrong: list[Fault] = []
    if not any(name in values for name in _ACTS):
        told = "says which requests, but not what happens to them"
        wrong.append(Fault("", told, hint="give status, delay, close, hang or truncate"))
    if how in (How.CLOSE, How.HANG):
        wrong += [Fault(name, f"has no use with {how}") for name in _ANSWERS if name in values]
    if status in NO_BODY and (how is How.TRUNCATE or "answer" in values):
        wrong.append(Fault("status", f"{status} has no body to send or to cut"))
    if how is How.TRUNCATE and len(values.get("answer", "{}").encode()) < 2:
        wrong.append(Fault("answer", "needs two bytes at least to be truncated"))
    if "share" not in values:
        wrong += [Fault(x, "has no use without share") for x in ("offset", "salt") if x in values]
    elif values["share"] + values.get("offset", 0) > 1 + 1e-9:
        wrong.append(Fault("share", "and offset together are more than 1"))
    return wrong


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number, not {_kind(value)}")
        return int(_between(value, least, most))

    return read


def _decimal(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"must be a number, not {_kind(value)}")
        return float(_between(value, least, most))

    return read


def _between(value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise ValueError(f"must be {least} to {most}, not {value}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {_kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must be text that UTF-8 can write") from None
    return value


def _how(value: Any) -> How:
    if value not in tuple(How):
        raise ValueError(f"must be one of {', '.join(How)}, not {value!r}")
    return How(value)


def _retry_after(value: Any) -> int | str:
    if isinstance(value, str) and value.startswith("date+") and not _DATE.fullmatch(value):
        raise ValueError(f"must be date+ and whole seconds, not {value!r}")
    text = _header_value("retry-after", value) if isinstance(value, str) else ""
    if text and not (text.isascii() and text.isdigit()):
        return text
    return _whole(0, 10**9)(int(text) if text else value)


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = list(value.items()) if isinstance(value, Mapping) else value
    if not isinstance(pairs, list | tuple):
        raise ValueError(f"must be an object of names and texts, not {_kind(value)}")
    read = []
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError("must be pairs of a name and a text")
        name = _text(pair[0])
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"has a name that no header can have: {name!r}")
        if name.lower() in _OF_THE_SERVER:
            raise ValueError(f"cannot give {name}: the server sets it")
        read.append((name, _header_value(name, pair[1])))
    return tuple(read)


def _header_value(name: str, value: Any) -> str:
    text = _text(value).strip()
    if not _VALUE.fullmatch(text):
        raise ValueError(f"has a character that no header can carry in {name}")
    return text


def _number(text: str) -> int | float | str:
    for read in (int, float):
        try:
            number = read(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text
    return text


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{value!r:.40}"


def _hint(word: str) -> str:
    return nearest(word, (*_KNOWN, *How, "header")) or f"known: {', '.join(_KNOWN)}"


_DEFAULT = ScriptedFault()
_NUMBERS = ("first", "share", "offset", "status", "delay")
_READERS: dict[str, Callable[[Any], Any]] = {
    "first": _whole(1, 10**9),
    "share": _decimal(0, 1),
    "offset": _decimal(0, 1),
    "salt": _text,
    "path": _text,
    "body": _text,
    "how": _how,
    "status": _whole(200, 599),
    "retry_after": _retry_after,
    "headers": _headers,
    "answer": _text,
    "delay": _decimal(0, 600),
}

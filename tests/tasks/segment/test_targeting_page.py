"""The targeting language as tables of users, rules and ids: they are docs/targeting.md."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from blocks.event_chunk import Events
from blocks.event_table import EventTable, Shape
from blocks.segment import Rule, Segment
from blocks.segment_operator import OPERATORS
from blocks.segment_subject import ON_COLUMN
from blocks.user_properties import PROPERTIES
from tasks.segment.activity import activity
from tasks.segment.derived import derived
from tasks.segment.facts import Facts
from tasks.segment.measures import Measures
from tasks.segment.selection import Selection

PAGE = Path(__file__).parents[3] / "docs/targeting.md"
NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Spec:
    """Users, by their id: what they have, and the ids that each of some segments selects."""

    users: dict[str, Any]
    cases: list[tuple[dict[str, Any], str]]
    facts: Callable[[], Facts] = Facts
    dtype: Any = None
    # user, event, time, value, parameters
    events: tuple[tuple[str, str, str, float | None, str | None], ...] = ()


def rule(operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    given = {"attribute": "x", "operator": operator} | more
    return given if value is None else given | {"value": value}


def asks(criterion: str, operator: str, value: Any = None) -> dict[str, Any]:
    given = {"criterion": criterion, "operator": operator}
    return given if value is None else given | {"value": value}


def table_of(spec: Spec) -> pd.DataFrame:
    rows = list(spec.users.values())
    if any(isinstance(one, dict) for one in rows):
        return pd.DataFrame([{"id": name, **spec.users[name]} for name in spec.users])
    x = pd.Series(rows, dtype=spec.dtype or (object if any(map(np.iterable, rows)) else None))
    return pd.DataFrame({"id": list(spec.users), "x": x})


def selected(spec: Spec, text: dict[str, Any], rows: slice = slice(None)) -> str:
    alone = text and Segment.model_fields.keys().isdisjoint(text)
    segment = Segment.model_validate({"all": [text]} if alone else text)
    facts = measured(segment, spec) if spec.events else spec.facts()
    selection = Selection(segment=segment, id_column="id", now=NOW, timezone=ZONE, facts=facts)
    return " ".join(selection.of(table_of(spec)[rows]).users["id"])


def measured(segment: Segment, spec: Spec) -> Facts:
    """Return what the rules of a segment measure of the events, read one by one."""
    users, names, times, values, parameters = zip(*spec.events, strict=True)
    column = partial(pd.Series, dtype="str")
    chunks = [
        Events(
            users=column([users[row]]),
            names=column([names[row]]),
            times=column([times[row]]),
            values=pd.Series([values[row]], dtype="float64"),
            json=column([parameters[row]]),
        )
        for row in range(len(users))
    ]
    rules = list(segment.rules())
    told = {
        one.criterion: derived(one.criterion, Shape((), value=True))
        for one in rules
        if one.subject == "property"
    }
    asked = [*(one for one in rules if one.event), *told.values()]
    found = activity(asked, chunks, now=NOW, timezone=ZONE)
    return Facts(derived=told, measured=Measures(found.measured))


# operator, value, what it matches, an example of a value, what matches it, what does not
EXAMPLES: list[tuple[str, str, str, Any, list[Any], list[Any]]] = [
    ("is any", "none", "is anything, also unset", None, [None, "", 6], []),
    ("is set", "none", "has a value", None, ["", 6, False], [None]),
    ("is not set", "none", "has no value", None, [None], ["", 0]),
    ("is", "one or several", "equals one of them", ["gold", 6], ["gold", 6, "6"],
     ["Gold", "06", None]),
    ("is not", "one or several", "has a value, but none of them", ["gold", 6], ["Gold", ""],
     ["gold", 6, None]),
    ("is empty string", "none", "is the text without a letter, or an empty list", None, ["", []],
     [" ", 0, None]),
    ("contains", "one or several", "contains one of the texts; has one of the elements",
     ["old", "ilv"], ["gold", "silver", ["old"]], ["OLD", ["gold"], None]),
    ("does not contain", "one or several", "has a value that contains none of them", "old",
     ["Silver", "", True, ["gold"]], ["gold", ["old"], None]),
    ("contains all", "one or several", "contains each of them", ["old", "g"],
     ["gold", ["g", "old"]], ["old", ["g"], None]),
    ("is greater than", "a number", "is a number, and greater", 6, [6.5, "7"], [6, "gold", None]),
    ("is less than", "a number", "is a number, and less", 6, [-1, " 5 "], [6, "", None]),
    ("is at least", "a number", "is a number, and greater or equal", 6, [6, "6.0"],
     [5.9, True, None]),
    ("is at most", "a number", "is a number, and less or equal", 6, [6, "06"], [6.1, "six", None]),
    ("is between", "two numbers", "is in the range, both ends included", [5, 10], [5, "10"],
     [4.9, 11, None]),
    ("is between", "two dates", "is later than one and earlier than the other, both ends excluded",
     ["2026-01-01", "2026-01-31"], ["2026-01-01T00:01", "2026-01-30"],
     ["2026-01-01", "2026-01-31", None]),
    ("is after", "a date", "is a date, and later", "2026-01-31", ["2026-02-01", "2026-01-31T00:01"],
     ["2026-01-31", "soon", None]),
    ("is not after", "a date", "is a date, and earlier or the same", "2026-01-31",
     ["2026-01-31", "2025-12-31"], ["2026-02-01", "soon", None]),
    ("is before", "a date", "is a date, and earlier", "2026-01-31", ["2026-01-30T22:59", 0],
     ["2026-01-31", "soon", None]),
    ("is not before", "a date", "is a date, and later or the same", "2026-01-31",
     ["2026-01-31", "2026-02-01"], ["2026-01-30", "", None]),
]  # fmt: skip

TIERS = {"a": "gold", "b": "Gold", "c": "GOLD ", "d": "silver", "e": "", "f": None}


def bought(operator: str = "", value: Any = None, **more: Any) -> dict[str, Any]:
    given = {"event": "purchase", **more}
    given |= {"operator": operator} if operator else {}
    return given if value is None else given | {"value": value}


def only(parameter: str, operator: str, value: Any = None) -> list[dict[str, Any]]:
    given = {"parameter": parameter, "operator": operator}
    return [given if value is None else given | {"value": value}]


def listed() -> Facts:
    return Facts(ids={"vip.txt": pd.Index(["a", "c", "zoe"], dtype="str")})


SENT = Rule(campaign="spring-offer")
NOT_SENT = Rule(campaign="spring-offer", operator="was not sent", outcome="delivered", last_days=7)


def sent() -> Facts:
    return Facts(
        sent={SENT: pd.Index(["a", "b"], dtype="str"), NOT_SENT: pd.Index(["a"], dtype="str")}
    )


def saved() -> Facts:
    gold = Segment.model_validate({"all": [rule("is", "gold")]})
    return Facts(
        saved={"gold.yaml": gold, "set.yaml": Segment.model_validate({"all": [rule("is set")]})},
        ids={"staff.txt": pd.Index(["a"], dtype="str")},
    )


def functions() -> Facts:
    return Facts(functions={"audiences.py:loyal": lambda users: users["tenure"] >= 12})


def written(rules: Rule) -> dict[str, Any]:
    return rules.model_dump(mode="json", exclude_defaults=True)


SPECS: dict[str, Spec] = {
    "case": Spec(
        TIERS,
        [
            (rule("is", "gold"), "a"),
            (rule("is", ["gold", "Gold"]), "a b"),
            (rule("is not", "gold"), "b c d e"),
            (rule("contains", "old"), "a b"),
            (rule("does not contain", "old"), "c d e"),
            (rule("is empty string"), "e"),
        ],
    ),
    "numbers": Spec(
        {"a": 6, "b": "6", "c": "6.0", "d": "06", "e": " 6 ", "f": "6e0", "g": "six", "h": True,
         "i": None},
        [
            (rule("is", 6), "a b c"),
            (rule("is", "6"), "a b"),
            (rule("is", "06"), "d"),
            (rule("is at least", 6), "a b c d e f"),
            (rule("is less than", 7), "a b c d e f"),
        ],
        dtype=object,
    ),
    "truths": Spec(
        {"a": True, "b": False, "c": "TRUE", "d": "yes", "e": 1, "f": None},
        [
            (rule("is", True), "a c"),
            (rule("is", "true"), "a"),
            (rule("is", 1), "e"),
            (rule("is not", True), "b d e"),
        ],
        dtype=object,
    ),
    "lists": Spec(
        {"a": ["new", "vip"], "b": ["New"], "c": [6, "vip"], "d": [], "e": None},
        [
            (rule("contains", "vip"), "a c"),
            (rule("contains", ["new", 6]), "a c"),
            (rule("contains all", ["new", "vip"]), "a"),
            (rule("does not contain", "vip"), "b d"),
            (rule("is empty string"), "d"),
            (rule("is set"), "a b c d"),
            (rule("is", "vip"), ""),
            (rule("is at least", 1), ""),
        ],
    ),
    "dates": Spec(
        {
            "a": "2026-03-24T14:00", "b": "2026-03-24T13:00Z", "c": "2026-03-24T13:59",
            "d": "2026-03-31", "e": "2026-02-30", "f": None,
        },
        [
            (rule("is not before", "7 days ago"), "a b d"),
            (rule("is before", "2026-03-24T14:30+01:00"), "a b c"),
            (rule("is after", "2026-03-24"), "a b c d"),
            (rule("is not after", "2026-03-30T22:00Z"), "a b c d"),
            (rule("is between", ["8 days ago", "2026-03-31"]), "a b c"),
            (rule("is set"), "a b c d e"),
        ],
    ),
    "versions": Spec(
        {"a": "10.2", "b": "9.9", "c": "9.10.1", "d": "v10.2.0", "e": "10.2-beta.2", "f": "10.2+7",
         "g": "latest", "h": None},
        [
            (rule("is greater than", "9.9", as_version=True), "a c d e f"),
            (rule("is", "10.2", as_version=True), "a d f"),
            (rule("is less than", "10.2", as_version=True), "b c e"),
            (rule("is at least", "10.2", as_version=True), "a d f"),
            (rule("is at most", "9.10.1", as_version=True), "b c"),
            (rule("is between", ["9.9", "10.2"], as_version=True), "a b c d e f"),
            (rule("is not", "10.2", as_version=True), "b c e g"),
            (rule("is greater than", 9.9), "a"),
        ],
    ),
    "properties": Spec(
        {
            "a": {"Land": "DE", "app_version": "10.2", "sessions": 3},
            "b": {"Land": "FR", "app_version": "9.9", "sessions": 12},
            "c": {"Land": None, "app_version": None, "sessions": None},
        },
        [
            (asks("country", "is", "DE"), "a"),
            (asks("app version", "is greater than", "9.9"), "a"),
            (asks("sessions", "is at least", 10), "b"),
            (asks("sessions", "is not set"), "c"),
        ],
        facts=lambda: Facts(
            properties={
                "country": "Land", "app version": "app_version", "sessions": "sessions",
            }
        ),
    ),
    "properties of events": Spec(
        {"ada": 1, "bob": 1, "cleo": 1},
        [
            (asks("sessions", "is at least", 2), "ada"),
            (asks("sessions", "is less than", 2), "bob cleo"),
            (asks("sessions", "is not set"), "cleo"),
            (asks("first run", "is before", "2026-03-01"), "ada"),
            (asks("last active", "is after", "7 days ago"), "bob"),
            (asks("last active", "is not set"), "cleo"),
            (asks("last session start", "is after", "2026-03-05"), "bob"),
            (asks("lifetime value", "is at least", 20), "ada"),
            (asks("lifetime value", "is", 0), "bob cleo"),
        ],
        events=(
            ("ada", "session", "2026-02-28T09:00", None, None),
            ("ada", "Purchase", "2026-02-28T09:10", 15, None),
            ("ada", "session", "2026-03-05T00:00", None, None),
            ("ada", "Purchase", "2026-03-05T00:30", 5, None),
            ("bob", "session", "2026-03-20T18:00", None, None),
            ("bob", "view", "2026-03-25T11:00", None, None),
        ),
    ),
    "ids": Spec(
        {"7590-VHVEG": 1, "5575-GNVDE": 1, "user-1": 1},
        [
            (asks("user id", "is", ["user-1", "user-9"]), "user-1"),
            (asks("user id", "contains", "-V"), "7590-VHVEG"),
            (asks("user bucket", "is between", [500, 999]), "7590-VHVEG 5575-GNVDE"),
            (asks("user bucket", "is", 384), "user-1"),
            (asks("random share", "is", "100%"), "7590-VHVEG 5575-GNVDE user-1"),
            (asks("random share", "is", "0%"), ""),
        ],
    ),
    "lists of ids": Spec(
        {"a": 1, "b": 1, "c": 1},
        [
            ({"ids": "vip.txt"}, "a c"),
            ({"ids": "vip.txt", "operator": "is not in"}, "b"),
            ({"any": [{"ids": "vip.txt"}, asks("user id", "is", "b")]}, "a b c"),
        ],
        facts=listed,
    ),
    "campaigns": Spec(
        {"a": 1, "b": 1, "c": 1},
        [(written(SENT), "a b"), (written(NOT_SENT), "b c"), ({"none": [written(SENT)]}, "c")],
        facts=sent,
    ),
    "events": Spec(
        {"ada": 1, "bob": 1, "cleo": 1, "dora": 1},
        [
            (bought(), "ada bob"),
            (bought("is not set"), "cleo dora"),
            (bought("is at least", 2), "ada bob"),
            (bought("is", 0), "cleo dora"),
            (bought("is less than", 2, last_days=7), "ada bob cleo dora"),
            (bought(last_days=6), "ada"),
            (bought(since="2026-03-24", until="2026-03-30"), "bob"),
            (bought(since="1 month ago", until="2 weeks ago"), "ada"),
            (bought(parameters=only("genre", "is", "sci-fi")), "ada bob"),
            (bought(parameters=only("genre", "is not set")), "bob"),
            (bought(parameters=only("genre", "is", "sci-fi") + only("pages", "is at least", 300)),
             "ada"),
            (bought("is at least", 50, measure="sum"), "ada"),
            (bought("is less than", 20, measure="sum"), "bob cleo dora"),
            (bought("is less than", 20, measure="average"), "bob"),
            (bought("is at most", 120, measure="minimum", of="pages"), "ada bob"),
            (bought("is not set", measure="maximum", of="pages"), "cleo dora"),
            (bought("is after", "2 days ago", measure="last"), "ada"),
            (bought("is before", "2026-03-10", measure="first"), "ada"),
            ({"none": [bought("is after", "2026-01-01", measure="last")]}, "cleo dora"),
            (bought("is not set", event="*", last_days=3), "bob dora"),
        ],
        events=(
            ("ada", "purchase", "2026-03-01T10:00", 30, '{"genre": "drama", "pages": 90}'),
            ("ada", "purchase", "2026-03-30T10:00", 20, '{"genre": "sci-fi", "pages": 300}'),
            ("bob", "purchase", "2026-03-24T13:59", 10, '{"genre": "sci-fi", "pages": 120}'),
            ("bob", "purchase", "2026-03-24T14:00", 5, None),
            ("cleo", "view", "2026-03-30T09:00", None, '{"genre": "sci-fi"}'),
        ),
    ),
    "saved segments": Spec(
        {"a": "gold", "b": "gold", "c": "silver", "d": None},
        [
            ({"segment": "gold.yaml"}, "a b"),
            ({"segment": "gold.yaml", "operator": "is not in"}, "c d"),
            ({"segment": "gold.yaml", "operator": "contents of"}, "a b"),
            ({"include": ["gold.yaml", "set.yaml"]}, "a b"),
            ({"include": ["set.yaml"], "exclude": ["gold.yaml", "staff.txt"]}, "c"),
            ({"exclude": ["staff.txt"]}, "b c d"),
        ],
        facts=saved,
    ),
    "expressions": Spec(
        {
            "a": {"tenure": 3, "charges": 20.0, "Plan name": "free"},
            "b": {"tenure": 30, "charges": 10.0, "Plan name": "pro"},
            "c": {"tenure": 30, "charges": None, "Plan name": None},
        },
        [
            ({"where": "tenure * charges > 50"}, "a b"),
            ({"where": "charges.isna() or `Plan name` == 'pro'"}, "b c"),
            ({"where": "`Plan name`.str.startswith('f')"}, "a"),
            ({"where": "10 <= tenure and `Plan name` in ['free', 'pro']"}, "b"),
            ({"function": "audiences.py:loyal"}, "b c"),
            (
                {"all": [{"attribute": "charges", "operator": "is set"}],
                 "function": "audiences.py:loyal"},
                "b",
            ),
        ],
        facts=functions,
    ),
    "groups": Spec(
        {
            "a": {"x": 1, "y": "p"}, "b": {"x": 2, "y": "q"}, "c": {"x": 3, "y": None},
            "d": {"x": None, "y": None},
        },
        [
            ({}, "a b c d"),
            ({"all": [rule("is", [1, 2]), rule("is", "p", attribute="y")]}, "a"),
            ({"any": [rule("is", 1), rule("is", "q", attribute="y")]}, "a b"),
            ({"none": [rule("is", 1), rule("is", "q", attribute="y")]}, "c d"),
            ({"all": [rule("is", [1, 2])], "none": [rule("is", 1)]}, "b"),
            ({"any": [{"all": [rule("is", 1), rule("is set")]}, rule("is", 3)]}, "a c"),
            ({"any": [rule("is not", 1), rule("is not set")]}, "b c d"),
        ],
    ),
}  # fmt: skip

CASES = [(name, text, ids) for name, spec in SPECS.items() for text, ids in spec.cases]


@pytest.mark.parametrize(("name", "text", "ids"), CASES)
def test_a_segment_selects_the_users_of_its_table(name, text, ids):
    assert selected(SPECS[name], text) == ids


@pytest.mark.parametrize(("name", "text", "ids"), CASES)
def test_it_selects_the_same_users_part_by_part(name, text, ids):
    spec = SPECS[name]

    parts = [selected(spec, text, slice(row, row + 1)) for row in range(len(spec.users))]

    assert " ".join(filter(None, parts)) == ids


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{one[0]} {one[1]}" for one in EXAMPLES])
def test_the_examples_of_an_operator_hold(example):
    operator, _, _, value, matching, others = example
    cells = [*matching, *others]
    spec = Spec({str(number): cell for number, cell in enumerate(cells)}, [], dtype=object)

    assert selected(spec, rule(operator, value)).split() == [str(n) for n in range(len(matching))]
    assert None in cells


def test_every_operator_has_its_example():
    documented = dict.fromkeys(one[0] for one in EXAMPLES)

    assert list(documented) == [one for one in OPERATORS if one in ON_COLUMN]


def test_the_page_is_what_the_tables_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs writes it anew"


def yaml_blocks():
    return re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("text", yaml_blocks())
def test_the_written_segments_are_accepted(text):
    tree = YAML(typ="safe", pure=True).load(text)
    if "events" in tree:
        assert EventTable.model_validate(tree["events"]).source
        return

    segment = Segment.model_validate(tree.get("segment", tree))

    assert list(segment.walk())


def flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9 ._-]*", value):
        return value if value not in ("true", "false", "null") else f'"{value}"'
    return json.dumps(value, ensure_ascii=False)


def cells(values: list[Any]) -> str:
    return " ".join(f"`{json.dumps(one, ensure_ascii=False)}`" for one in values)


def lines_of(*rows: tuple[str, ...]) -> str:
    first, *others = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([first, "|" + "---|" * len(rows[0]), *others])


def operators() -> str:
    head = ("operator", "value", "matches a user whose attribute", "for example", "matches",
            "does not match")  # fmt: skip
    return lines_of(
        head,
        *(
            (f"`{name}`", takes, meaning, "" if value is None else cells([value]),
             cells(matching), cells(others))
            for name, takes, meaning, value, matching, others in EXAMPLES
        ),
    )  # fmt: skip


def unset() -> str:
    """Return which operators a user without the attribute matches, as the rules answer."""
    spec = Spec({"u": None}, [], dtype=object)
    samples = {one[0]: one[3] for one in EXAMPLES}
    answers = {name: bool(selected(spec, rule(name, samples[name]))) for name in samples}
    met = ", ".join(f"`{name}`" for name, answer in answers.items() if answer)
    unmet = ", ".join(f"`{name}`" for name, answer in answers.items() if not answer)
    return lines_of(
        ("a user for whom the attribute is unset", "operators"), ("matches", met),
        ("does not match", unmet),
    )  # fmt: skip


def table(name: str) -> str:
    spec = SPECS[name]
    users = table_of(spec).set_index("id")
    rows = [
        (f"`{user}`", *(cells([None if cell is None or cell != cell else cell]) for cell in row))
        for user, row in zip(users.index, users.astype(object).to_numpy().tolist(), strict=True)
    ]
    cases = [(f"`{flow(text)}`", " ".join(f"`{one}`" for one in ids.split()) or "nobody")
             for text, ids in spec.cases]  # fmt: skip
    head = lines_of(("user", *map(str, users.columns)), *rows)
    if spec.events:
        did = [
            (f"`{user}`", f"`{event}`", f"`{time}`", "" if value is None else f"`{value}`",
             f"`{parameters}`" if parameters else "")
            for user, event, time, value, parameters in spec.events
        ]  # fmt: skip
        told = lines_of(("user", "event", "time", "value", "parameters"), *did)
        return f"{told}\n\n{lines_of(('rule or segment', 'selects'), *cases)}"
    told = lines_of(("rule or segment", "selects"), *cases)
    plain = users.columns.tolist() == ["x"] and set(users["x"].map(str)) == {"1"}
    return told if plain else f"{head}\n\n{told}"


def page() -> str:
    """Return docs/targeting.md."""
    text = TEXT
    for name in SPECS:
        text = text.replace(f"<<{name}>>", table(name))
    text = text.replace("<<operators>>", operators()).replace("<<unset>>", unset())
    return text.replace("<<properties named>>", ", ".join(f"`{one}`" for one in PROPERTIES))


TEXT = (Path(__file__).parent / "targeting.md").read_text(encoding="utf-8")

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

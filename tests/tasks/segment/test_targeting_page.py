"""The table of operators in docs/targeting.md says what the rules do."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from blocks.segment import Rule, Segment
from blocks.segment_operator import OPERATORS
from blocks.segment_subject import ON_COLUMN
from tasks.segment.criteria import mask

PAGE = (Path(__file__).parents[3] / "docs/targeting.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]


def examples(cell):
    return [json.loads(text) for text in re.findall(r"`([^`]*)`", cell)]


def test_every_operator_has_its_row():
    documented = [row[0].strip("`") for row in ROWS]

    assert list(dict.fromkeys(documented)) == [one for one in OPERATORS if one in ON_COLUMN]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_the_examples_of_a_row_hold(row):
    operator, _, _, value, matching, others = row
    rule = Rule.model_validate(
        {"attribute": "x", "operator": operator.strip("`"), "value": (examples(value) or [None])[0]}
    )
    cells = [*examples(matching), *examples(others)]
    users = pd.DataFrame({"id": range(len(cells)), "x": pd.Series(cells, dtype=object)})

    found = mask(
        Segment(all=(rule,)),
        users,
        id_column="id",
        now=dt.datetime(2026, 3, 31, tzinfo=dt.UTC),
        timezone="UTC",
    )

    assert matching
    assert dict(zip(map(repr, cells), found, strict=True)) == {
        **dict.fromkeys(map(repr, examples(matching)), True),
        **dict.fromkeys(map(repr, examples(others)), False),
    }
    assert None in cells


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL))
def test_the_written_segments_are_accepted(text):
    written = YAML(typ="safe", pure=True).load(text)

    segment = Segment.model_validate(written.get("segment", written))

    assert list(segment.rules())

"""What the README says is so."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from blocks.campaign_file import validate_campaign
from deployments.command_line.main import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"`((?:blocks|tasks|flows|deployments|tests|docs)/[\w./]*)`", README))

    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_command_is_named():
    commands = get_command(app).commands  # type: ignore[attr-defined]

    assert [name for name in commands if f"hookline {name}" not in README] == []


def test_every_make_target_that_is_named_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    named = set(re.findall(r"`?make ([a-z-]+)", README))
    assert [target for target in sorted(named) if f"\n{target}:" not in makefile] == []


def test_the_campaign_in_it_is_one():
    from ruamel.yaml import YAML

    (block,) = re.findall(r"```yaml\n(.*?)```", README, re.S)

    assert validate_campaign(YAML(typ="safe", pure=True).load(block)).name == "retention-offer"


@pytest.mark.parametrize("page", ["targeting", "messages", "delivery", "machines", "crashes"])
def test_the_docs_are_linked(page):
    assert f"docs/{page}.md" in README

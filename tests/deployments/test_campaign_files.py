"""Every campaign file of ours loads and compiles, over the sample users."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blocks.campaign_file import load_campaign
from blocks.delivery import DOCUMENTED_CODES, DOCUMENTED_DELAYS
from deployments.demo import CAMPAIGN
from deployments.sample_users import write_sample_users
from tasks.check.prepared import prepare

FOLDER = CAMPAIGN.parent
FILES = sorted(FOLDER.glob("*.y*ml"))
ENVIRON = {
    name: "x"
    for file in FILES
    for name in re.findall(r"\$\{(\w+)\}", file.read_text(encoding="utf-8"))
} | {"CRM_HOST": "crm.example.com"}


def test_there_are_campaign_files() -> None:
    assert CAMPAIGN in FILES
    assert len(FILES) >= 7


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_loads_compiles_and_selects_someone(file: Path, tmp_path: Path) -> None:
    write_sample_users(tmp_path / "users.csv")
    campaign = load_campaign(file, users=str(tmp_path / "users.csv"))

    prepared = prepare(campaign, environ=ENVIRON, now=datetime.now(UTC))

    assert campaign.name == file.stem
    assert prepared.columns.warnings == ()
    assert 0 < len(prepared.audience()) < 1000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_holds_no_secret(file: Path) -> None:
    assert load_campaign(file).literal_secrets() == []


def test_the_retention_offer_keeps_the_documented_retries() -> None:
    retry = load_campaign(CAMPAIGN).delivery.retry

    assert retry.codes == DOCUMENTED_CODES
    assert retry.delays == DOCUMENTED_DELAYS

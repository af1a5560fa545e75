"""A campaign over a small table in a file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from blocks.campaign_file import validate_campaign
from tasks.check.prepared import prepare

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TABLE = """\
user_id,first_name,plan,months
ada,Ada,free,3
bob,,free,1
cleo,Cleo,pro,30
"""
MESSAGE = {
    "url": "http://api:${PASSWORD}@crm.example.com/users/{{User ID}}",
    "headers": {"X-Api-Key": "${KEY}"},
    "data": {"name": "{{ userAttribute.first_name }}", "months": "{{ userAttribute.months }}"},
}


@pytest.fixture
def campaign_of(tmp_path: Path):
    """Return a function that makes a campaign over the table."""
    (tmp_path / "users.csv").write_text(TABLE, encoding="utf-8")

    def make(message=MESSAGE, **rest):
        users = {"source": str(tmp_path / "users.csv"), "id": "user_id"}
        return validate_campaign({"name": "Welcome", "users": users, "message": message} | rest)

    return make


@pytest.fixture
def prepared_of(campaign_of):
    """Return a function that makes such a campaign and prepares it."""

    def make(*, showing=False, **given):
        environ = {"PASSWORD": "hush-hush", "KEY": "k-e-y"}
        return prepare(campaign_of(**given), environ=environ, now=NOW, showing=showing)

    return make

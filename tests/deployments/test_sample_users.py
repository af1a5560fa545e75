"""The sample users: the same ones every time, from many countries, fit for the sample campaign."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pendulum
import pytest

from blocks.campaign_file import load_campaign
from deployments.demo import CAMPAIGN
from deployments.sample_users import AS_OF, USERS, sample_users, write_sample_users
from tasks.check.prepared import prepare

ENVIRON = {"CRM_HOST": "127.0.0.1:9", "CRM_PASSWORD": "x"}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Yield the table as the demo writes it."""
    path = tmp_path_factory.mktemp("users") / "demo" / "users.csv"
    assert write_sample_users(path) == USERS
    return path


def test_the_table_is_the_same_on_every_machine(table: Path) -> None:
    digest = hashlib.sha256(table.read_bytes()).hexdigest()

    assert digest == "201417add3409b8c097132636391ae3f9ca328bce15855aabb5ac03cdaac961d"


def test_the_retention_offer_selects_about_190(table: Path) -> None:
    campaign = load_campaign(CAMPAIGN, users=str(table))

    audience = prepare(campaign, environ=ENVIRON, now=datetime.now(UTC)).audience()

    assert len(audience) == 189
    expected = {
        user.user_id
        for user in sample_users()
        if user.contract == "Month-to-month" and user.tenure < 6
    }
    assert set(audience["user_id"]) == expected


def test_ids_are_unique_and_a_few_first_names_are_blank() -> None:
    users = list(sample_users())

    assert len({user.user_id for user in users}) == USERS
    assert 20 <= sum(not user.first_name for user in users) <= 60
    assert all(user.last_name and user.city for user in users)


def test_names_and_cities_are_of_many_countries() -> None:
    users = list(sample_users())

    assert len({user.country for user in users}) >= 10
    assert {"Zoë", "José", "Łukasz", "さくら", "ليلى"} <= {user.first_name for user in users}
    assert {"田中", "O'Connor", "Żółć"} <= {user.last_name for user in users}
    assert {"東京", "Łódź", "القاهرة", "São Paulo"} <= {user.city for user in users}


def test_time_zones_are_real_ones() -> None:
    for zone in {user.timezone for user in sample_users()}:
        assert pendulum.timezone(zone).name == zone


def test_dates_are_in_order() -> None:
    assert all(user.signed_up <= user.last_active <= AS_OF for user in sample_users())


def test_telephone_numbers_are_of_those_reserved_for_fiction() -> None:
    phones = [user.phone for user in sample_users()]

    assert len(set(phones)) == USERS
    assert all(re.fullmatch(r"1[2-9]\d\d55501\d\d", phone) for phone in phones)

"""An occurrence enters the log as a run, once."""

import pytest

from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake
from tasks.check.occurrence import Occurrence


@pytest.fixture
def door(tmp_path):
    log = DeliveryLog(url=f"sqlite:///{tmp_path}/log.db")
    yield log
    log.open().dispose()


def test_entering_twice_is_entering_once(prepared_of, door):
    occurrence = Occurrence(prepared_of(), "june", door, "welcome.yaml")

    first, second = occurrence.enter(), occurrence.enter()

    assert first.id == second.id
    assert (first.campaign, first.source) == ("Welcome", "welcome.yaml")
    assert first.columns == ("user_id", "first_name", "months")
    assert first.started_at == occurrence.prepared.now.timestamp()


def test_what_is_kept_of_the_campaign_holds_no_secret(prepared_of, door):
    run = Occurrence(prepared_of(), "june", door, None).enter()

    assert "hush-hush" not in str(run.definition)
    assert "k-e-y" not in str(run.definition)


def test_the_key_of_another_message_is_refused(prepared_of, door):
    Occurrence(prepared_of(), "june", door, None).enter()
    changed = prepared_of(message={"url": "http://crm.example.com/other"})

    with pytest.raises(AuthorMistake, match="run_key: 'june'"):
        Occurrence(changed, "june", door, None).enter()

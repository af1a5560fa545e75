"""How runs are named."""

from tasks.schedule.run_key import key_at, key_of_flow_run


def test_a_run_is_named_by_its_campaign_and_instant():
    assert key_at("Retention Offer", 1_795_000_000.25) == "retention-offer-20261118T110640.250Z"


def test_a_run_launched_in_the_ui_is_named_by_its_flow_run():
    assert key_of_flow_run("Offer", "0a1b") == "offer-0a1b"

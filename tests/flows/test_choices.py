"""A campaign comes from a file, from the form, or from a saved block."""

import base64

import pytest

from blocks.campaign import Campaign
from blocks.choice import choice_of
from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake
from blocks.saved import SavedCampaign
from flows.send_campaign import send_campaign
from tasks.log import runs


@pytest.fixture
def plain(receiver, tmp_path):
    """Return a campaign as plain values, as a form or a program gives it."""
    (tmp_path / "users.csv").write_text("user_id,plan\nada,free\nbob,pro\n")
    address = receiver.in_url("crm").removeprefix("http://")
    rule = {"attribute": "plan", "operator": "is", "value": "free"}
    return {
        "name": "Composed",
        "users": {"source": str(tmp_path / "users.csv"), "id": "user_id"},
        "segment": {"all": [{"any": [rule, rule]}]},
        "message": {"url": f"http://crm:${{CRM_PASSWORD}}@{address}/{{{{User ID}}}}"},
    }


def _authorization(receiver):
    (request,) = receiver.requests("crm")
    return base64.b64decode(dict(request.headers)["authorization"].split()[1])


async def test_a_composed_campaign_takes_its_secret_from_the_environment(
    prefect, log_url, receiver, plain, monkeypatch
):
    monkeypatch.setenv("CRM_PASSWORD", "from-the-environment")

    state = await send_campaign(Campaign.model_validate(plain), run_key="c", return_state=True)

    run = runs.find_run(DeliveryLog(url=log_url).open(), run_key="c")
    assert state.is_completed(), state.message
    assert _authorization(receiver) == b"crm:from-the-environment"
    assert choice_of(run.source, run.definition) == Campaign.model_validate(plain)


async def test_a_saved_campaign_takes_its_secret_from_the_block(prefect, log_url, receiver, plain):
    saved = SavedCampaign.model_validate(
        {"campaign": plain, "secrets": {"CRM_PASSWORD": "from-the-block"}}
    )
    await saved.save("kept", overwrite=True)
    loaded = await SavedCampaign.aload("kept")

    state = await send_campaign(loaded, run_key="s", return_state=True)

    run = runs.find_run(DeliveryLog(url=log_url).open(), run_key="s")
    assert state.is_completed(), state.message
    assert _authorization(receiver) == b"crm:from-the-block"
    assert run.source == "saved:kept"
    assert choice_of(run.source, None).environ == {"CRM_PASSWORD": "from-the-block"}


async def test_a_block_that_is_gone_is_told(prefect):
    with pytest.raises(AuthorMistake, match="no block is saved as 'gone'"):
        choice_of("saved:gone", None)


async def test_a_composed_campaign_with_a_secret_written_out_is_refused(
    prefect, log_url, receiver, plain
):
    plain["message"]["headers"] = {"X-Api-Key": "hunter2"}

    state = await send_campaign(Campaign.model_validate(plain), run_key="r", return_state=True)

    assert state.is_failed()
    assert "message.headers.X-Api-Key: a secret is written out" in state.message
    assert "hunter2" not in state.message
    assert receiver.received("crm") == 0
    assert runs.find_run(DeliveryLog(url=log_url).open(), run_key="r") is None


def test_a_block_does_not_take_a_secret_written_out(plain):
    plain["message"]["headers"] = {"X-Api-Key": "hunter2"}

    with pytest.raises(ValueError, match="put the value among the secrets") as caught:
        SavedCampaign.model_validate({"campaign": plain})

    assert "hunter2" not in str(caught.value)


async def test_a_file_that_was_changed_since_the_start_is_refused(
    prefect, log_url, receiver, write_campaign
):
    campaign = write_campaign(users="user_id\nada\n", message={"url": receiver.in_url("crm")})

    state = await send_campaign(f"{campaign}#0123456789abcdef", return_state=True)

    assert state.is_failed()
    assert "was changed since the run was started" in state.message


async def test_a_mistake_in_the_table_leaves_no_run_behind(
    prefect, log_url, receiver, write_campaign
):
    campaign = write_campaign(users="user_id\nada\nada\n", message={"url": receiver.in_url("crm")})

    state = await send_campaign(str(campaign), run_key="twice", return_state=True)

    assert state.is_failed()
    assert "users.id" in state.message
    assert runs.list_runs(DeliveryLog(url=log_url).open()) == []

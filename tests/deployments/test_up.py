"""`hookline up`: the flows are deployments, the pages find their server, and runs end settled."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake
from deployments.prefect_server import HOST
from deployments.request_bin.server import RunningBin
from deployments.up import run_up
from tasks.log import runs
from tasks.log.transaction import Log

# Whichever comes first waits for the server to start.
pytestmark = pytest.mark.timeout(240)

USERS = "user_id,tenure\n" + "".join(f"u{number},1\n" for number in range(1, 21))


def test_each_flow_is_a_deployment_that_is_loaded_by_its_module(up) -> None:
    found = httpx.post(f"{up.api_url}/deployments/filter", json={}).json()

    assert {one["name"]: one["entrypoint"] for one in found} == {
        "send-campaign": "deployments.served.send_campaign",
        "preview-campaign": "deployments.served.preview_campaign",
        "dry-run-campaign": "deployments.served.dry_run_campaign",
        "resend-failed": "deployments.served.resend_failed",
        "resume-runs": "deployments.served.resume_runs",
    }
    assert {tag for one in found for tag in one["tags"]} == {"hookline"}
    # The form explains each parameter beside it.
    assert not any("Args:" in one["description"] for one in found)


def test_lost_runs_are_looked_for_every_five_minutes_and_the_rest_runs_when_asked(up) -> None:
    found = httpx.post(f"{up.api_url}/deployments/filter", json={}).json()

    crons = {one["name"]: [each["schedule"]["cron"] for each in one["schedules"]] for one in found}

    assert crons.pop("resume-runs") == ["*/5 * * * *"]
    assert set(map(tuple, crons.values())) == {()}


def test_the_form_offers_a_composer_a_file_and_a_saved_campaign(up) -> None:
    found = httpx.post(f"{up.api_url}/deployments/filter", json={}).json()
    schema = next(one for one in found if one["name"] == "send-campaign")[
        "parameter_openapi_schema"
    ]

    choices = schema["properties"]["campaign"]["anyOf"]

    assert [one.get("$ref", one.get("title")) for one in choices] == [
        "#/definitions/Campaign",
        "Campaign file",
        "#/definitions/SavedCampaign",
    ]


def test_a_campaign_can_be_saved_in_the_pages(up) -> None:
    found = httpx.get(f"{up.api_url}/block_types/slug/hookline-campaign")

    assert found.json()["name"] == "Hookline Campaign"


def test_the_pages_call_the_server_that_they_come_from(up) -> None:
    settings = httpx.get(up.ui_url.replace("/v2", "/ui-settings")).json()

    assert settings["api_url"] == up.api_url
    assert settings["default_ui"] == "v2"
    assert httpx.get(up.ui_url, follow_redirects=True).status_code == 200


def test_it_listens_on_this_machine_only(up) -> None:
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", up.port), timeout=5)


def test_a_taken_port_is_the_authors_mistake(tmp_path: Path) -> None:
    with (
        socket.create_server((HOST, 0)) as taken,
        pytest.raises(AuthorMistake, match=r"port: \d+ is taken"),
    ):
        run_up(port=taken.getsockname()[1], home=tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_being_sent_settles_when_it_is_ended(
    run_up_in, receiver: RunningBin, tmp_path: Path, end: signal.Signals
) -> None:
    receiver.script("crm", [{"delay": 2}])
    with run_up_in(tmp_path) as up:
        log = DeliveryLog(url=f"sqlite:///{tmp_path}/.hookline/log.db").open()
        _start(up.api_url, _campaign(tmp_path, receiver))
        up.running.read_until("Beginning flow run")
        while not receiver.received("crm"):
            pass

        # A terminal's Ctrl-C reaches the whole group; a service manager's signal one process.
        reaches = os.killpg if end is signal.SIGINT else os.kill
        reaches(up.running.process.pid, end)
        assert up.running.end() == 0

    assert "Stopped." in up.running.printed[-1]
    counts = _only_run(log)
    assert (counts.delivered, counts.in_doubt) == (receiver.received("crm"), 0)
    assert counts.attempts == counts.delivered


def _campaign(folder: Path, receiver: RunningBin) -> dict[str, Any]:
    (folder / "users.csv").write_text(USERS)
    return {
        "name": "slow",
        "users": {"source": str(folder / "users.csv"), "id": "user_id"},
        "message": {"url": receiver.in_url("crm") + "/{{User ID}}", "data": {"a": "b"}},
        "delivery": {"concurrency": 5},
    }


def _start(api_url: str, campaign: dict[str, Any]) -> None:
    deployment = httpx.get(f"{api_url}/deployments/name/send-campaign/send-campaign").json()["id"]
    httpx.post(
        f"{api_url}/deployments/{deployment}/create_flow_run",
        json={"parameters": {"campaign": campaign}},
    ).raise_for_status()


def _only_run(log: Log):
    (run,) = runs.list_runs(log)
    return run.counts

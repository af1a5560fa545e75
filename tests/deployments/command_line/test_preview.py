"""`hookline preview` shows what would go out, masked, and sends nothing."""

from typing import Any

USERS = "user_id,name\nada,Ada\nbob,\n"
MESSAGE = {
    "url": "http://api:${PASSWORD}@crm.example.com/{{User ID}}",
    "data": {"name": "{{ userAttribute.name }}"},
}


def test_requests_are_shown_as_the_receiver_would_get_them(hookline, write_campaign, monkeypatch):
    monkeypatch.setenv("PASSWORD", "hush-hush")
    file = write_campaign(users=USERS, message=MESSAGE)

    answer = hookline("preview", file)

    assert answer.code == 0
    assert "audience            2" in answer.out
    assert "1  data.name: userAttribute.name is missing" in answer.out
    assert "--- ada\nPOST http://***@crm.example.com/ada\n" in answer.out
    assert '\n\n{"name":"Ada"}\n' in answer.out
    assert "hush-hush" not in answer.out


def test_as_curl_and_as_many_as_asked_for(hookline, write_campaign, monkeypatch):
    monkeypatch.setenv("PASSWORD", "hush-hush")
    file = write_campaign(users=USERS, message=MESSAGE | {"data": {}})

    answer = hookline("preview", file, "--curl", "--sample", "1")

    assert answer.out.count("\ncurl ") == 1
    assert "bob" not in answer.out


def test_as_json_it_is_one_object(hookline, write_campaign, monkeypatch):
    monkeypatch.setenv("PASSWORD", "hush-hush")
    file = write_campaign(users=USERS, message=MESSAGE)

    told = hookline("preview", file, "--json").json

    assert (told["audience"], told["rendered"], told["complete"]) == (2, 2, True)
    assert told["requests"][0]["request"]["headers"]["Content-Type"] == "application/json"


def test_a_mistake_ends_it_with_2(hookline, write_campaign):
    file = write_campaign(users=USERS, message=MESSAGE)

    answer = hookline("preview", file)

    assert answer.code == 2
    assert "PASSWORD is not set" in answer.err


async def test_the_flow_returns_the_same_and_shows_it_as_an_artifact(
    prefect, write_campaign, monkeypatch
):
    from prefect.artifacts import Artifact

    from flows.preview_campaign import preview_campaign

    monkeypatch.setenv("PASSWORD", "hush-hush")
    file = write_campaign(users=USERS, message=MESSAGE, name="Looked at")

    state: Any = await preview_campaign(str(file), sample=1, return_state=True)

    told = await state.aresult()
    artifact = await Artifact.aget("looked-at-preview")
    assert artifact is not None
    assert state.message == "2 in the audience; 1 would be suppressed"
    assert [one.user_id for one in told.requests] == ["ada"]
    assert "POST http://***@crm.example.com/ada" in str(artifact.data)


async def test_the_flow_fails_with_the_mistake(prefect, write_campaign):
    from flows.preview_campaign import preview_campaign

    file = write_campaign(users=USERS, message=MESSAGE)

    state: Any = await preview_campaign(str(file), return_state=True)

    assert state.is_failed()
    assert "PASSWORD is not set" in state.message

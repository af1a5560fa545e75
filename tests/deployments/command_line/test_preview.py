"""`hookline preview` shows what would go out, masked, and sends nothing."""

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

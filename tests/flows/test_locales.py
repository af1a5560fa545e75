"""Each user gets the message in their language, from the columns that hold it."""

import json

from flows.send_campaign import send_campaign


async def test_a_run_sends_to_each_user_what_their_locale_says(prefect, receiver, write_campaign):
    file = write_campaign(
        users="user_id,ver,lang code\nada,1,de_AT\nbob,2,de-CH\ncleo,3,\n",
        properties={"locale": "lang code", "app version": "ver"},
        message={
            "url": receiver.in_url("crm") + "/{{User ID}}",
            "data": {"text": "Hello {{ appVersion }}"},
            "locales": {
                "de": {"data": {"text": "Hallo {{ appVersion }}"}},
                "de-AT": {"data": {"text": "Servus {{ appVersion }}"}},
            },
        },
    )

    state = await send_campaign(str(file), return_state=True)

    assert state.is_completed(), state.message
    assert {
        request.target.decode().rpartition("/")[2]: json.loads(request.body)["text"]
        for request in receiver.requests("crm")
    } == {"ada": "Servus 1", "bob": "Hallo 2", "cleo": "Hello 3"}

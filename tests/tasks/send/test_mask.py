"""How secrets are hidden in texts that come back."""

import base64

import pytest

from blocks.campaign import Campaign
from blocks.linked_data import LinkedData
from blocks.message import Message
from blocks.user_table import UserTable
from tasks.send.mask import make_mask, secrets_of


@pytest.mark.parametrize(
    "text",
    [
        "p@ss word",
        "p%40ss%20word",
        "p%40ss+word",
        base64.b64encode(b"p@ss word").decode(),
    ],
)
def test_a_secret_is_hidden_however_it_travelled(text):
    assert make_mask(["p@ss word"])(f"<{text}>").startswith("<***")


def test_a_secret_is_hidden_inside_json():
    assert make_mask(['say "hi"'])('{"echo": "say \\"hi\\""}') == '{"echo": "***"}'


def test_a_percent_encoded_secret_is_hidden_decoded_too():
    assert make_mask(["crm:p%40ss"])("wrong password p@ss for crm") == "wrong password *** for crm"


def test_short_values_would_only_garble_the_text():
    assert make_mask(["abc", ""])("abc def") == "abc def"


def test_without_secrets_a_text_stays_as_it_is():
    assert make_mask([])("as it is") == "as it is"


def test_the_secrets_of_a_message_are_its_placeholders_and_what_is_written_out():
    message = Message(
        url="https://crm:${CRM_PASSWORD}@crm.example.com/${PATH_PART}",
        headers={"X-Token": "written-out", "X-Campaign": "retention", "X-Key": "${KEY}"},
        data={"a": "${UNSET}", "api_key": "in-data", "b": "offer"},
    )

    campaign = Campaign(
        name="Offer",
        users=UserTable(source="users.csv", id="user_id"),
        message=message,
        linked_data=(
            LinkedData(
                name="menu",
                url="https://menu.example.com/${DAY_KEY}",
                headers={"Authorization": "Bearer ${MENU_TOKEN}"},
            ),
        ),
    )
    environ = {"MENU_TOKEN": "t-456", "DAY_KEY": "d-789", "PATH_PART": "p-1", "KEY": "k-123"}

    found = secrets_of(campaign, environ | {"CRM_PASSWORD": "hunter2"})

    assert {"hunter2", "crm:hunter2", "k-123", "p-1", "written-out"} <= found
    assert {"t-456", "d-789", "in-data"} <= found
    assert "offer" not in found
    assert "retention" not in found

"""What the campaign files for well-known services send is what those services have published.

The facts below were read from the descriptions named beside them; only what a request is checked
against is repeated here.
"""

import base64
import json
import re
from email import message_from_bytes
from email.policy import HTTP
from hashlib import md5
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
import pytest

from blocks.campaign_file import load_campaign
from deployments.demo import CAMPAIGN
from tasks.render.message import compile_message
from tasks.render.request import Recipient

SID = "AC" + "0123456789abcdef" * 2
ENVIRON = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": "t0ken",
    "TWILIO_FROM": "+15552345678",
    "SLACK_WEBHOOK": "T000/B000/XXXX",
    "SENDGRID_API_KEY": "SG.key",
    "MAILGUN_API_KEY": "key-1",
    "MAILGUN_DOMAIN": "mg.example.com",
    "MAIL_FROM": "offers@example.com",
    "LEANPLUM_APP_ID": "app_1",
    "LEANPLUM_PROD_KEY": "prod_1",
    "CRM_TOKEN": "crm-1",
    "CRM_HOST": "127.0.0.1:8800",
    "CRM_PASSWORD": "crm-2",
}
ZOE = {
    "first_name": 'Zoë "Z"',
    "last_name": "Lefèvre & <Fils>",
    "email": "u0042@example.com",
    "country": "FR",
    "city": "Besançon",
    "language": "fr",
    "timezone": "Europe/Paris",
    "plan": "Fiber 1000",
    "tenure": 22,
    "phone": 12015550142,
}


def sent(name: str, **attributes: object):
    """Render a campaign file of ours for Zoë, with other attributes of hers."""
    campaign = load_campaign(CAMPAIGN.with_name(f"{name}.yaml"))
    message = compile_message(campaign.message, environ=ENVIRON, now=0.0, campaign=campaign.name)
    return message.render(Recipient("u0042", ZOE | attributes, "wh_1"))


def basic(request) -> str:
    scheme, _, credentials = request.authorization.partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(credentials).decode()


# twilio/twilio-oai, spec/json/twilio_api_v2010.json at d50069b (2026-04-14), operation
# POST /2010-04-01/Accounts/{AccountSid}/Messages.json: a form, security accountSid_authToken (HTTP
# basic), `To` is required, its format phone-number (E.164), `Body` up to 1,600 characters.
TWILIO_FIELDS = {
    "To", "StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt",
    "ValidityPeriod", "ForceDelivery", "ContentRetention", "AddressRetention", "SmartEncoded",
    "PersistentAction", "TrafficType", "ShortenUrls", "ScheduleType", "SendAt", "SendAsMms",
    "ContentVariables", "RiskCheck", "From", "FallbackFrom", "MessagingServiceSid", "Body",
    "MediaUrl", "ContentSid",
}  # fmt: skip
TWILIO_PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages\.json")
E164 = re.compile(r"\+[1-9]\d{1,14}")


def test_twilio_gets_a_form_with_basic_authentication():
    request = sent("sms-twilio")

    assert (request.method, urlsplit(request.url).netloc) == ("POST", "api.twilio.com")
    assert TWILIO_PATH.fullmatch(urlsplit(request.url).path).group(1) == SID
    assert basic(request) == f"{SID}:t0ken"
    assert dict(request.headers)["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == (
        b"To=%2B12015550142&From=%2B15552345678"
        b"&Body=Hi+Zo%C3%AB+%22Z%22%2C+your+Fiber+1000+data+is+waiting+for+you."
    )
    fields = dict(parse_qsl(request.body.decode(), strict_parsing=True))
    assert fields.keys() <= TWILIO_FIELDS
    assert E164.fullmatch(fields["To"])
    assert E164.fullmatch(fields["From"])
    assert len(fields["Body"]) <= 1600


# docs.slack.dev, "Sending messages using incoming webhooks" (POST of JSON with `text` to
# https://hooks.slack.com/services/...) and "Formatting message text" (&, < and > as entities).
def test_slack_gets_a_text_with_its_three_characters_escaped():
    request = sent("slack")

    assert request.url == "https://hooks.slack.com/services/T000/B000/XXXX"
    assert dict(request.headers)["Content-Type"] == "application/json"
    assert json.loads(request.body) == {
        "text": 'New on Fiber 1000: Zoë "Z" Lefèvre &amp; &lt;Fils&gt;, Besançon'
    }


# sendgrid/sendgrid-oai, spec/paths/mail_send/mail_send.json, POST /v3/mail/send.
ADDRESS = {
    "type": "object",
    "properties": {"email": {"type": "string", "minLength": 3}, "name": {"type": "string"}},
    "required": ["email"],
    "additionalProperties": False,
}
SENDGRID = {
    "type": "object",
    "properties": {
        "personalizations": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "items": {
                "type": "object",
                "properties": {
                    "to": {"type": "array", "minItems": 1, "items": ADDRESS},
                    "custom_args": {
                        "type": "object",
                        "maxProperties": 10_000,
                        "additionalProperties": {"type": "string"},
                    },
                },
                "required": ["to"],
                "additionalProperties": False,
            },
        },
        "from": ADDRESS,
        "subject": {"type": "string", "minLength": 1},
        "content": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "minLength": 1},
                    "value": {"type": "string", "minLength": 1},
                },
                "required": ["type", "value"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["personalizations", "from", "subject", "content"],
    "additionalProperties": False,
}


def test_sendgrid_gets_a_mail():
    request = sent("email-sendgrid")

    headers = dict(request.headers)
    mail = json.loads(request.body)
    assert (request.method, request.url) == ("POST", "https://api.sendgrid.com/v3/mail/send")
    assert headers["Authorization"] == "Bearer SG.key"
    assert headers["Content-Type"] == "application/json"
    jsonschema_rs.validate(SENDGRID, mail)
    assert mail == {
        "personalizations": [
            {
                "to": [{"email": "u0042@example.com"}],
                "custom_args": {"user_id": "u0042", "campaign": "email-sendgrid"},
            }
        ],
        "from": {"email": "offers@example.com", "name": "Example Telecom"},
        "subject": "Your Fiber 1000 contract",
        "content": [
            {
                "type": "text/plain",
                "value": 'Hello Zoë "Z",\n\nyour contract ends soon. '
                "Stay, and get a month for nothing.\n",
            }
        ],
    }


# documentation.mailgun.com, API reference, "Send an email", POST /v3/{domain_name}/messages:
# basicAuth (user api), multipart/form-data, required: from, to, subject, and one of text, html,
# amp-html and template; o:tag is an option.
def test_mailgun_gets_the_parts_of_a_form_with_basic_authentication():
    request = sent("email-mailgun")

    assert (request.method, request.url) == (
        "POST",
        "https://api.mailgun.net/v3/mg.example.com/messages",
    )
    assert basic(request) == "api:key-1"
    assert fields_of_form(request) == {
        "from": "offers@example.com",
        "to": "u0042@example.com",
        "subject": "Your Fiber 1000 contract",
        "text": 'Hello Zoë "Z",\n\nyour contract ends soon.',
        "o:tag": "email-mailgun",
    }
    boundary = b"--hookline-" + md5(b"key-1u0042").hexdigest().encode()
    assert request.body.startswith(boundary + b"\r\nContent-Disposition: form-data")
    assert request.body.endswith(b"\r\n" + boundary + b"--\r\n")


def fields_of_form(request):
    content_type = dict(request.headers)["Content-Type"]
    form = message_from_bytes(
        f"Content-Type: {content_type}\r\n\r\n".encode() + request.body, policy=HTTP
    )
    assert form.get_content_type() == "multipart/form-data"
    assert not form.defects
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True).decode()
        for part in form.iter_parts()
    }


def test_no_value_adds_a_part_or_a_header_to_an_e_mail():
    evil = '\r\n--hookline-0\r\nContent-Disposition: form-data; name="bcc"\r\n\r\nx@example.com'

    fields = fields_of_form(sent("email-mailgun", first_name=evil, plan=evil, email=f"a@b{evil}"))

    assert fields.keys() == {"from", "to", "subject", "text", "o:tag"}
    assert fields["text"] == f"Hello {evil},\n\nyour contract ends soon."
    assert not re.search(r"[\r\n]", fields["to"] + fields["subject"])
    assert not re.search(r"[\r\n]", json.loads(sent("email-sendgrid", plan=evil).body)["subject"])


def test_the_boundary_of_one_user_tells_nothing_of_another_s():
    campaign = load_campaign(CAMPAIGN.with_name("email-mailgun.yaml"))
    message = compile_message(campaign.message, environ=ENVIRON, now=0.0, campaign=campaign.name)

    types = {
        dict(message.render(Recipient(user, ZOE, "wh_1")).headers)["Content-Type"]
        for user in ("u0042", "u0043")
    }

    assert len(types) == 2


def test_a_line_break_in_a_header_costs_that_recipient():
    told = sent("retention-offer", language="en\r\nX-Admin: yes")

    assert told.reason == "headers.Accept-Language: line break or control character"


def test_a_line_break_in_a_form_is_encoded():
    body = sent("sms-twilio", plan="x\r\n&From=+1").body.decode()

    fields = parse_qsl(body, strict_parsing=True)
    assert [name for name, _ in fields] == ["To", "From", "Body"]
    assert "x\r\n&From=+1" in dict(fields)["Body"]


# api-evangelist/leanplum, openapi/leanplum-user-information-api-openapi.yml,
# POST /api?action=setUserAttributes. `userAttributes` is described as a map there (type string,
# format object: JSON text where it stands in a query); in a JSON body it is an object.
LEANPLUM = {
    "type": "object",
    "properties": {
        "appId": {"type": "string"},
        "clientKey": {"type": "string"},
        "apiVersion": {"enum": ["1.0.6"]},
        "userId": {"type": "string", "maxLength": 400},
        "createDisposition": {"enum": ["CreateIfNeeded", "CreateNever"]},
        "userAttributes": {"type": "object"},
        "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "city": {"type": "string"},
    },
    "required": ["appId", "clientKey", "apiVersion", "userId"],
    "additionalProperties": False,
}


def test_leanplum_gets_attributes_to_set():
    request = sent("leanplum-attributes")

    told = json.loads(request.body)
    assert request.method == "POST"
    assert request.url == "https://api.leanplum.com/api?action=setUserAttributes"
    assert dict(request.headers)["Content-Type"] == "application/json"
    jsonschema_rs.validate(LEANPLUM, told)
    assert told["userAttributes"] == {"plan": "Fiber 1000", "monthsAsCustomer": 22}
    assert (told["appId"], told["clientKey"], told["userId"]) == ("app_1", "prod_1", "u0042")


def test_a_crm_gets_an_upsert_that_may_be_repeated():
    request = sent("crm-profile")

    assert (request.method, request.url) == ("PUT", "https://crm.example.com/v1/profiles/u0042")
    assert dict(request.headers)["Authorization"] == "Bearer crm-1"
    assert dict(request.headers)["webhook-id"] == "wh_1"
    assert request.body.decode() == CRM_BODY
    assert json.loads(request.body)["name"] == {"first": 'Zoë "Z"', "last": "Lefèvre & <Fils>"}


CRM_BODY = r"""{
  "email": "u0042@example.com",
  "name": {
    "first": "Zoë \"Z\"",
    "last": "Lefèvre & <Fils>"
  },
  "address": {
    "city": "Besançon",
    "country": "FR"
  },
  "preferences": {
    "language": "fr",
    "timezone": "Europe/Paris"
  },
  "months": 22
}
"""


@pytest.mark.parametrize(
    "name",
    [
        "sms-twilio",
        "slack",
        "email-sendgrid",
        "email-mailgun",
        "leanplum-attributes",
        "crm-profile",
    ],
)
def test_no_secret_of_theirs_is_shown(name):
    request = sent(name)

    assert not any(secret in repr(request) for secret in ENVIRON.values())

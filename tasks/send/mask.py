"""Hide secrets in texts that come back from outside."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote

from blocks.campaign import Campaign
from blocks.message import Message
from blocks.message_secrets import PLACEHOLDER

SHOWN = "***"


def secrets_of(campaign: Campaign, environ: Mapping[str, str]) -> set[str]:
    """Return the secret values of a campaign's message and linked data."""
    variants = campaign.message.variants().values()
    return _of_message(campaign.message, environ).union(
        *(_of_message(one, environ) for one in variants),
        *(_of_message(Message(url=one.url, headers=one.headers), environ)
          for one in campaign.linked_data)
    )  # fmt: skip


def _of_message(message: Message, environ: Mapping[str, str]) -> set[str]:
    """Return the values of a message's placeholders, and the secrets that are written out."""
    credentials = message.credentials.get_secret_value() if message.credentials else ""
    texts = [message.url, credentials, message.body or "", *message.data.values()]
    texts += message.headers.values()
    names = {name for text in texts for name in PLACEHOLDER.findall(text)}
    return {environ[name] for name in names if name in environ} | {
        PLACEHOLDER.sub(lambda found: environ.get(found[1], ""), text)
        for text in (credentials, *message.written_out())
    }


def make_mask(secrets: Iterable[str]) -> Callable[[str], str]:
    """Make a function that replaces every secret in a text by `***`.

    Each secret is hidden as it is and as it may have travelled: percent-encoded, percent-decoded,
    as JSON text, and in Base64 as Basic authentication carries it. Values shorter than four
    characters are left alone, since hiding them would only garble the text.
    """
    forms = {form for secret in secrets for form in _forms(secret) if len(form) >= 4}
    if not forms:
        return str
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(SHOWN, text)


def _forms(secret: str) -> Iterable[str]:
    plain = unquote(secret)
    for text in (secret, plain, plain.partition(":")[2]):
        yield text
        yield quote(text, safe="")
        yield quote_plus(text)
        yield json.dumps(text)[1:-1]
        yield base64.b64encode(text.encode()).decode().rstrip("=")

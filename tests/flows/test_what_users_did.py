"""What users did goes out with the message, the same on every attempt: it is in the snapshot."""

import json
from pathlib import Path

from flows.send_campaign import send_campaign

EVENTS = """\
user_id,event,time,amount
ada,Purchase,2026-01-02T10:00:00Z,5
ada,Purchase,2026-03-04T10:00:00Z,7.5
bob,open,2026-01-02T10:00:00Z,
"""


async def test_a_run_counts_events_for_its_templates(prefect, receiver, write_campaign):
    file: Path = write_campaign(
        users="user_id\nada\nbob\n",
        events={"source": "events.csv", "value": "amount"},
        message={
            "url": receiver.in_url("crm") + "/{{User ID}}",
            "data": {
                "count": '{{Occurrences "Purchase"}}',
                "value": "{{ lifetimeValue }}",
                "last": "{{ lastOccurrenceOf['Purchase'] | default('never') }}",
            },
        },
    )
    (file.parent / "events.csv").write_text(EVENTS, encoding="utf-8")

    state = await send_campaign(str(file), return_state=True)

    assert state.is_completed(), state.message
    assert {
        request.target.decode().rpartition("/")[2]: json.loads(request.body)
        for request in receiver.requests("crm")
    } == {
        "ada": {"count": "2", "value": "12.5", "last": "2026-03-04T10:00:00+00:00"},
        "bob": {"count": "0", "value": "0", "last": "never"},
    }

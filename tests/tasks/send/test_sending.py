"""What is told to a worker's process is enough to render the same requests there."""

import pickle
from datetime import UTC, datetime

from blocks.campaign import Campaign
from blocks.delivery_log import DeliveryLog
from tasks.log.records import Counts, Run
from tasks.render.request import Recipient
from tasks.send.sending import Sending

CAMPAIGN = Campaign.model_validate(
    {
        "name": "Welcome",
        "users": {"source": "users.csv", "id": "user_id"},
        "message": {
            "url": "https://h.example/{{User ID}}",
            "headers": {"X-Key": "${KEY}"},
            "data": {"plan": "{{ userAttribute.plan }}", "when": "{{ now }}"},
        },
    }
)
RUN = Run(
    id=1, run_key="k", campaign="Welcome", digest="d", source=None, definition=None,
    snapshot="parts", columns=("plan",), wanted="run", started_at=1.0, planned_at=2.0,
    finished_at=None, counts=Counts(audience=1),
)  # fmt: skip
SENDING = Sending(
    CAMPAIGN,
    RUN,
    DeliveryLog(url="postgresql://hookline:pw-of-the-log@127.0.0.1/log"),
    datetime(2026, 11, 25, tzinfo=UTC),
    secrets={"KEY": "hunter2"},
)


def test_a_worker_renders_the_same_request():
    ada = Recipient(user_id="ada", attributes={"plan": "pro"}, webhook_id="msg_1")
    told = pickle.loads(pickle.dumps(SENDING))

    here = SENDING.compiled(SENDING.secrets).render(ada)
    there = told.compiled(told.secrets).render(ada)

    assert there == here
    assert ("X-Key", "hunter2") in there.headers


def test_what_is_told_shows_no_secret():
    assert "hunter2" not in repr(SENDING)
    assert "pw-of-the-log" not in repr(SENDING)

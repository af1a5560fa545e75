"""A campaign over a real table of customers, blemishes and all."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from blocks.delivery_log import DeliveryLog
from flows.send_campaign import send_campaign
from tasks.log import queries, runs
from tasks.log.records import State, webhook_id
from tasks.report.read import read_report

CUSTOMERS = Path(__file__).parents[2].parent / "shared" / "data" / "telco_customers.csv"

pytestmark = pytest.mark.skipif(not CUSTOMERS.exists(), reason=f"no {CUSTOMERS.name} beside")

SEGMENT = {
    "all": [
        {"attribute": "Contract", "operator": "is", "value": "Month-to-month"},
        {"attribute": "tenure", "operator": "is less than", "value": 24},
        # A column of numbers in which some cells are blank.
        {"attribute": "TotalCharges", "operator": "is at least", "value": 100},
    ],
    "none": [{"attribute": "InternetService", "operator": "is", "value": "No"}],
}


def hand_written(customers: pd.DataFrame) -> pd.Series:
    charges = pd.to_numeric(customers["TotalCharges"], errors="coerce")
    return (
        (customers["Contract"] == "Month-to-month")
        & (customers["tenure"] < 24)
        & (charges >= 100)
        & (customers["InternetService"] != "No")
    )


@pytest.fixture
async def sent(prefect, log_url, receiver, write_campaign):
    """Send the campaign to a receiver with faults; return log, run key and table."""
    receiver.script(
        "crm",
        [
            "first=1 share=0.05 status=503",
            "first=1 share=0.03 offset=0.05 status=429 retry_after=1",
            "share=0.02 offset=0.08 status=404",
            "first=1 share=0.01 offset=0.10 close",
        ],
    )
    campaign = write_campaign(
        users=CUSTOMERS.read_text(encoding="utf-8"),
        name="Retention",
        segment=SEGMENT,
        message={
            "url": receiver.in_url("crm") + "/{{User ID}}",
            "data": {
                "contract": "{{ userAttribute.Contract }}",
                "months": "{{ userAttribute.tenure }}",
                "charges": "{{ userAttribute.TotalCharges }}",
            },
        },
        delivery={"retry": {"delays": [0.5, 1.0]}},
    )
    table = campaign.read_text(encoding="utf-8").replace("user_id", "customerID")
    campaign.write_text(table, encoding="utf-8")

    state = await send_campaign(str(campaign), run_key="customers", return_state=True)

    assert state.is_completed(), state.message
    return DeliveryLog(url=log_url).open(), pd.read_csv(CUSTOMERS, keep_default_na=False)


async def test_what_was_received_is_what_the_log_says_request_by_request(sent, receiver):
    log, customers = sent
    run = runs.find_run(log, run_key="customers")
    report = read_report(log, run_key="customers", now=0.0)
    audience = customers[hand_written(customers)]

    logged, outcomes = {}, {}
    for delivery in queries.list_deliveries(log, run_id=run.id):
        history = queries.history(log, run_id=run.id, user_id=delivery.user_id)
        logged[delivery.user_id] = [
            "closed" if attempt.error == "connection closed" else str(attempt.status)
            for attempt in history.attempts
        ]
        outcomes[delivery.user_id] = delivery.state

    received, bodies = {}, {}
    for request in receiver.requests("crm"):
        user = request.target.decode().split("/")[-1]
        assert request.webhook_id == webhook_id(run_key="customers", user_id=user)
        received.setdefault(user, []).append(request.label)
        bodies.setdefault(user, set()).add(request.body)

    assert report.balanced
    assert list(logged) == audience["customerID"].tolist()
    assert received == logged
    assert all(len(one) == 1 for one in bodies.values()), "a retry carried other bytes"
    assert {u for u, s in outcomes.items() if s is State.DELIVERED} == {
        user for user, answers in received.items() if answers[-1] == "200"
    }
    for row in audience.itertuples():
        assert json.loads(next(iter(bodies[row.customerID]))) == {
            "contract": row.Contract,
            "months": str(row.tenure),
            "charges": row.TotalCharges,
        }
    answers = Counter(answer for answers in received.values() for answer in answers)
    assert {"200", "503", "429", "404", "closed"} == set(answers)
    assert report.attempts == sum(answers.values())

"""The audience over real customers equals what an analyst would write in pandas."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from blocks.segment import Segment
from blocks.user_table import UserTable
from tasks.segment.selection import Selection

CUSTOMERS = Path(__file__).parents[3].parent / "shared/data/telco_customers.csv"
NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def customers():
    if not CUSTOMERS.exists():
        pytest.skip(f"{CUSTOMERS.name} is not beside this repository")
    return pd.read_csv(CUSTOMERS)


def audience(segment):
    segment = Segment.model_validate(segment)
    users = UserTable(source=str(CUSTOMERS), id="customerID").read(segment.attributes())
    return list(selected(segment, users, id_column="customerID")["customerID"])


def selected(segment, users, id_column):
    selection = Selection(segment=segment, id_column=id_column, now=NOW, timezone="UTC")
    return selection.of(users).users


def rule(attribute, operator, value=None):
    return {"attribute": attribute, "operator": operator, "value": value}


def test_new_customers_by_the_month(customers):
    found = audience(
        {"all": [rule("Contract", "is", "Month-to-month"), rule("tenure", "is less than", 6)]}
    )

    by_hand = customers[(customers.Contract == "Month-to-month") & (customers.tenure < 6)]
    assert found == list(by_hand.customerID)
    assert len(found) > 1000


def test_a_nested_segment_over_a_column_with_blanks(customers):
    found = audience(
        {
            "any": [
                {"all": [rule("TotalCharges", "is at least", "5000"), rule("Churn", "is", 1)]},
                rule("TotalCharges", "is", " "),
            ],
            "none": [rule("PaymentMethod", "contains", ["automatic", "Mailed"])],
        }
    )

    total = pd.to_numeric(customers.TotalCharges, errors="coerce")
    by_hand = customers[
        (((total >= 5000) & (customers.Churn == 1)) | (customers.TotalCharges == " "))
        & ~customers.PaymentMethod.str.contains("automatic|Mailed")
    ]
    assert found == list(by_hand.customerID)
    assert found


def test_prices_between_two_bounds_that_belong_to_the_range(customers):
    found = audience({"all": [rule("MonthlyCharges", "is between", [29.85, 56.95])]})

    by_hand = customers[customers.MonthlyCharges.between(29.85, 56.95, inclusive="both")]
    assert found == list(by_hand.customerID)
    assert {"7590-VHVEG", "5575-GNVDE"} <= set(found)


def test_eight_rules_select_what_pandas_selects_by_hand(customers):
    found = audience(
        {
            "all": [
                rule("Contract", "is not", ["Two year"]),
                rule("MonthlyCharges", "is between", [40, 105.5]),
                rule("tenure", "is at least", 2),
                rule("PaymentMethod", "contains", ["automatic", "check"]),
                rule("TotalCharges", "is greater than", 100),
                rule("customerID", "does not contain", "-Q"),
            ],
            "any": [rule("InternetService", "is", "Fiber optic"), rule("SeniorCitizen", "is", 1)],
        }
    )

    total = pd.to_numeric(customers.TotalCharges, errors="coerce")
    by_hand = customers[
        (customers.Contract != "Two year")
        & customers.MonthlyCharges.between(40, 105.5)
        & (customers.tenure >= 2)
        & customers.PaymentMethod.str.contains("automatic|check")
        & (total > 100)
        & ~customers.customerID.str.contains("-Q", regex=False)
        & ((customers.InternetService == "Fiber optic") | (customers.SeniorCitizen == 1))
    ]
    assert found == list(by_hand.customerID)
    assert 500 < len(found) < len(customers) / 2


def test_the_audience_keeps_the_table_s_rows_and_order():
    users = pd.DataFrame({"id": list("cab"), "x": [1, 2, 1]}, index=[9, 8, 7])
    segment = Segment.model_validate({"all": [rule("x", "is", 1)]})

    found = selected(segment, users, id_column="id")

    assert list(found["id"]) == ["c", "b"]
    assert list(found.index) == [9, 7]

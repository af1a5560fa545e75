"""`hookline why FILE USER` tells which rule leaves a user out."""

from __future__ import annotations

import pytest

USERS = "user_id,plan,months\nada,free,3\nbob,pro,\n"
MESSAGE = {"url": "https://crm.example.com/{{User ID}}"}
SEGMENT = {
    "all": [
        {"attribute": "plan", "operator": "is", "value": "free"},
        {"attribute": "months", "operator": "is set"},
    ]
}


@pytest.fixture
def file(write_campaign):
    return write_campaign(users=USERS, message=MESSAGE, segment=SEGMENT)


def test_a_user_who_would_get_it_is_told_so(hookline, file):
    answer = hookline("why", file, "ada")

    assert answer.code == 0
    assert answer.out.splitlines() == [
        "ada would be in the audience of Welcome.",
        "",
        "  yes  plan is free (it is free)",
        "  yes  months is set (it is 3)",
    ]


def test_a_user_who_would_not_is_told_the_first_rule_and_1(hookline, file):
    answer = hookline("why", file, "bob")

    assert answer.code == 1
    assert answer.out.splitlines() == [
        "bob would not be in the audience of Welcome.",
        "The first rule that is not met: plan is free (it is pro).",
        "",
        "  no   plan is free (it is pro)",
        "  no   months is set (it is not set)",
    ]


def test_a_user_who_is_not_in_the_table_is_told_with_the_nearest_and_1(hookline, file):
    answer = hookline("why", file, "Ada")

    assert answer.code == 1
    assert answer.out.splitlines() == [
        "Ada is not in the user table of Welcome.",
        "Did you mean ada?",
    ]
    assert hookline("why", file, "zzzzzz").out.count("\n") == 1


def test_a_rule_of_thousands_of_ids_is_shortened_but_whole_in_json(hookline, write_campaign):
    ids = [f"user-{number}" for number in range(3000)]
    segment = {"all": [{"criterion": "user id", "operator": "is", "value": ids}]}
    file = write_campaign(users=USERS, message=MESSAGE, segment=segment)
    whole = f"user id is {' or '.join(ids)}"

    answer = hookline("why", file, "bob")
    told = hookline("why", file, "bob", "--json").json

    assert answer.out.splitlines()[1:4] == [
        f"The first rule that is not met: {whole[:197]}....",
        "",
        f"  no   {whole[:197]}...",
    ]
    assert whole in str(told)


def test_as_json_it_is_one_object(hookline, file):
    told = hookline("why", file, "bob", "--json").json

    assert (told["campaign"], told["in_audience"], told["rule"]) == (
        "Welcome",
        False,
        "plan is free",
    )
    assert [one["met"] for one in told["verdicts"]] == [False, False]


def test_a_mistake_in_the_file_is_told_with_2(hookline, write_campaign):
    wrong = {"all": [{"attribute": "plann", "operator": "is set"}]}
    file = write_campaign(users=USERS, message=MESSAGE, segment=wrong)

    answer = hookline("why", file, "ada")

    assert answer.code == 2
    lines = file.read_text().splitlines()
    [line] = [number for number, one in enumerate(lines, 1) if "plann" in one]
    assert answer.err.startswith(f"{file}:{line}: segment.all.0.attribute: 'plann' is not a")
    assert "did you mean 'plan'?" in answer.err

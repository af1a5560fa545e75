"""Whoever only looks at the log does without it while it does not answer."""

import pytest
from sqlalchemy import create_engine, text

from tasks.log.transaction import if_readable


def test_what_the_database_cannot_answer_is_left_off():
    done = []

    with if_readable(), create_engine("sqlite://").connect() as connection:
        done.append("before")
        connection.execute(text("SELECT * FROM nowhere"))
        done.append("after")

    assert done == ["before"]


def test_any_other_error_is_told():
    with pytest.raises(ZeroDivisionError), if_readable():
        1 / 0  # noqa: B018

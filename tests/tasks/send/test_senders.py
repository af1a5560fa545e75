"""How many processes send a run when nobody says it."""

import pytest

from tasks.send.senders import PAYS_FROM, senders_for

MANY = PAYS_FROM


@pytest.mark.parametrize(
    ("owed", "cores", "host_rate", "log_is_file", "senders"),
    [
        (MANY - 1, 8, None, False, 1),  # not worth the start of a process
        (MANY, 1, None, False, 1),
        (MANY, 2, None, False, 2),
        (MANY, 8, None, False, 8),
        (MANY, 8, None, True, 1),  # a file has one writer at a time
        (MANY, 64, None, False, 16),
        (MANY, 8, 50.0, False, 1),  # the host takes no more than one process sends
        (MANY, 8, 50_000.0, False, 8),
    ],
)
def test_more_processes_where_they_pay(owed, cores, host_rate, log_is_file, senders):
    assert senders == senders_for(owed, cores=cores, host_rate=host_rate, log_is_file=log_is_file)

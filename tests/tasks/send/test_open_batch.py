"""What a sender knows of a batch it holds."""

from tasks.log.records import Batch, Owed, State
from tasks.render.request import Request
from tasks.send.open_batch import OpenBatch

REQUEST = Request("POST", "http://h.example/", (), b"")


def owed(number, *, due_at=0.0):
    return Owed(number, f"user-{number}", "", 0, 0, due_at, 0, number, State.PENDING)


def batch_of(*deliveries, label="batch-0"):
    return OpenBatch(Batch(1, 0, 0, 0, len(deliveries)), deliveries, label=label)


def test_a_batch_is_called_by_its_label():
    assert str(batch_of(owed(1), label="ada")) == "ada"


def test_what_is_due_is_taken_the_longest_due_first():
    batch = batch_of(owed(1, due_at=3.0), owed(2, due_at=1.0), owed(3, due_at=9.0))

    assert batch.take_due(now=5.0) == [2, 1]
    assert batch.in_air == 2
    assert batch.next_due == 9.0


def test_what_waits_again_is_due_at_its_own_time():
    batch = batch_of(owed(1), owed(2))
    batch.take_due(now=0.0)

    batch.wait_again({1: 60.0, 2: 30.0})

    assert batch.in_air == 0
    assert batch.next_due == 30.0
    assert batch.changed.is_set()


def test_what_is_final_is_forgotten_and_counted():
    batch = batch_of(owed(1), owed(2))
    batch.requests = {1: REQUEST, 2: REQUEST}
    batch.take_due(now=0.0)

    batch.finish([1], "delivered")
    batch.finish([2], "HTTP 404")

    assert batch.outcomes == {"delivered": 1, "HTTP 404": 1}
    assert not batch.owed
    assert not batch.requests
    assert batch.next_due is None


def test_what_was_suppressed_is_never_due():
    batch = batch_of(owed(1), owed(2, due_at=5.0))

    batch.suppress(1, "url: no host")

    assert batch.suppressed == [(1, "url: no host")]
    assert batch.next_due == 5.0
    assert batch.take_due(now=9.0) == [2]


def test_what_was_suppressed_while_it_waited_is_passed_over():
    batch = batch_of(owed(1), owed(2))

    batch.suppress(1, "url: no host")

    assert batch.take_due(now=0.0) == [2]


def test_a_batch_that_waits_keeps_nothing_of_what_it_owes():
    batch = batch_of(owed(1))
    batch.requests = {1: REQUEST}

    batch.park()

    assert batch.parked
    assert not batch.requests
    assert not batch.owed
    batch.unpark([owed(1, due_at=7.0)])
    assert not batch.parked
    assert batch.next_due == 7.0


def test_what_the_log_refuses_is_kept_for_the_one_who_sends_the_batch():
    batch = batch_of(owed(1))
    batch.take_due(now=0.0)
    error = ValueError("a bug")

    batch.refuse(error)

    assert batch.refused is error
    assert batch.in_air == 0
    assert batch.changed.is_set()


def test_retries_that_are_due_soon_after_one_another_go_together():
    batch = batch_of(
        owed(1, due_at=60.0).again(due_at=60.0),
        owed(2, due_at=60.0).again(due_at=60.08),
        owed(3, due_at=60.0).again(due_at=60.2),
    )

    assert batch.take_due(now=60.05) == []
    assert batch.next_due == 60.1
    assert batch.take_due(now=60.1) == [1, 2]


def test_a_retry_that_waits_alone_is_sent_when_it_is_due():
    batch = batch_of(owed(1).again(due_at=60.0))

    assert batch.next_due == 60.0
    assert batch.take_due(now=60.0) == [1]

"""Items are made one ahead, in a thread of their own, and whoever made them always ends."""

import threading

import pytest

from blocks.ahead import ahead


def test_items_come_in_their_order():
    assert list(ahead(number for number in range(5))) == [0, 1, 2, 3, 4]
    assert list(ahead(number for number in ())) == []


def test_the_next_item_is_made_while_this_one_is_worked_on():
    made = threading.Event()

    def items():
        yield "first"
        made.set()
        yield "second"

    coming = ahead(items())
    assert next(coming) == "first"
    assert made.wait(10)
    assert list(coming) == ["second"]


def test_all_is_made_and_ended_in_one_thread_also_when_no_more_is_asked_for():
    threads = []

    def items():
        threads.append(threading.current_thread())
        try:
            yield from range(10)
        finally:
            threads.append(threading.current_thread())

    coming = ahead(items())
    next(coming)
    coming.close()

    assert len(threads) == 2
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()


def test_a_mistake_on_the_way_is_told():
    def items():
        yield "first"
        raise OSError("the file ends here")

    coming = ahead(items())

    assert next(coming) == "first"
    with pytest.raises(OSError, match="the file ends here"):
        next(coming)

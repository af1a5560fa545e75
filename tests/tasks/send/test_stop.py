"""How a sender is told to stop."""

import asyncio
import os
import signal

import pytest

from tasks.send.stop import stopping_on_signals


async def test_the_first_signal_asks_to_stop():
    asked = asyncio.Event()

    with stopping_on_signals(asked.set):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(asked.wait(), 5)

    assert asked.is_set()


async def test_the_second_signal_ends_the_work_within():
    asked = asyncio.Event()

    async def work():
        with stopping_on_signals(asked.set):
            os.kill(os.getpid(), signal.SIGINT)
            await asked.wait()
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(work())


async def test_afterwards_signals_do_what_they_did_before():
    before = signal.getsignal(signal.SIGINT)

    with stopping_on_signals(lambda: None):
        pass

    assert signal.getsignal(signal.SIGINT) is before


async def test_outside_the_main_thread_nothing_is_changed():
    before = signal.getsignal(signal.SIGINT)

    def in_a_thread():
        with stopping_on_signals(lambda: None):
            return signal.getsignal(signal.SIGINT)

    assert await asyncio.to_thread(in_a_thread) is before


async def test_all_that_a_process_sends_is_stopped_also_what_begins_later():
    asked, everybody = [], asyncio.Event()

    async def work(name):
        with stopping_on_signals(lambda: asked.append(name)):
            await everybody.wait()

    first, second = (asyncio.create_task(work(name)) for name in ("first", "second"))
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    while not asked:
        await asyncio.sleep(0)
    late = asyncio.create_task(work("late"))
    await asyncio.sleep(0)
    everybody.set()
    await asyncio.gather(first, second, late)

    assert asked == ["first", "second", "late"]


async def test_the_next_time_signals_are_heard_anew():
    with stopping_on_signals(lambda: None):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.01)
    asked = []

    with stopping_on_signals(lambda: asked.append("stop")):
        pass

    assert asked == []

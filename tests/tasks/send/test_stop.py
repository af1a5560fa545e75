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

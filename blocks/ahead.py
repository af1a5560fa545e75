"""Let the next item be made while this one is worked on."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Generator[Item]) -> Generator[Item]:
    """Yield the items of a generator, one of them ahead, which is made in a thread of its own.

    The generator runs in that thread alone, from its first item to its end, also when whoever
    asks for items asks for no more.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="hookline-ahead") as thread:
        try:
            coming = thread.submit(next, items, None)
            while (item := coming.result()) is not None:
                coming = thread.submit(next, items, None)
                yield item
        finally:
            thread.submit(items.close).result()

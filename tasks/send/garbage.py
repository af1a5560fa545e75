"""Let Python look for garbage seldom while requests are sent."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

# New objects between two looks; the default of 700 looked hundreds of times a second.
SELDOM = (50_000, 20, 20)


@contextlib.contextmanager
def collecting_seldom() -> Iterator[None]:
    """Set aside what is there already, and look at the rest seldom.

    What a request leaves behind is freed without the collector; its looks at the half million
    objects of the libraries cost a third of the time of sending.
    """
    if gc.get_threshold() == SELDOM:
        # Another run of this process does so already.
        yield
        return
    before = gc.get_threshold()
    # Only what is young: a look at everything took half a second, and more than it would free.
    gc.collect(1)
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

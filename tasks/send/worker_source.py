"""Where the worker processes of this machine come from: copies of one that is ready to send."""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver

# What takes a worker two seconds to import.
IMPORTED = ["flows.workers"]


def prepare_workers() -> None:
    """Start the process that workers are copied from, unless it runs; it ends with this one.

    It imports what a sender needs and does nothing else. This process itself has threads and
    connections, which a copy would not survive.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload(IMPORTED)
    forkserver.ensure_running()

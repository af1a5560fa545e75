"""A receiver on a real socket, for the tests of one file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deployments.request_bin.server import RunningBin, running_bin


@pytest.fixture(scope="module")
def receiver() -> Iterator[RunningBin]:
    """Yield one receiver; tests use a bin name of their own each."""
    with running_bin(keep=500, max_body=1000, hang_limit=60) as running:
        yield running

"""What a host takes is shared by all runs and processes of a log, and never exceeded."""

from __future__ import annotations

from itertools import pairwise
from threading import Barrier, Thread

import pytest
from sqlalchemy import update

from blocks.delivery_log_tables import hosts
from tasks.log import limits

HOST = "crm.example.com:443"


def reserve(scene, **given):
    return limits.reserve(scene.log, **{"host": HOST, "rate": 100.0, "most": 1000, **given})


@pytest.mark.parametrize(
    ("rate", "permits_a_second"),
    [
        (0.1, 0.1),  # one request in 10 s is allowed, and it is late enough by itself
        (1.0, 10 / 10.2),
        (2.0, 2.0),
        (1.04, 0.96 * 1.04),  # 10 requests in 10 s, and 11 would be too many
        (100.0, 100.0),
    ],
)
def test_a_small_rate_is_kept_by_a_little_less(rate, permits_a_second):
    assert limits.steady(rate) == pytest.approx(permits_a_second, rel=0.001)


def test_windows_of_one_host_follow_one_another(scene):
    first, second = reserve(scene), reserve(scene)

    assert (first.permits, first.seconds) == (20, pytest.approx(0.2))
    assert first.start == pytest.approx(first.now, abs=0.5)
    assert second.start == pytest.approx(first.start + 0.2)
    assert second.wait == pytest.approx(second.start - second.now)


def test_a_host_has_a_timeline_of_its_own(scene):
    for _ in range(20):
        reserve(scene)

    assert reserve(scene, host="other.example.com:443").wait == 0.0
    assert reserve(scene).wait > 2.0


def test_campaigns_with_different_rates_share_the_timeline_of_a_host(scene):
    fast, slow = reserve(scene, rate=1000.0), reserve(scene, rate=10.0)
    last = reserve(scene, rate=1000.0)

    assert (fast.permits, slow.permits) == (200, 2)
    assert slow.start == pytest.approx(fast.start + 0.2)
    assert last.start == pytest.approx(slow.start + 0.2)


def test_no_more_is_reserved_than_is_wanted(scene):
    assert reserve(scene, most=3).permits == 3
    assert reserve(scene, rate=0.5).permits == 1
    assert reserve(scene, slice_seconds=1.0).permits == 100


def test_a_host_that_was_idle_begins_anew(scene):
    reserve(scene)
    with scene.log.begin() as connection:
        connection.execute(update(hosts).values(free_at=5.0))

    again = reserve(scene)

    assert again.wait == 0.0
    assert again.start > 1_700_000_000


def test_two_that_reserve_at_once_get_different_windows(scene):
    barrier, found = Barrier(2), []

    def reserve_some(engine):
        barrier.wait()
        for _ in range(20):
            found.append(limits.reserve(engine, host=HOST, rate=100.0, most=20))

    threads = [Thread(target=reserve_some, args=(scene.engine(n),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    starts = sorted(one.start for one in found)
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) >= 0.2 - 1e-5
    assert sum(one.permits for one in found) == 800

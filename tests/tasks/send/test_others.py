"""Processes beside this one start as early as it is known that there are any."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from blocks.delivery import Delivery
from blocks.delivery_log import DeliveryLog
from tasks.log.records import Counts
from tasks.send.others import OtherSenders
from tasks.send.senders import PAYS_FROM


@dataclass
class Elsewhere:
    """What runs senders elsewhere: it notes how many, and waits for what to send."""

    counts: list[int] = field(default_factory=list)
    ordered: list[object] = field(default_factory=list)

    def run(self, count, order, alone):
        self.counts.append(count)
        alone.wait(10)
        if not order.cancelled():
            self.ordered.append(order.result(10))


def sending(owed):
    return SimpleNamespace(
        run=SimpleNamespace(counts=Counts(audience=owed + 5, delivered=5)),
        campaign=SimpleNamespace(delivery=Delivery()),
        log=DeliveryLog(url="postgresql://db.example/log"),
    )


@pytest.mark.parametrize(
    ("workers", "cluster", "owed", "started"),
    [
        (1, "", PAYS_FROM, []),
        (3, "", 10, [2]),
        (0, "", PAYS_FROM - 1, []),
        (0, "", PAYS_FROM, [3]),  # of four cores
        (0, "tcp://127.0.0.1:1", 10, [0]),  # all that the cluster has
        (1, "tcp://127.0.0.1:1", 10, [0]),
        (3, "tcp://127.0.0.1:1", 10, [2]),
    ],
)
async def test_others_send_what_this_process_sends(workers, cluster, owed, started):
    elsewhere, wanted = Elsewhere(), sending(owed)
    others = OtherSenders(workers, cluster, cores=4, run=elsewhere.run)

    others.start()
    others.send(wanted, 7)
    await others.end()

    assert elsewhere.counts == started
    assert elsewhere.ordered == [(wanted, 7)] * len(started)
    assert others.started == bool(started)


async def test_where_nothing_is_to_be_sent_they_end():
    elsewhere = Elsewhere()
    others = OtherSenders(2, "", cores=4, run=elsewhere.run)

    others.start()
    await others.end()

    assert (elsewhere.counts, elsewhere.ordered) == ([1], [])

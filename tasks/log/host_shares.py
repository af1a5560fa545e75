"""Share what a host may have in the air at once between all runs and processes of a log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from blocks.delivery_log_tables import host_slots
from tasks.log.limits import hold, insert
from tasks.log.owners import living
from tasks.log.transaction import Log, writing


class Wish(NamedTuple):
    """What an owner has in the air to a host, and would have, were it alone."""

    held: int
    wanted: int


def fair_shares(wanted: Mapping[int, int], *, limit: int) -> dict[int, int]:
    """Share `limit` so that nobody gets more than it wants, and the least as much as can be.

    Max-min fairness (Bertsekas and Gallager, Data Networks, 6.5.2). Where there are fewer places
    than owners, the places go to those that want most.
    """
    shares, left = {}, limit
    for number, owner in enumerate(sorted(wanted, key=lambda one: (wanted[one], one))):
        shares[owner] = min(wanted[owner], left // (len(wanted) - number))
        left -= shares[owner]
    return shares


def share(log: Log, *, owner_id: int, limit: int, wishes: Mapping[str, Wish]) -> dict[str, int]:
    """Tell the log what an owner wants of hosts; return how much it may have in the air to each.

    All living owners together never have more than `limit`. One that holds more than its fair
    share comes down to it as what it holds ends; the others get theirs then. A wish for nothing
    gives all back. An owner that was declared dead gets nothing.
    """
    with writing(log) as connection:
        # In the same order everywhere, so that two that share hosts do not wait for each other.
        return {
            host: _share(connection, host, owner_id, limit, wishes[host]) for host in sorted(wishes)
        }


def _share(connection: Connection, host: str, owner_id: int, limit: int, wish: Wish) -> int:
    hold(connection, host)
    rows = connection.execute(select(host_slots).where(host_slots.c.host == host)).all()
    others = {row.owner_id: row for row in rows if row.owner_id != owner_id}
    alive = living(connection, owner_ids=[*others, owner_id])
    _forget(connection, host, others.keys() - alive)
    if owner_id not in alive:
        return 0
    of_others = [row for owner, row in others.items() if owner in alive]
    wanted = {row.owner_id: row.wanted for row in of_others} | {owner_id: wish.wanted}
    free = limit - sum(row.slots for row in of_others)
    # Whoever wants something may have one place that is free, even where there are more of them.
    fair = max(fair_shares(wanted, limit=limit)[owner_id], min(1, wish.wanted))
    mine: int = max(0, min(fair, free))
    if wish.wanted or wish.held:
        # What is in the air counts for the others until it has landed.
        slots = max(mine, wish.held)
        _note(connection, host, owner_id, slots=slots, wanted=wish.wanted)
    else:
        _forget(connection, host, {owner_id})
    return mine


def _forget(connection: Connection, host: str, gone: set[int]) -> None:
    if gone:
        connection.execute(
            delete(host_slots).where(host_slots.c.host == host, host_slots.c.owner_id.in_(gone))
        )


def _note(connection: Connection, host: str, owner_id: int, *, slots: int, wanted: int) -> None:
    entered = insert(connection, host_slots)
    entered = entered.values(host=host, owner_id=owner_id, slots=slots, wanted=wanted)
    connection.execute(
        entered.on_conflict_do_update(
            index_elements=[host_slots.c.host, host_slots.c.owner_id],
            set_={"slots": slots, "wanted": wanted},
        )
    )

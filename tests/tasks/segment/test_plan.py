"""The audience is written down part by part, in batches that its size decides."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import func, select

from blocks.delivery import Delivery
from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import batches, deliveries
from blocks.segment import Segment
from tasks.log import owners, plan, runs, snapshot
from tasks.log.owners import this_process
from tasks.segment.plan import freeze_audience, give_up
from tasks.segment.selection import Selection

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)


@pytest.fixture
def log(tmp_path):
    opened = DeliveryLog(url=f"sqlite:///{tmp_path}/log.db").open()
    yield opened
    opened.dispose()


@pytest.fixture
def owner(log):
    return owners.register(log, process=this_process())


@pytest.fixture
def run(log, owner, tmp_path):
    """A run whose planning this owner has begun."""
    begun = runs.start_run(
        log,
        run_key="spring",
        campaign="offer",
        digest="d",
        now=1.0,
        snapshot=str(tmp_path / "snapshots" / "spring"),
    )
    plan.begin_plan(log, run_id=begun.id, owner_id=owner)
    return begun


def users(first, last):
    names = [f"u{n}" for n in range(first, last)]
    return pd.DataFrame({"id": names, "n": range(first, last), "unseen": "x"})


def freeze(log, run, owner, parts, segment=None, **given):
    selection = Selection(
        segment=Segment.model_validate(segment or {}), id_column="id", now=NOW, timezone="UTC"
    )
    freeze_audience(
        log,
        map(selection.of, parts),
        run=run,
        owner=owner,
        id_column="id",
        seen=("id", "n"),
        recipients_per_task=Delivery().recipients_per_task,
        now=2.0,
        **given,
    )


def sizes(log):
    with log.connect() as connection:
        return list(connection.scalars(select(batches.c.size).order_by(batches.c.number)))


def test_a_small_audience_from_many_parts_is_one_user_a_batch(log, run, owner):
    freeze(log, run, owner, [users(0, 90), users(90, 90), users(90, 200)])

    assert sizes(log) == [1] * 200
    assert runs.read_run(log, run_id=run.id).counts.audience == 200


def test_the_funnel_of_all_parts_is_kept_with_the_run(log, run, owner):
    parts = [users(0, 90), users(90, 200)]
    segment = {"all": [{"attribute": "n", "operator": "is less than", "value": 9}]}

    freeze(log, run, owner, parts, segment)

    assert runs.read_run(log, run_id=run.id).funnel == {
        "rows": 200,
        "selected": 9,
        "steps": [
            {"words": "n is less than 9", "field": "segment.all.0", "removed": 191, "left": 9}
        ],
    }


def test_few_users_of_each_part_share_batches(log, run, owner):
    freeze(log, run, owner, (users(n, n + 90) for n in range(0, 4500, 90)))

    assert sizes(log) == [2000, 2000, 500]


def test_a_large_audience_is_written_in_parts_before_all_of_it_is_read(log, run, owner):
    written = []

    def parts():
        for start in range(0, 900, 150):
            with log.connect() as connection:
                written.append(connection.scalar(select(func.count()).select_from(deliveries)))
            yield users(start, start + 150)

    freeze(log, run, owner, parts(), part_rows=300)

    assert written == [0, 0, 300, 300, 600, 600]
    assert sizes(log) == [300, 300, 300]
    assert snapshot.plain(snapshot.read(run.snapshot, part=1, offset=0, size=2)) == [
        {"id": "u300", "n": 300},
        {"id": "u301", "n": 301},
    ]


def test_nobody_is_an_audience_too(log, run, owner):
    freeze(log, run, owner, [users(0, 0)])

    frozen = runs.read_run(log, run_id=run.id)
    assert (frozen.planned_at, frozen.counts.audience) == (2.0, 0)


def test_what_a_dead_planner_left_of_the_snapshot_is_removed(log, run, owner):
    snapshot.write_part(run.snapshot, part=7, frame=users(0, 3))

    freeze(log, run, owner, [users(0, 1)])

    assert [file.name for file in Path(run.snapshot).iterdir()] == ["part-000000.parquet"]


def test_a_plan_that_is_given_up_leaves_nothing(log, run, owner):
    def broken():
        yield users(0, 2)
        raise RuntimeError("the table broke off")

    with pytest.raises(RuntimeError):
        freeze(log, run, owner, broken(), part_rows=2)
    assert Path(run.snapshot).exists()

    give_up(log, run=run, owner=owner)

    assert not Path(run.snapshot).exists()
    assert sizes(log) == []

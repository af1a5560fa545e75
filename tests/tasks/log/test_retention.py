"""What a run's templates read is kept for a time, and removed then."""

from pathlib import Path

import pandas as pd

from tasks.log import plan, runs, snapshot
from tasks.log.retention import drop_old_snapshots


def finished(scene, tmp_path, run_key):
    """Plan and finish a run of nobody that has a snapshot."""
    location = snapshot.location(tmp_path / "snapshots", run_key=run_key)
    run = runs.start_run(
        scene.log, run_key=run_key, campaign="offer", digest="d", now=1.0, snapshot=location
    )
    owner = scene.living()
    plan.begin_plan(scene.log, run_id=run.id, owner_id=owner)
    snapshot.write_part(location, part=0, frame=pd.DataFrame({"user_id": ["ada"]}))
    plan.freeze(scene.log, run_id=run.id, owner_id=owner, audience=0, now=2.0)
    runs.finish_run(scene.log, run_id=run.id, now=100.0)
    return run, Path(location)


def test_a_snapshot_is_removed_when_its_time_has_come(scene, tmp_path):
    run, folder = finished(scene, tmp_path, "spring")

    assert drop_old_snapshots(scene.log, now=149.0, retention=50.0) == 0
    assert folder.exists()
    assert drop_old_snapshots(scene.log, now=150.0, retention=50.0) == 1

    assert not folder.exists()
    assert scene.again(run).snapshot is None
    assert drop_old_snapshots(scene.log, now=150.0, retention=50.0) == 0

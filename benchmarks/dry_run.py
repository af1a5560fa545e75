"""How fast a dry run renders a large audience, and how much memory it takes for it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import own_peak_mb

USERS = 1_000_000
QUICK_USERS = 50_000
CAMPAIGN = """\
name: dry-run
users: {source: users.csv, id: user_id}
message:
  url: https://crm.example.com/customers/{{User ID}}/offers
  data:
    first_name: "{{ userAttribute.first_name | default('there') }}"
    months: "{{ userAttribute.tenure }}"
"""


def figures(quick: bool) -> dict[str, float]:
    """Return `dry_run_users_s` and `dry_run_peak_mb` of a run over a CSV file, in a process.

    Inside the clock: the table read and selected, three fields rendered for each user, bodies and
    URLs hashed. Outside it: Python's start and its imports.
    """
    users = QUICK_USERS if quick else USERS
    with tempfile.TemporaryDirectory() as folder:
        _write_users(Path(folder) / "users.csv", users)
        (Path(folder) / "campaign.yaml").write_text(CAMPAIGN, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.dry_run", folder],
            stdout=subprocess.PIPE,
            check=True,
            cwd=Path(__file__).parents[1],
        )
    told = json.loads(done.stdout)
    assert told["would_send"] == users, "everybody is rendered"
    return {
        "dry_run_users_s": users / told["seconds"],
        "dry_run_peak_mb": told["peak_mb"],
    }


def _write_users(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write("user_id,first_name,tenure\n")
        out.writelines(
            f"u{number:07d},{f'Mary {number}' if number % 10 else ''},{number % 72}\n"
            for number in range(count)
        )


def _measure(folder: Path) -> dict[str, float]:
    from datetime import UTC, datetime

    from blocks.campaign_file import load_campaign
    from tasks.check.dry_run import dry_run
    from tasks.check.prepared import prepare

    campaign = load_campaign(folder / "campaign.yaml")
    prepared = prepare(campaign, environ={}, now=datetime.now(UTC))
    begun = time.perf_counter()
    told = dry_run(prepared, sample=0)
    return {
        "would_send": told.would_send,
        "seconds": time.perf_counter() - begun,
        "peak_mb": own_peak_mb(),
    }


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]))))

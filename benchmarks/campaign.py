"""The campaign that everybody sends: its user table, its segment and its three templates."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, cast

import pandas as pd
from ruamel.yaml import YAML

NAMES = ("Ada", "Bob", "Cleo", "Dan", "Eva", "Finn", "Grace", "Hal", "Iris", "José")
CITIES = ("Lyon", "Oslo", "Porto", "Graz", "Kraków", "Ghent", "Turku")

# Of eleven users the last is not in the segment.
SELECTED, OF = 10, 11

TEMPLATES = {
    "first_name": "{{ userAttribute.first_name | default('there') }}",
    "city": "{{ userAttribute.city | upper }}",
    "months": "{{ userAttribute.months }} months",
}
HEADERS = {"Content-Type": "application/json", "User-Agent": "Hookline/0.1"}


def write_users(path: Path, *, audience: int) -> None:
    """Write a user table of which `audience` users are in the segment."""
    rows = pd.RangeIndex(audience + -(-audience // SELECTED) - 1)
    users = pd.DataFrame(
        {
            "user_id": "user-" + rows.astype(str).str.zfill(8),
            "first_name": [NAMES[row % len(NAMES)] for row in rows],
            "city": [CITIES[row % len(CITIES)] for row in rows],
            "months": rows % 60,
            "plan": ["free" if row % OF < SELECTED else "pro" for row in rows],
        }
    )
    users.to_csv(path, index=False)


def write_campaign(path: Path, *, users: Path, url: str, **delivery: Any) -> None:
    """Write a campaign file that sends to `url`; what is not given of delivery is the default."""
    tree = {
        "name": path.stem,
        "users": {"source": str(users), "id": "user_id"},
        "segment": {"all": [{"attribute": "plan", "operator": "is", "value": "free"}]},
        "message": {"url": url, "data": TEMPLATES},
        "delivery": delivery,
    }
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(tree, file)


def select(users: Path) -> list[dict[str, Any]]:
    """Return the users of the segment, as a script of one's own would."""
    table = pd.read_csv(users)
    return cast(list[dict[str, Any]], table[table["plan"] == "free"].to_dict("records"))


def webhook_id(user_id: str) -> str:
    """Return an id as long as ours."""
    return f"msg_{hashlib.blake2b(user_id.encode(), digest_size=16).hexdigest()}"

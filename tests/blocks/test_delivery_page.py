"""The page on delivery lists every setting with its default, as the models have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from blocks.delivery import Delivery, RetryPolicy

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"
START, END = "<!-- settings -->\n", "<!-- end of settings -->"


def _shown(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, tuple):
        return ", ".join(map(_shown, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


def _rows(model: type[BaseModel], prefix: str = "") -> list[str]:
    rows = []
    for name, field in model.model_fields.items():
        if name == "retry":
            rows += _rows(RetryPolicy, "retry.")
        else:
            default = _shown(field.get_default(call_default_factory=True))
            rows.append(f"| `{prefix}{name}` | {default} | {field.description} |")
    return rows


def _table() -> str:
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *_rows(Delivery), ""])


def test_the_page_lists_every_setting_as_it_is():
    page = PAGE.read_text(encoding="utf-8")

    assert page[page.index(START) + len(START) : page.index(END)] == _table()


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    head, tail = page[: page.index(START) + len(START)], page[page.index(END) :]
    PAGE.write_text(head + _table() + tail, encoding="utf-8")

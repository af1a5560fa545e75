"""Write a preview as Markdown, for Prefect's artifacts."""

from __future__ import annotations

import re

from tasks.check.preview import Preview, Sample


def markdown(preview: Preview) -> str:
    """Return a preview as Markdown: the audience, who would be suppressed, a few requests."""
    parts = [
        f"# Preview of {cell(preview.campaign)}",
        f"{preview.sentence}. Nothing was sent.",
        *(f"Warning: {cell(warning)}" for warning in preview.warnings),
    ]
    if preview.suppressed:
        rows = [f"| {cell(reason)} | {count:,} |" for reason, count in preview.suppressed.items()]
        parts.append("\n".join(["| Suppressed because | Recipients |", "|---|---:|", *rows]))
    parts.extend(_request(one) for one in preview.requests)
    return "\n\n".join(parts) + "\n"


def _request(sample: Sample) -> str:
    request = sample.request
    head = [f"{request.method} {request.url}", *(f"{n}: {v}" for n, v in request.headers)]
    text = "\n".join([*head, "", request.body] if request.body else head)
    return f"## {cell(sample.user_id)}\n\n{fenced(text, language='http')}"


def fenced(text: str, *, language: str) -> str:
    """Return a text as a block of code, whatever it holds."""
    # Longer than any that the text itself holds, or it would end the block.
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def cell(text: str) -> str:
    """Keep a text from becoming Markdown or HTML of its own."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")

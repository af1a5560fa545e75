"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("prefect", "httpx", "aiohttp", "celery", "jinja2", "pandas", "sqlalchemy", "uvloop")


def machine() -> dict[str, object]:
    """Return processor, memory and versions; nothing that names the machine."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        # Above the number of cores, others were using the machine and the figures are noisy.
        "load_before": round(os.getloadavg()[0], 2),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()

"""What the lab measures, on file: `.sandbox/lab/benchmarks.json`, and printed as tables.

`python3 benches/lab.py` and `make bench` put it into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import record


def machine() -> str:
    """What the numbers were measured on."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else "unknown processor"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()} {platform.release()}"


def load() -> dict[str, Any]:
    try:
        return json.loads((record.home() / "benchmarks.json").read_text())
    except (OSError, ValueError):
        return {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "tables": {}}


def keep(table: str, row: str, value: str) -> None:
    found = load()
    found["tables"].setdefault(table, {})[row] = value
    (record.home() / "benchmarks.json").write_text(json.dumps(found, indent=2) + "\n")


def text() -> str:
    """The tables, as Markdown."""
    lines = []
    for table, rows in load()["tables"].items():
        lines += ["", f"| {table} | |", "|---|---|", *(f"| {row} | {value} |" for row, value in rows.items())]
    return "\n".join(lines)

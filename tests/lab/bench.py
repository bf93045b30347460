"""What the lab measures, on file: `.sandbox/lab/benchmarks.json`, and printed as a table."""

from __future__ import annotations

import json

import record


def load() -> dict[str, dict[str, str]]:
    try:
        return json.loads((record.home() / "benchmarks.json").read_text())
    except (OSError, ValueError):
        return {}


def keep(table: str, row: str, value: str) -> None:
    found = load()
    found.setdefault(table, {})[row] = value
    (record.home() / "benchmarks.json").write_text(json.dumps(found, indent=2) + "\n")


def text() -> str:
    """The tables, as Markdown."""
    lines = []
    for table, rows in load().items():
        lines += ["", f"| {table} | |", "|---|---|", *(f"| {row} | {value} |" for row, value in rows.items())]
    return "\n".join(lines)

"""The section of docs/benchmarks.md that the lab fills: `python3 benches/lab.py` writes it anew, and `make bench` does.

`make lab` leaves what it has measured in `.sandbox/lab/benchmarks.json`. Where that is not there, the section stays as
it is, with the date of its own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "## The machines, in the lab\n", "\n## "


def measured() -> Path:
    return Path(os.environ.get("DRUCLOUD_LAB_DIR") or ROOT / ".sandbox" / "lab") / "benchmarks.json"


def there() -> str:
    """The section as the document has it."""
    text = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    _, begin, rest = text.partition(BEGIN)
    return begin + rest.partition(END)[0].rstrip() + "\n" if begin else ""


def fresh() -> str:
    """The section from the numbers of the last lab; empty where there was none, or one that ran a part of its tests."""
    try:
        told = json.loads(measured().read_text())
    except OSError:
        return ""
    # The heads of tables end in an empty cell.
    if len(told["tables"]) < there().count(" | |\n"):
        return ""
    lines = [
        BEGIN,
        f"Of `make lab` on {told['date']}: {told['machine']}. All machines of the stack, the database, the cache, the load",
        "balancer and the client share these cores, so the numbers are for comparison with each other, and none of them is",
        "AWS's. Packages are installed beforehand ([lab.md](lab.md)).",
    ]
    for table, rows in told["tables"].items():
        lines += ["", f"| {table} | |", "|---|---|", *(f"| {row} | {value} |" for row, value in rows.items())]
    return "\n".join(lines) + "\n"


def section() -> str:
    return fresh() or there() or f"{BEGIN}\nNot measured yet: `make lab`, then `make bench`.\n"


def main() -> int:
    new = fresh()
    if not new:
        print(f"{measured()} has no numbers of a whole lab: run `make lab` first", file=sys.stderr)
        return 1
    text = DOCUMENT.read_text()
    old = there()
    # Before the section that is the last, as the template has it.
    place = text.index("## Build\n")
    text = text.replace(old, new) if old else f"{text[:place]}{new}\n{text[place:]}"
    DOCUMENT.write_text(text)
    print("written: docs/benchmarks.md, the section of the lab")
    return 0


if __name__ == "__main__":
    sys.exit(main())

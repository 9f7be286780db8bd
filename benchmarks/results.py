"""RESULTS.md: every command writes the part that stands below its own headline."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.ground import MEMORY

RESULTS = Path(__file__).parent / "RESULTS.md"


def say(text: str) -> None:
    """A line of progress."""
    print(f"[{datetime.now(UTC):%H:%M:%S}] {text}", flush=True)


def write(command: str, where: str, told: str, parts: Sequence[tuple[str, list[str]]]) -> None:
    """Replace what *command* wrote before; *where* is the machine, *told* how it was measured."""
    load = os.getloadavg()[1]
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, {where} and {load:.1f} at the end (what is measured loads "
        "the machine too; beyond the number of cores others wait). Embedded PostgreSQL 18 with "
        f"fsync on and {MEMORY} of memory, on the same machine. {told}"
    )
    lines = [f"# Results of `{command}`", "", head, ""]
    for name, found in parts:
        lines += [f"## {name}", "", *found, ""]
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    kept = [part for part in re.split(r"(?m)^(?=# )", text) if part.strip()]
    own = f"# Results of `{command}`\n"
    new = "\n".join(lines).rstrip() + "\n"
    if any(part.startswith(own) for part in kept):
        kept = [new if part.startswith(own) else part for part in kept]
    else:
        kept.append(new)
    RESULTS.write_text("\n".join(part.rstrip() + "\n" for part in kept), encoding="utf-8")
    say(f"written to {RESULTS.name}")

"""Run the soak and write SOAK.md; exit code 1 when anything was wrong."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.ground import machine
from benchmarks.soak.judge import Verdict, judge
from benchmarks.soak.killing import Round, soak
from benchmarks.soak.sinks import sinks
from benchmarks.soak.supervised import running
from yishi.runtime.postgres import ROOT_HOMES, default_home

RESULTS = Path(__file__).parents[1] / "SOAK.md"
GOAL_SECONDS = 5.0


def main() -> int:
    """Everything; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    where, begun = machine(), time.monotonic()
    base = ROOT_HOMES if os.geteuid() == 0 else None
    if base is not None:
        base.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="soak-", dir=base))
    home.chmod(0o755)
    cluster = _cluster(home)
    try:
        with (
            sinks() as (received, smtp, hook),
            running(home, cluster, smtp, hook) as place,
        ):
            rounds, reporters, desk = soak(
                place, wanted.rounds, wanted.clients, wanted.seed, pause=0.2, say=_say
            )
            _say("comparing")
            verdict = judge(place, reporters, desk, received)
    finally:
        cluster.destroy()
        shutil.rmtree(home, ignore_errors=True)
    late = [one for one in rounds if one.seconds > GOAL_SECONDS]
    text = _document(where, rounds, verdict, time.monotonic() - begun, wanted)
    print(text)
    if len(rounds) >= 50:
        RESULTS.write_text(text, encoding="utf-8")
    return 1 if verdict.faults or late else 0


def _cluster(home: Path):  # type: ignore[no-untyped-def]
    from yishi.runtime.postgres import Cluster

    return Cluster(default_home(home))


def _say(text: str) -> None:
    print(f"[{datetime.now(UTC):%H:%M:%S}] {text}", flush=True)


def _document(
    where: str,
    rounds: list[Round],
    verdict: Verdict,
    seconds: float,
    wanted: argparse.Namespace,
) -> str:
    times = [one.seconds for one in rounds]
    late = sum(one.seconds > GOAL_SECONDS for one in rounds)
    lines = [
        "# Results of `make soak`",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {where}, load {os.getloadavg()[0]:.1f} at the end.",
        f"`python -m benchmarks.soak --rounds {wanted.rounds} --clients {wanted.clients} "
        f"--seed {wanted.seed}`, {seconds / 60:.0f} minutes, fsync on, everything on one machine.",
        "",
        f"**{'Nothing was wrong' if not verdict.faults else f'{len(verdict.faults)} faults'}.** "
        f"All parts were back within {GOAL_SECONDS:.0f} s in {len(rounds) - late} of "
        f"{len(rounds)} rounds; median {statistics.median(times):.1f} s, longest "
        f"{max(times):.1f} s.",
        "",
        *(f"- {fault}" for fault in verdict.faults[:40]),
        *([""] if verdict.faults else []),
        "| compared | |",
        "|---|---:|",
        *(f"| {name} | {count:,} |" for name, count in verdict.counts.items()),
        "",
        "| killed | rounds | median until all parts worked | longest |",
        "|---|---:|---:|---:|",
        *_by_part(rounds),
        "",
        "| round | killed | seconds until all parts worked | load |",
        "|---:|---|---:|---:|",
        *(
            f"| {n} | {', '.join(one.killed)} | {one.seconds:.1f} | {one.load:.1f} |"
            for n, one in enumerate(rounds, 1)
        ),
        "",
    ]
    return "\n".join(lines)


def _by_part(rounds: list[Round]) -> list[str]:
    kinds: dict[str, list[float]] = {}
    for one in rounds:
        kinds.setdefault(", ".join(one.killed) if len(one.killed) == 1 else "several", []).append(
            one.seconds
        )
    return [
        f"| {name} | {len(found)} | {statistics.median(found):.1f} s | {max(found):.1f} s |"
        for name, found in sorted(kinds.items())
    ]


if __name__ == "__main__":
    sys.exit(main())

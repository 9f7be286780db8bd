"""The figures of a run in the form of RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_KINDS = {"organisation": "organisations", "person": "Chinese people", "latin": "names in letters"}


def markdown(figures: dict[str, Any]) -> str:
    """Everything that a run measured."""
    parts = [f"## {figures['count']:,} listed subjects"]
    for step, write in (
        ("build", _build),
        ("search", _times),
        ("search", _recall),
        ("search", _alarms),
    ):
        if step in figures:
            parts.append(write(figures[step], figures["count"]))
    parts.append(_beside(figures))
    return "\n\n".join(part for part in parts if part)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _load(step: dict[str, Any]) -> str:
    return f"load {step['load'][0]} before, {step['load'][1]} after"


def _build(build: dict[str, Any], count: int) -> str:
    size = sum(build["megabytes"].values())
    return (
        f"Built in {build['seconds']:.0f} s on the clock, {build['processor']:.0f} s of one core"
        f" ({_load(build)}), with at most {build['memory']['VmHWM']:.0f} MB of memory; the files"
        f" have {size:.0f} MB ({build['entries']:,} keys)."
    )


def _times(search: dict[str, Any], count: int) -> str:
    rows = []
    for name, key in (("clock", "clock"), ("processor", "processor")):
        one, two = search["times1"][key], search["times2"][key]
        rows.append(
            [
                f"one edit, {name}"
                if key == "clock"
                else f"one edit, {name} (not slowed by others)",
                *(f"{one[p]:.1f} ms" for p in ("p50", "p95", "p99")),
                f"{one['a second']:.0f}",
            ]
        )
        rows.append(
            [
                f"two edits, {name}",
                *(f"{two[p]:.1f} ms" for p in ("p50", "p95", "p99")),
                f"{two['a second']:.0f}",
            ]
        )
    memory, before = search["memory"], search["before"]
    return (
        _table(
            ("near match", "p50", "p95 (goal < 15 ms)", "p99", "a second, one core (goal ≥ 150)"),
            rows,
        )
        + f"\n\n({_load(search)}.) Opened and checked in {search['opened']:.1f} s. Memory of the"
        f" searching process after {6 * search['each']:,} searches: {memory['VmRSS']:.0f} MB"
        f" resident, of which {memory['RssAnon']:.0f} MB its own and {memory['RssFile']:.0f} MB"
        f" pages of mapped files (before the index was opened {before['VmRSS']:.0f} MB). Asked for"
        f" as listed, the name came first in {100 * search['exact']:.1f} % of the cases."
    )


def _recall(search: dict[str, Any], count: int) -> str:
    rows = []
    for kind, name in _KINDS.items():
        for label, (tries, ten, top, tied) in search["recall1"][kind].items():
            shown = f"**{name}, one edit**" if label == "all" else label
            rows.append([shown, tries, f"{ten:.3f}", f"{top:.3f}", f"{tied:.3f}"])
        tries, ten, top, tied = search["recall2"][kind]["all"]
        rows.append([f"{name}, two edits", tries, f"{ten:.3f}", f"{top:.3f}", f"{tied:.3f}"])
    return _table(
        (
            "recall",
            "searches",
            "among ten",
            "first",
            "missed with ten others at least as like",
        ),
        rows,
    )


def _alarms(search: dict[str, Any], count: int) -> str:
    rows = []
    width = {"organisation": 2, "person": 1, "latin": 5}
    for kind, length, tries, shares in search["alarms"]:
        if tries < 20:
            continue
        upto = "" if width[kind] == 1 else f"–{length + width[kind] - 1}"
        rows.append(
            [
                f"{_KINDS[kind]}, {length}{upto} characters",
                tries,
                *(f"{100 * share:.1f} %" for share in shares.values()),
            ]
        )
    return _table(
        ("not listed, yet a match", "names", *(f"≥ {t}" for t in ("80", "85", "90", "95"))), rows
    )


def _beside(figures: dict[str, Any]) -> str:
    rows = []
    if "search" in figures:
        search = figures["search"]
        recall = {kind: search["recall1"][kind]["all"][1] for kind in _KINDS}
        size = sum(figures["build"]["megabytes"].values())
        own = {**search["times1"]["clock"], "recall": recall}
        rows.append(_rival("this index", figures["build"]["seconds"], size, own))
    if "rapidfuzz" in figures:
        rows.append(_rival("rapidfuzz, every name", None, None, figures["rapidfuzz"]["ratio"]))
    for kind in ("gin", "gist"):
        if kind in figures.get("postgres", {}):
            found = figures["postgres"][kind]
            rows.append(_rival(f"pg_trgm, {kind}", found["build"], found["megabytes"], found))
    text = _table(
        (
            "one edit",
            "built in",
            "size",
            "p50",
            "p95",
            "a second",
            "organisations",
            "Chinese people",
            "letters",
        ),
        rows,
    )
    if "postgres" in figures:
        exact = figures["postgres"]["btree"]
        text += "\n\n" + _table(
            ("exact look-up, PostgreSQL btree", "p50", "p95", "p99 (goal < 1 ms)"),
            [
                [label, *(f"{exact[key][p]:.2f} ms" for p in ("p50", "p95", "p99"))]
                for label, key in (
                    ("first visit of a name", "first"),
                    ("again", "again"),
                    ("by the server's clock", "server"),
                )
            ],
        )
        text += f"\n\n(rivals: {_load(figures['postgres'])}.)"
    return text


def _rival(
    name: str, seconds: float | None, size: float | None, found: dict[str, Any]
) -> list[str]:
    return [
        name,
        f"{seconds:.0f} s" if seconds is not None else "",
        f"{size:.0f} MB" if size is not None else "",
        f"{found['p50']:.1f} ms",
        f"{found['p95']:.1f} ms",
        f"{found['a second']:.1f}",
        *(f"{found['recall'][kind]:.3f}" for kind in _KINDS),
    ]

"""What the index finds, how quickly, in how much memory, and how often it cries wolf."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.names.synthetic import ORGANISATION, PERSON, Maker, mistaken
from yishi.foundation.credit.names.index import Index, Match

KINDS = ("organisation", "person", "latin")
Row = tuple[str, str, str]  # subject, kind, name
Search = Callable[[str], Sequence[str]]


def rows_of(file: Path) -> Iterator[Row]:
    """The listed subjects of a file made by ``make``."""
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            subject, kind, name = line.rstrip("\n").split("\t")
            yield subject, kind, name


def sampled(file: Path, count: int, each: int, seed: int = 5) -> list[Row]:
    """*each* subjects of every kind from all over the file, in no order."""
    one = random.Random(seed)
    wanted = set(one.sample(range(count), min(count, each * 14)))
    found: dict[str, list[Row]] = defaultdict(list)
    for number, row in enumerate(rows_of(file)):
        if number in wanted:
            found[row[1]].append(row)
    picked = [row for kind in KINDS for row in one.sample(found[kind], min(each, len(found[kind])))]
    one.shuffle(picked)
    return picked


@dataclass(slots=True)
class Recall:
    """How many of those looked for were among the first ten (and the first one)."""

    tries: Counter[tuple[str, str]] = field(default_factory=Counter)
    ten: Counter[tuple[str, str]] = field(default_factory=Counter)
    top: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: Missed because ten others resemble at least as much: no ranking by the name could tell.
    tied: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: list[tuple[str, str, str]] = field(default_factory=list)

    def count(self, kind: str, edit: str, subject: str, found: Sequence[str], tied: bool) -> None:
        """Count one search."""
        for label in (edit, "all"):
            self.tries[kind, label] += 1
            self.ten[kind, label] += subject in found[:10]
            self.top[kind, label] += subject in found[:1]
            self.tied[kind, label] += tied

    def shares(self, kind: str, edit: str = "all") -> tuple[float, float, float]:
        """Recall at ten, recall at one, share of ties among all."""
        tries = max(1, self.tries[kind, edit])
        ten, top, tied = self.ten[kind, edit], self.top[kind, edit], self.tied[kind, edit]
        return ten / tries, top / tries, tied / tries


@dataclass(slots=True)
class Times:
    """Seconds of every search: on the clock, and of the processor (which others cannot slow)."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def recall(index: Index, rows: Sequence[Row], edits: int) -> tuple[Recall, Times]:
    """Look for every row under a mistaken name, and take the times."""
    one, result, times = random.Random(11), Recall(), Times()
    for subject, kind, name in rows:
        written, edit = mistaken(name, kind, one, edits)
        begun, spent = time.perf_counter(), time.thread_time()
        found = index.search(written, 10)
        times.processor.append(time.thread_time() - spent)
        times.clock.append(time.perf_counter() - begun)
        subjects = [match.subject for match in found]
        missed = subject not in subjects
        tied = missed and len(found) == 10 and found[-1].score >= likeness(written, name)
        result.count(kind, edit, subject, subjects, tied)
        if missed and not tied:
            result.missed.append((kind, name, written))
    return result, times


def likeness(asked: str, listed: str) -> float:
    """The score that *listed* would have got if it had been a candidate."""
    from yishi.foundation.credit.names.normalising import normalise
    from yishi.foundation.credit.names.records import CODING, check_number, pack_name
    from yishi.foundation.credit.names.scoring import score

    one, other = normalise(asked), normalise(listed)
    same = check_number(one.text) == check_number(other.text)
    return score(one, pack_name(other).decode(CODING), same_writing=same).value


def searching(index: Index) -> Search:
    """The index as the rivals are asked."""
    return lambda text: [match.subject for match in index.search(text, 10)]


def exact(index: Index, rows: Sequence[Row]) -> float:
    """Share of names asked for as they are listed that come first with the full score."""
    hits = 0
    for subject, _, name in rows:
        found = index.search(name, 10)
        full = [match for match in found if match.score == 100]
        hits += bool(full) and (subject in [m.subject for m in full] or len(full) == 10)
    return hits / len(rows)


THRESHOLDS = (80, 85, 90, 95)


def false_alarms(index: Index, each: int) -> dict[tuple[str, int], tuple[int, dict[int, float]]]:
    """By kind and length of the name, how many other names were asked for, and the share of them
    with a match of at least each threshold.

    An organisation whose very name is listed is that organisation and does not count here; of
    people namesakes do, for they are who would be troubled.
    """
    maker, counts = Maker(seed=99), Counter[tuple[str, int]]()
    hits: Counter[tuple[str, int, int]] = Counter()
    makers: dict[str, Callable[[], str]] = {
        ORGANISATION: lambda: "".join(maker.organisation()),
        PERSON: maker.person,
        "latin": maker.latin,
    }
    for kind, make in makers.items():
        for _ in range(each):
            name = make()
            best = _best(index.search(name, 1))
            if best == 100 and kind != PERSON:
                continue
            group = kind, _length(kind, name)
            counts[group] += 1
            for threshold in THRESHOLDS:
                hits[(*group, threshold)] += best >= threshold
    return {
        group: (tries, {t: hits[(*group, t)] / tries for t in THRESHOLDS})
        for group, tries in sorted(counts.items())
    }


def _length(kind: str, name: str) -> int:
    step = 5 if kind == "latin" else 2 if kind == ORGANISATION else 1
    return len(name) // step * step


def _best(found: Sequence[Match]) -> float:
    return found[0].score if found else 0.0


def memory() -> dict[str, float]:
    """Megabytes of this process: resident, of which private memory and pages of mapped files."""
    found = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key in ("VmRSS", "VmHWM", "RssAnon", "RssFile"):
            found[key] = int(value.split()[0]) / 1024
    return found


def percentile(times: Sequence[float], share: float) -> float:
    """The time in milliseconds that *share* of the searches stayed within."""
    ordered = sorted(times)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

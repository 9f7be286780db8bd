"""The index as screening uses it: a memory map, checked, with the changes since its build."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from yishi.foundation.credit.names import changes, keys
from yishi.foundation.credit.names.folders import (
    CHANGES,
    CURRENT,
    IndexRefused,
    Manifest,
    check_files,
    current,
    locked,
    read_manifest,
)
from yishi.foundation.credit.names.normalising import EMPTY, normalise
from yishi.foundation.credit.names.postings import Postings
from yishi.foundation.credit.names.records import Records, Strings
from yishi.foundation.credit.names.segments import Segment, segment_of


class Match(NamedTuple):
    """A listed subject whose name resembles the one asked for."""

    subject: str
    score: float
    why: tuple[str, ...]


@dataclass(slots=True)
class _Layer:
    """A segment, the changes that it holds (none: the build) and the subjects of it that later
    changes replaced or removed."""

    segment: Segment
    rows: dict[str, list[str]] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _State:
    """What one search reads from beginning to end, whatever changes meanwhile."""

    folder: Path
    manifest: Manifest
    layers: list[_Layer]
    changed: set[str]
    read_to: int
    stamp: tuple[int, int]


class Index:
    """A name index. Searching is safe from several threads."""

    def __init__(self, folder: Path | str, *, verify: bool = True) -> None:
        self._root, self._verify = Path(folder), verify
        self._lock = threading.Lock()
        self._state = self._open()

    @classmethod
    def open(cls, folder: Path | str, *, verify: bool = True) -> Index:
        """Open the index in *folder*. Raises `IndexRefused` if there is none, if it does not
        check (contents too, unless *verify* is false), or if it was built under other rules."""
        return cls(folder, verify=verify)

    @property
    def manifest(self) -> Manifest:
        """What the build consists of."""
        return self._state.manifest

    @property
    def changes(self) -> int:
        """Subjects changed since the build; many make searching slower: build again."""
        self._refresh()
        return len(self._state.changed)

    def search(self, text: str, limit: int = 10) -> list[Match]:
        """Listed subjects whose names resemble *text*, the nearest first, each once.

        Raises `IndexRefused` if the index changed under way and does not check, never because of
        the text.
        """
        self._refresh()
        norm = normalise(text)
        if norm.kind == EMPTY or limit < 1:
            return []
        asked = keys.asked(norm)
        found: dict[str, Match] = {}
        for layer in self._state.layers:
            for subject, score in layer.segment.search(norm, asked, limit, layer.without):
                found[subject] = Match(subject, score.value, score.why)
        return sorted(found.values(), key=lambda match: -match.score)[:limit]

    def put(self, subject: str, names: Sequence[str]) -> None:
        """From now on *subject* is listed under *names* and no others; none: not at all.

        Counts for every process that has the index open. Raises ValueError for an unusable id.
        """
        line = changes.line_of(subject, names)
        with locked(self._root, CHANGES):
            changes.append(current(self._root) / CHANGES, line)

    def add(self, subject: str, name: str) -> None:
        """List *subject* under *name*."""
        self.put(subject, [name])

    def remove(self, subject: str) -> None:
        """*subject* is no longer listed."""
        self.put(subject, [])

    def _open(self) -> _State:
        while True:
            stamp = _stamp(self._root / CURRENT)
            try:
                return self._read(stamp)
            except IndexRefused:
                # A build that took effect meanwhile has taken the old files away.
                if stamp == _stamp(self._root / CURRENT):
                    raise

    def _read(self, stamp: tuple[int, int]) -> _State:
        folder = current(self._root)
        manifest = read_manifest(folder)
        check_files(folder, manifest, contents=self._verify)
        try:
            segment = _mapped(folder)
        except OSError as error:
            raise IndexRefused("missing", "名称索引的文件读不到") from error
        state = _State(folder, manifest, [_Layer(segment)], set(), 0, stamp)
        return _with_changes(state)

    def _refresh(self) -> None:
        state = self._state
        if state.stamp == _stamp(self._root / CURRENT) and state.read_to == _size(
            state.folder / CHANGES
        ):
            return
        with self._lock:
            if self._state.stamp == _stamp(self._root / CURRENT):
                self._state = _with_changes(self._state)
            else:
                self._state = self._open()


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise IndexRefused("missing", "没有名称索引") from error
    return found.st_mtime_ns, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _with_changes(state: _State) -> _State:
    """The state with the changes that it has not seen."""
    new, read_to = changes.read(state.folder / CHANGES, state.read_to)
    if not new:
        return state
    latest = dict(new)
    # Whoever still reads the old state goes on with the old sets.
    build, *sets = (
        _Layer(layer.segment, layer.rows, layer.without | set(latest)) for layer in state.layers
    )
    rows = latest
    # Sets double in size, so that many changes make few sets and none is put together often.
    while sets and len(sets[-1].rows) <= 2 * len(rows):
        last = sets.pop()
        rows = {**{key: last.rows[key] for key in last.rows.keys() - last.without}, **rows}
    pairs = [(subject, name) for subject, names in rows.items() for name in names]
    sets.append(_Layer(segment_of(pairs), rows))
    changed = state.changed | set(latest)
    return _State(state.folder, state.manifest, [build, *sets], changed, read_to, state.stamp)


def _mapped(folder: Path) -> Segment:
    def file(name: str, kind: DTypeLike) -> NDArray[Any]:
        path = folder / name
        if not path.stat().st_size:
            return np.zeros(0, kind)
        return np.memmap(path, kind, "r").view(np.ndarray)

    records = Records(
        Strings(file("name_offsets", np.uint32), file("names", np.uint8)),
        Strings(file("subject_offsets", np.uint32), file("subjects", np.uint8)),
        file("checks", np.uint32),
    )
    entries = Postings(
        file("directory", np.uint32), file("rests", np.uint8), file("entries", np.uint32)
    )
    return Segment(records, entries)

"""Building an index: row by row into a temporary folder, which counts once it is complete."""

from __future__ import annotations

import os
import secrets
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.credit.names import changes, keys, postings
from yishi.foundation.credit.names.folders import (
    CHANGES,
    CURRENT,
    FILES,
    IndexRefused,
    Manifest,
    current,
    locked,
    sync_folder,
    write_manifest,
    write_synced,
)
from yishi.foundation.credit.names.normalising import EMPTY, Norm, normalise
from yishi.foundation.credit.names.records import check_number, pack_id, pack_name

#: Told how many rows are read, and then how many parts of a hundred are sorted.
Progress = Callable[[str, int], None]

_CHUNK = 50_000
#: Keys are sorted in so many parts, so that building needs little memory.
_PARTS = 16
_LARGEST = 2**32 - 1


class _File:
    """A file that knows its size and check number."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("wb", buffering=1 << 20)
        self.size = self.crc = 0

    def write(self, content: bytes | NDArray[Any]) -> None:
        data = content if isinstance(content, bytes) else content.tobytes()
        self._stream.write(data)
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)

    def close(self) -> None:
        """Close the file; what it holds lasts."""
        with self._stream:
            self._stream.flush()
            os.fsync(self._stream.fileno())


def build(
    rows: Iterable[tuple[str, str]], folder: Path | str, progress: Progress = lambda *_: None
) -> Manifest:
    """Build the index of (subject id, name) *rows* in *folder* and let it count.

    Until the last step the index that was there stays in use; an error or a kill leaves it. A
    subject may have several rows. Changes made meanwhile are taken over.
    Raises ValueError naming the row for an id that is empty or too long.
    """
    root = Path(folder)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(root, "build", wait=False):
        for left in root.glob("building-*"):
            shutil.rmtree(left)
        since = _changed(root)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        temporary = root / f"building-{name}"
        temporary.mkdir(mode=0o700)  # names of people, in plain
        try:
            manifest = _Builder(temporary, progress).run(rows, f"build-{name}")
            write_manifest(temporary, manifest)
            _publish(root, temporary, manifest, since)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    return manifest


def _changed(root: Path) -> tuple[Path, int] | None:
    """The changes file of the index in use and how long it is now."""
    try:
        path = current(root) / CHANGES
    except IndexRefused:
        return None
    return path, path.stat().st_size if path.exists() else 0


def _publish(
    root: Path, temporary: Path, manifest: Manifest, since: tuple[Path, int] | None
) -> None:
    with locked(root, CHANGES):
        if since and since[0].exists():
            kept, _ = changes.read(*since)
            lines = b"".join(changes.line_of(subject, names) for subject, names in kept)
            if lines:
                changes.append(temporary / CHANGES, lines)
        temporary.rename(root / manifest.build)
        sync_folder(root)
        write_synced(root / CURRENT, manifest.build.encode())
        for old in root.glob("build-*"):
            if old.name != manifest.build:
                shutil.rmtree(old, ignore_errors=True)


class _Builder:
    """The files of one build."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder, self._progress = folder, progress
        self._files = {name: _File(folder / name) for name in FILES}
        self._parts = [folder / f"part-{n:02}" for n in range(_PARTS)]
        self._names = self._entries = 0
        self._ends = {"names": 0, "subjects": 0}

    def run(self, rows: Iterable[tuple[str, str]], build: str) -> Manifest:
        """Write everything but the manifest."""
        try:
            for name in self._ends:
                self._files[f"{name[:-1]}_offsets"].write(np.zeros(1, np.uint32))
            read = 0
            for chunk in _chunks(rows):
                self._add(chunk, read)
                read += len(chunk)
                self._progress("names", read)
            self._sort()
        finally:
            for file in self._files.values():
                file.close()
        built_at = datetime.now(UTC).isoformat(timespec="seconds")
        files = {name: (file.size, file.crc) for name, file in self._files.items()}
        return Manifest(build, self._names, self._entries, built_at, files)

    def _add(self, chunk: list[tuple[str, str]], before: int) -> None:
        norms: list[Norm] = []
        subjects: list[bytes] = []
        for number, (subject, name) in enumerate(chunk, before + 1):
            norm = normalise(name)
            if norm.kind == EMPTY:
                continue
            try:
                subjects.append(pack_id(subject))
            except ValueError as error:
                raise ValueError(f"第 {number} 行：主体标识无效") from error
            norms.append(norm)
        if not norms:
            return
        self._strings("names", [pack_name(norm) for norm in norms])
        self._strings("subjects", subjects)
        checks = np.fromiter((check_number(n.text) for n in norms), np.uint32, len(norms))
        self._files["checks"].write(checks)
        found, positions = keys.listed(norms)
        self._spread(postings.packed(found, positions + self._names))
        self._names += len(norms)

    def _strings(self, name: str, values: list[bytes]) -> None:
        ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values))) + self._ends[name]
        self._ends[name] = int(ends[-1])
        if self._ends[name] > _LARGEST:
            raise ValueError("名称过多，一个索引放不下")
        self._files[f"{name[:-1]}_offsets"].write(ends.astype(np.uint32))
        self._files[name].write(b"".join(values))

    def _spread(self, entries: NDArray[np.uint64]) -> None:
        self._entries += len(entries)
        part = (entries >> np.uint64(60)).astype(np.int64)
        for number, path in enumerate(self._parts):
            with path.open("ab") as stream:
                entries[part == number].tofile(stream)

    def _sort(self) -> None:
        bits = postings.directory_bits(self._entries)
        counts = np.zeros(1 << bits, np.int64)
        self._entries = 0
        for rests, names in postings.pieces(self._sorted_parts(), bits, counts):
            self._files["rests"].write(rests)
            self._files["entries"].write(names)
            self._entries += len(names)
        self._files["directory"].write(postings.directory_of(counts))

    def _sorted_parts(self) -> Iterator[NDArray[np.uint64]]:
        for number, path in enumerate(self._parts):
            if path.exists():
                yield postings.settle(np.fromfile(path, np.uint64))
                path.unlink()
            self._progress("sorted", 100 * (number + 1) // _PARTS)


def _chunks(rows: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk

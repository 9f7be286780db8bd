"""Where a run's outcomes lie: a folder of bit sets, named by the hash of what is in it.

The folder may be lost: it is made again from the snapshot and the frozen items, and must come out
with the same hash.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from yishi.foundation.facts import store
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.rulebook.engine import Match, match
from yishi.systems.direct_benefits.runs import books
from yishi.systems.direct_benefits.runs.books import Frozen
from yishi.systems.direct_benefits.runs.models import Run


class RunTampered(RuntimeError):
    """A run made again comes out otherwise than it is recorded."""


def root() -> Path:
    """Where the folders lie."""
    return Path(settings.YISHI_MEDIA) / "runs"


def used(name: str) -> bool:
    """Whether a run was made with the stored file *name* (1 statement)."""
    return Run.objects.filter(book_file=name).exists()


def frozen_of(run: Run) -> Frozen:
    """What *run* was made with."""
    return books.opened(run.book_file, run.book)


def evaluate(frozen: Frozen, snapshot: Snapshot) -> Match:
    """Every item for every party of a snapshot, with the outcome of every condition."""
    kept = store.opened(snapshot)
    columns = kept.columns(frozen.book.facts)
    return match(frozen.book, columns, frozen.params, frozen.at, rows=kept.rows)


def digest_of(folder: Path) -> str:
    """SHA-256 over names and bytes of a folder's files."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.name}\0{digest}\n".encode())
    return total.hexdigest()


@contextmanager
def saved(found: Match) -> Iterator[tuple[Path, str]]:
    """A folder with *found* and its hash; whoever does not `adopt` it loses it."""
    draft = root() / f".{os.getpid()}-{uuid.uuid4().hex[:12]}"
    try:
        found.save(draft)
        yield draft, digest_of(draft)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def adopt(draft: Path, digest: str) -> str:
    """Keep a folder under its hash; returns its name."""
    target = root() / digest
    if not target.is_dir():
        try:
            os.replace(draft, target)
        except OSError:  # somebody else was quicker with the same
            if not target.is_dir():
                raise
    return digest


_open: dict[str, Match] = {}
_KEPT = 4


def opened(run: Run) -> Match:
    """The outcomes of a run, mapped; made again where the folder was lost.

    Raises:
        RunTampered: when they come out otherwise then.
        SnapshotTampered: when the snapshot is not the one it was.
    """
    folder = root() / run.folder
    known = _open.get(run.folder)
    if known is not None and folder.is_dir():
        return known
    if not (folder / "match.json").is_file():
        again(run)
    while len(_open) >= _KEPT:
        _open.pop(next(iter(_open)))
    found = _open[run.folder] = Match.open(folder)
    return found


def again(run: Run) -> str:
    """Make a run again from its snapshot and its frozen items, and keep the folder.

    Raises:
        RunTampered: when the outcomes are others than those recorded.
        SnapshotTampered, BookTampered: when what it was made from was changed.
    """
    from yishi.foundation.facts import snapshots

    snapshots.path_of(run.snapshot, again=True)
    with saved(evaluate(frozen_of(run), run.snapshot)) as (draft, digest):
        if digest != run.results:
            raise RunTampered(f"{run.number}: 重新计算的结果与记录的哈希不符")
        return adopt(draft, digest)


def verify(run: Run) -> None:
    """Whether snapshot, items and outcomes are those recorded, and come out the same again.

    Raises:
        RunTampered, SnapshotTampered, BookTampered: saying what is not.
    """
    from yishi.systems.direct_benefits.runs.running import hash_of

    books.opened.cache_clear()
    folder = root() / run.folder
    if folder.is_dir() and digest_of(folder) != run.results:
        raise RunTampered(f"{run.number}: 保存的结果被改动")
    again(run)
    if hash_of(run) != run.hash:
        raise RunTampered(f"{run.number}: 记录本身被改动")

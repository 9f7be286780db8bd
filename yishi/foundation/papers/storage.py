"""Bytes on disk below ``settings.YISHI_MEDIA``, named by their SHA-256, two levels of folders."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

_STORED = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}\.[a-z]{3,4}")


def root() -> Path:
    """Return the folder of stored bytes."""
    return Path(settings.YISHI_MEDIA)


def put(data: bytes, suffix: str) -> str:
    """Store *data* and return its path below the root (``ab/cd/abcd….jpg``).

    The file appears whole or not at all and is on disk when this returns; equal bytes are stored
    once. Storing again renews the file's time, which keeps it from :func:`old_files`.
    """
    digest = hashlib.sha256(data).hexdigest()
    name = f"{digest[:2]}/{digest[2:4]}/{digest}.{suffix}"
    target = root() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(fcntl.LOCK_SH):
        try:
            os.utime(target)
        except FileNotFoundError:
            _write(target, data)
    return name


def _write(target: Path, data: bytes) -> None:
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def adopt(draft: Path, suffix: str) -> tuple[str, str]:
    """Take over the finished file *draft*, however large, as :func:`put` takes bytes: returns its
    path below the root and its SHA-256. *draft* must lie on the same disk (see :func:`drafts`)."""
    with draft.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    name = f"{digest[:2]}/{digest[2:4]}/{digest}.{suffix}"
    target = root() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(fcntl.LOCK_SH):
        os.replace(draft, target)
    return name, digest


def drafts() -> Path:
    """A folder on the disk of the stored files, for files that are being written."""
    folder = root() / ".drafts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def path_of(name: str) -> Path:
    """Return where *name* lies. Raises ``ValueError`` for anything :func:`put` did not name."""
    if not _STORED.fullmatch(name):
        raise ValueError("not the name of a stored file")
    return root() / name


def old_files(before: float) -> list[str]:
    """Return the names of stored files last written before *before* (seconds since the epoch).

    Drafts of writers that were killed are removed on the way.
    """
    names = []
    for path in root().glob("??/??/*"):
        try:
            if path.stat().st_mtime >= before:
                continue
        except FileNotFoundError:
            continue
        name = path.relative_to(root()).as_posix()
        if _STORED.fullmatch(name):
            names.append(name)
        elif path.name.startswith(".draft-"):
            path.unlink(missing_ok=True)
    return names


def remove_if_older(name: str, before: float) -> bool:
    """Delete a stored file unless somebody stored the same bytes again since *before*."""
    path = path_of(name)
    with _locked(fcntl.LOCK_EX):
        try:
            if path.stat().st_mtime >= before:
                return False
        except FileNotFoundError:
            return False
        path.unlink()
    return True


@contextmanager
def _locked(mode: int) -> Iterator[None]:
    """Keep cleaning apart from storing: many may store at once, a deletion is alone."""
    descriptor = os.open(root() / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, mode)
        yield
    finally:
        os.close(descriptor)

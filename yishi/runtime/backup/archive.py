"""The file of a backup: a tar whose last member is a manifest with the digest of all others.

Members: ``database.dump`` (pg_dump's custom format), ``media/ab/cd/…`` (uploads, named by their
digest), ``roots/<system>/<day>.…`` (the signed daily roots), ``manifest.json``. A file that was cut
off has no manifest and is refused; so is one in which any byte differs.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

FORMAT = 1
DATABASE = "database.dump"
MANIFEST = "manifest.json"
_CHUNK = 1024 * 1024


class BackupError(RuntimeError):
    """A backup cannot be made, read or restored; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    ``counts``: rows by table in the dumped snapshot; ``migrations``: applied ones as ``app.name``;
    ``keys``: fingerprints of the keys without which it cannot be read or verified; ``files``:
    SHA-256 and size in bytes by member.
    """

    made_at: str
    version: str
    server: str
    city: dict[str, str]
    counts: dict[str, int]
    migrations: list[str]
    keys: dict[str, str]
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    format: int = FORMAT

    def dump(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True).encode()

    @staticmethod
    def parse(data: bytes) -> Manifest:
        """Read the JSON. Raises `BackupError`."""
        try:
            raw: dict[str, Any] = json.loads(data)
            if raw["format"] != FORMAT:
                raise BackupError(f"backup format {raw['format']} is not known here")
            files = {str(k): (str(v[0]), int(v[1])) for k, v in raw.pop("files").items()}
            return Manifest(**raw, files=files)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise BackupError("the backup's manifest is malformed") from error


class Hashing:
    """A reading file that counts and digests what passes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.file.read(size)
        self.sha.update(data)
        self.size += len(data)
        return data


class Writer:
    """Adds members and remembers their digests."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.files: dict[str, tuple[str, int]] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file; its size is fixed when it begins, so it must not be growing."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = path.stat().st_size, 0o600
        with open(path, "rb") as file:
            hashing = Hashing(file)
            self.tar.addfile(info, hashing)
        self.files[name] = (hashing.sha.hexdigest(), hashing.size)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest; nothing may follow."""
        data = manifest.dump()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(data), 0o600
        self.tar.addfile(info, io.BytesIO(data))


@contextmanager
def opened(path: Path) -> Iterator[tarfile.TarFile]:
    """A backup for reading. Raises `BackupError` for what is none."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BackupError(f"{path.name} cannot be read as a backup: {error}") from error


def check(path: Path) -> Manifest:
    """Read the whole file and compare every member with the manifest. Raises `BackupError`."""
    found: dict[str, tuple[str, int]] = {}
    manifest: Manifest | None = None
    with opened(path) as tar:
        for info in tar:
            if manifest is not None:
                raise BackupError("something follows the manifest")
            content = tar.extractfile(info) if info.isreg() else None
            if content is None or not _safe(info.name):
                raise BackupError(f"unexpected member {info.name!r}")
            if info.name == MANIFEST:
                manifest = Manifest.parse(content.read())
                continue
            hashing = Hashing(content)
            while hashing.read(_CHUNK):
                pass
            found[info.name] = (hashing.sha.hexdigest(), hashing.size)
    if manifest is None:
        raise BackupError(f"{path.name} has no manifest: it was cut off")
    for name in sorted(found.keys() | manifest.files.keys()):
        if found.get(name) != manifest.files.get(name):
            raise BackupError(f"{name} is not what the manifest says")
    if DATABASE not in found:
        raise BackupError("the backup holds no database")
    return manifest


def _safe(name: str) -> bool:
    parts = PurePosixPath(name).parts
    known = name in (DATABASE, MANIFEST) or parts[0] in ("media", "roots")
    return known and not name.startswith("/") and ".." not in parts


def extract(path: Path, folder: str, target: Path) -> int:
    """Write the members below *folder* to *target*, each durable; returns how many."""
    import os

    count = 0
    with opened(path) as tar:
        for info in tar:
            inner = PurePosixPath(info.name)
            whole = info.name == folder
            if not whole and inner.parts[0] != folder:
                continue
            content = tar.extractfile(info)
            assert content is not None  # `check` has looked at every member
            place = target if whole else target.joinpath(*inner.parts[1:])
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(place, "wb", opener=_private) as file:
                while chunk := content.read(_CHUNK):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            count += 1
    return count


def _private(name: str, flags: int) -> int:
    import os

    return os.open(name, flags, 0o600)

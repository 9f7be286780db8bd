"""``yishi backup``: one consistent file of the whole installation, while it runs."""

from __future__ import annotations

import hashlib
import os
import secrets
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from yishi.runtime.backup import database, keyfile
from yishi.runtime.backup.archive import DATABASE, BackupError, Manifest, Writer

Say = Callable[[str], None]


def backup(target: Path, say: Say, *, keys: Path | None = None, passphrase: str = "") -> Manifest:
    """Write *target* (mode 0600), whole or not at all; *keys* too, encrypted with *passphrase*.

    The database is one snapshot; uploads are copied after it, since they are only added. Needs
    Django set up. Raises `BackupError`.
    """
    from django.conf import settings

    if target.exists() or (keys is not None and keys.exists()):
        raise BackupError(f"{target if target.exists() else keys} exists already")
    sealed = keyfile.seal(keyfile.present(), passphrase) if keys is not None else b""
    mark = secrets.token_hex(4)
    draft = target.with_name(f".{target.name}.{mark}")
    dumped = target.with_name(f".{target.name}.{mark}.dump")
    try:
        say("database")
        with database.snapshot() as (connection, shared):
            manifest = _described(database.counts(connection), database.migrations(connection))
            database.dump(dumped, shared)
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                writer = Writer(tar)
                writer.add(DATABASE, dumped)
                say("daily roots and uploads")
                for name, path in _files(Path(settings.STATE_DIR), Path(settings.YISHI_MEDIA)):
                    writer.add(name, path)
                manifest.files.update(writer.files)
                writer.finish(manifest)
            file.flush()
            os.fsync(file.fileno())
        if keys is not None:
            _write_private(keys, sealed)
        os.replace(draft, target)
    except BaseException:
        if keys is not None and sealed and not target.exists():
            keys.unlink(missing_ok=True)
        raise
    finally:
        dumped.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)
    return manifest


def _described(counts: dict[str, int], migrations: list[str]) -> Manifest:
    from django.conf import settings

    from yishi import __version__

    with database.connect() as connection:
        server = str(connection.info.server_version)
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        server=server,
        city={
            "folder": Path(settings.CITY_DIR).name,
            "digest": city_digest(Path(settings.CITY_DIR)),
        },
        counts=counts,
        migrations=migrations,
        keys=keyfile.fingerprints(keyfile.present()),
    )


def city_digest(folder: Path) -> str:
    """SHA-256 over names and contents of all files of a city folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            total.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(state: Path, media: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((state / "roots").glob("*/*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"roots/{path.parent.name}/{path.name}", path
    for path in sorted(media.glob("??/??/*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"media/{path.relative_to(media).as_posix()}", path


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

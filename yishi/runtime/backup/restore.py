"""``yishi restore``: an installation as it was, or nothing changed.

Order: read and compare everything; lay uploads, roots and keys out beside their places; load the
database in one transaction, which leaves a mark; then rename. Whoever dies before the mark leaves
the old installation and some folders that the next call removes; whoever dies after it leaves
renames that the next call (or ``yishi up``) finishes. A journal in the state folder says which.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from yishi.runtime.backup import archive, database, keyfile
from yishi.runtime.backup.archive import BackupError, Manifest

Say = Callable[[str], None]
JOURNAL = "restore.json"


@dataclass(frozen=True, slots=True)
class Journal:
    """Where an unfinished restore has laid things out. Paths as text."""

    mark: str
    staged: str
    media: str
    roots: str
    keys: dict[str, str]

    @staticmethod
    def path() -> Path:
        """The journal of this installation."""
        from django.conf import settings

        return Path(settings.STATE_DIR) / JOURNAL

    @staticmethod
    def read() -> Journal | None:
        """The journal, if a restore is unfinished."""
        try:
            return Journal(**json.loads(Journal.path().read_text()))
        except FileNotFoundError:
            return None

    def write(self) -> None:
        """Store it durably."""
        draft = self.path().with_suffix(".draft")
        with open(draft, "w", opener=archive._private) as file:
            file.write(json.dumps(asdict(self)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self.path())


def restore(
    source: Path,
    say: Say,
    *,
    replace: bool = False,
    keys: Path | None = None,
    passphrase: str = "",
) -> Manifest:
    """Make this installation what *source* holds. Raises `BackupError`; then nothing changed.

    *keys* is the encrypted file of keys; without it the installation's own must be those of the
    backup. An installation that holds cases or accounts is replaced only with *replace*. Nobody
    may use the database meanwhile.
    """
    settle(say)
    say("reading the backup")
    manifest = archive.check(source)
    refuse_newer(manifest)
    new_keys = keyfile.unseal(keys.read_bytes(), passphrase) if keys is not None else {}
    refuse_other_keys(manifest, keyfile.present() | new_keys)
    if not replace and not database.is_empty():
        raise BackupError("this installation holds cases or accounts; --replace puts them away")
    if database.others():
        raise BackupError("somebody uses the database: stop web, worker and live process first")
    journal = _journal()
    try:
        journal.write()
        say("laying out uploads and roots")
        dumped = _lay_out(source, journal, new_keys)
        say("database")
        database.load(dumped, journal.mark)
    except BaseException:
        settle(say)
        raise
    settle(say)
    return manifest


def settle(say: Say = lambda text: None) -> bool:
    """Finish or undo an interrupted restore; True if there was one. Raises `BackupError`."""
    journal = Journal.read()
    if journal is None:
        return False
    if database.restored(journal.mark):
        _rename(journal)
        say("uploads, roots and keys are in their places")
    else:
        say("an unfinished restore was undone")
    shutil.rmtree(journal.staged, ignore_errors=True)
    shutil.rmtree(_staged_media(journal), ignore_errors=True)
    Journal.path().unlink()
    return True


def refuse_newer(manifest: Manifest) -> None:
    """Raise `BackupError` when the backup has migrations that this code does not know."""
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = [name for name in manifest.migrations if name not in known]
    if unknown:
        raise BackupError(f"the backup is of another version; unknown here: {unknown[0]}")


def refuse_other_keys(manifest: Manifest, content: dict[str, bytes]) -> None:
    """Raise `BackupError` when keys are missing without which the backup cannot be used."""
    here = keyfile.fingerprints(content)
    lacking = [name for name, digest in manifest.keys.items() if here.get(name) != digest]
    if lacking:
        raise BackupError(
            f"the keys of the backup are needed ({', '.join(sorted(lacking))}): name their file "
            "with --keys, or put keys.json, roots.pem, seals.json and secret_key into the state "
            "folder first"
        )


def _journal() -> Journal:
    from django.conf import settings

    mark = secrets.token_hex(8)
    state = Path(settings.STATE_DIR)
    return Journal(
        mark=mark,
        staged=str(state / f"restore-{mark}"),
        media=str(settings.YISHI_MEDIA),
        roots=str(state / "roots"),
        keys={name: str(path) for name, path in keyfile.files().items()},
    )


def _staged_media(journal: Journal) -> Path:
    """On the same file system as the uploads, so that renaming works."""
    return Path(journal.media) / f".restore-{journal.mark}"


def _lay_out(source: Path, journal: Journal, keys: dict[str, bytes]) -> Path:
    staged = Path(journal.staged)
    (staged / "keys").mkdir(parents=True, mode=0o700)
    (staged / "roots").mkdir(mode=0o750)
    archive.extract(source, "media", _staged_media(journal))
    archive.extract(source, "roots", staged / "roots")
    for name, data in keys.items():
        with open(staged / "keys" / name, "wb", opener=archive._private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    dumped = staged / archive.DATABASE
    archive.extract(source, archive.DATABASE, dumped)
    return dumped


def _rename(journal: Journal) -> None:
    """Put everything into its place; may be repeated from any point."""
    staged, media, roots = Path(journal.staged), Path(journal.media), Path(journal.roots)
    for path in sorted(_staged_media(journal).glob("??/??/*")):
        place = media / path.relative_to(_staged_media(journal))
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.replace(path, place)
    if (staged / "roots").is_dir():
        if roots.exists():
            os.rename(roots, roots.with_name(f"roots.before-{journal.mark}"))
        os.rename(staged / "roots", roots)
    for path in sorted((staged / "keys").glob("*")):
        place = Path(journal.keys[path.name])
        before = place.with_name(f"{place.name}.before-{journal.mark}")
        if place.exists() and not before.exists():
            os.rename(place, before)
        os.replace(path, place)

"""Secrets of an installation: made once, readable by their owner only, never in the database."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path


def once(path: Path, text: str) -> str:
    """The text of a secret file; it is written with *text* if there is none. Safe to race."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails where another process was first, so nobody overwrites
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def secret_key(state_dir: Path) -> str:
    """Django's ``SECRET_KEY`` of this installation."""
    return once(state_dir / "secret_key", secrets.token_urlsafe(48))


def keys_file(state_dir: Path) -> Path:
    """The file with the keys of encrypted fields.

    JSON: ``{"current": "k1", "keys": {"k1": K}, "lookup": K}`` with ``K`` 32 random bytes in
    base64. ``keys`` encrypt (new values with the current one), ``lookup`` hashes for search.
    Losing this file loses every encrypted value: keep a copy apart from the database's backup.
    """
    path = state_dir / "keys.json"
    content = {"current": "k1", "keys": {"k1": _key()}, "lookup": _key()}
    once(path, json.dumps(content, indent=1))
    return path


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()

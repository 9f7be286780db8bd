"""The files and the key of daily roots: they lie outside the database, which may be what lied.

``roots/<system>/<day>.leaves`` holds the heads that changed since the root before, as records of
44 bytes (case id int64, trace length int32, little endian, head 32 bytes); ``<day>.json`` the
signed statement. The signing key is Ed25519 (RFC 8032), PEM, in ``roots.pem`` beside the keys of
encrypted fields, readable by its owner only.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

#: One recorded head; ``V32`` keeps trailing zero bytes.
LEAF = np.dtype([("id", "<i8"), ("length", "<i4"), ("head", "V32")])
Leaves = npt.NDArray[Any]


class RootError(ValueError):
    """A root cannot be made or read; the message says why."""


def folder() -> Path:
    """Where the files of all systems lie."""
    return Path(settings.STATE_DIR) / "roots"


def key_path() -> Path:
    """The file of the signing key."""
    return Path(settings.YISHI_KEYS_FILE).with_name("roots.pem")


def signing_key() -> Ed25519PrivateKey:
    """The signing key; made on first use.

    Raises:
        RootError: when the file holds another kind of key.
    """
    path = key_path()
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        write_once(path, pem, 0o600)
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise RootError(f"{path} is not an Ed25519 key")
    return key


def public_pem(key: Ed25519PublicKey) -> str:
    """The public key as PEM text, for whoever checks a root elsewhere."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_name(key: Ed25519PublicKey) -> str:
    """A short name of a key: the beginning of its digest."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def signed(key: Ed25519PublicKey, signature: bytes, statement: bytes) -> bool:
    """Whether *signature* is the key's for *statement*."""
    try:
        key.verify(signature, statement)
    except InvalidSignature:
        return False
    return True


def write_once(path: Path, data: bytes, mode: int = 0o640) -> None:
    """Write a file as a whole, or not at all; an existing one stays (first writer wins)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def leaves_path(system: str, day: date) -> Path:
    """The file of changed heads of a day."""
    return folder() / system / f"{day}.leaves"


def statement_path(system: str, day: date) -> Path:
    """The signed statement of a day."""
    return folder() / system / f"{day}.json"


def read_leaves(system: str, day: date) -> tuple[Leaves, bytes]:
    """The recorded heads of a day with the file's SHA-256 digest.

    Raises:
        RootError: when the file is missing or cut off.
    """
    path = leaves_path(system, day)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RootError(f"{path.name}: {type(error).__name__}") from error
    if len(data) % LEAF.itemsize:
        raise RootError(f"{path.name}: cut off")
    return np.frombuffer(data, dtype=LEAF), hashlib.sha256(data).digest()


def folded(parts: list[Leaves]) -> Leaves:
    """The newest recorded head of every case, by id; *parts* from the oldest to the newest."""
    if not parts:
        return np.empty(0, dtype=LEAF)
    whole = np.concatenate(parts)[::-1]  # unique keeps the first of each: the newest
    _ids, first = np.unique(whole["id"], return_index=True)
    return whole[first]

"""Encryption of personal values and keyed hashes for exact search.

The keys lie in one file outside the database (``settings.YISHI_KEYS_FILE``, mode 0600)::

    {"current": "k1", "keys": {"k1": "<base64, 32 bytes>"}, "lookup": "<base64, 32 bytes>"}

While search hashes are being made anew there is a ``lookup_old`` beside ``lookup``: writers use the
new one, searches both.

A token reads ``A256GCM.<key id>.<base64url of nonce and ciphertext>``: AES-256-GCM (NIST SP
800-38D) with a random 96-bit nonce. The *context* (kind of row, field, row id) is authenticated
with it, so that a token copied into another row or field does not open. Old keys stay in the file
until ``yishi keys retire`` puts them away, which it does only when nothing uses them.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

ALGORITHM = "A256GCM"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class KeyRingError(RuntimeError):
    """The key file is missing, unreadable or malformed. Never holds key material."""


class TokenError(ValueError):
    """A stored token is malformed, was changed, or belongs to another row or an unknown key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """An immutable reading of the key file."""

    current: str
    keys: dict[str, bytes]
    lookup: bytes
    ciphers: dict[str, AESGCM]
    lookup_old: bytes | None = None

    @staticmethod
    def parse(text: str) -> KeyRing:
        """Read the file's text. Raises :class:`KeyRingError`."""
        try:
            raw = json.loads(text)
            keys = {str(name): _key(value) for name, value in raw["keys"].items()}
            current = str(raw["current"])
            lookup = _key(raw["lookup"])
            old = _key(raw["lookup_old"]) if raw.get("lookup_old") else None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyRingError("the key file is malformed") from error
        if current not in keys or any(not _valid_key_id(name) for name in keys):
            raise KeyRingError("the key file names an unknown or malformed key id")
        ciphers = {name: AESGCM(key) for name, key in keys.items()}
        return KeyRing(current, keys, lookup, ciphers, old)

    def dump(self) -> str:
        """Return the file's text."""
        keys = {name: base64.b64encode(key).decode() for name, key in self.keys.items()}
        raw: dict[str, object] = {"current": self.current, "keys": keys}
        raw["lookup"] = base64.b64encode(self.lookup).decode()
        if self.lookup_old is not None:
            raw["lookup_old"] = base64.b64encode(self.lookup_old).decode()
        return json.dumps(raw, indent=1)


def encrypt(value: str, context: str) -> str:
    """Return the token of *value* under the current key; an empty value stays empty."""
    if not value:
        return ""
    ring = key_ring()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = ring.ciphers[ring.current].encrypt(nonce, value.encode(), context.encode())
    return f"{ALGORITHM}.{ring.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(token: str, context: str) -> str:
    """Return the value of *token*. Raises :class:`TokenError`; an empty token is an empty value."""
    if not token:
        return ""
    name, payload = _split(token)
    cipher = key_ring().ciphers.get(name)
    if cipher is None:
        raise TokenError(f"unknown key id {name!r}")
    try:
        plain = cipher.decrypt(payload[:_NONCE_BYTES], payload[_NONCE_BYTES:], context.encode())
        return plain.decode()
    except (InvalidTag, ValueError) as error:
        raise TokenError("the token was changed or belongs to another row or field") from error


def key_id_of(token: str) -> str:
    """Return the id of the key that sealed *token* (empty for an empty token)."""
    return _split(token)[0] if token else ""


def search_hash(kind: str, value: str) -> str:
    """Return the keyed hash of a normalised *value*: 64 hex digits of HMAC-SHA-256, or empty."""
    return _hash(key_ring().lookup, kind, value)


def search_hashes(kind: str, value: str) -> list[str]:
    """Return the hashes under which *value* may be stored: two while the lookup key changes."""
    ring = key_ring()
    keys = [ring.lookup] if ring.lookup_old is None else [ring.lookup, ring.lookup_old]
    return [_hash(key, kind, value) for key in keys]


def _hash(key: bytes, kind: str, value: str) -> str:
    if not value:
        return ""
    return hmac.new(key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()


_loaded: dict[str, tuple[tuple[int, int, int], KeyRing]] = {}


def key_ring() -> KeyRing:
    """Return the key ring, read anew when the file changed (1 ``stat`` a call), made if absent."""
    # Plain strings: this runs five times a contact, and building a Path costs more than AES.
    name = os.fspath(settings.YISHI_KEYS_FILE)
    try:
        seen = _stamp(name)
    except FileNotFoundError:
        _create(Path(name))
        seen = _stamp(name)
    loaded = _loaded.get(name)
    if loaded is None or loaded[0] != seen:
        loaded = _loaded[name] = (seen, _read(Path(name)))
    return loaded[1]


def add_key() -> str:
    """Add a fresh key, make it the current one and return its id. Old keys stay."""
    with _changing() as (path, ring):
        number = len(ring.keys) + 1
        while (name := f"k{number}") in ring.keys or name in retired(path):
            number += 1
        keys = {**ring.keys, name: secrets.token_bytes(_KEY_BYTES)}
        write_private(path, replace(ring, current=name, keys=keys).dump())
    return name


def renew_lookup() -> bool:
    """Make a fresh lookup key beside the present one; False while an earlier change goes on."""
    with _changing() as (path, ring):
        if ring.lookup_old is not None:
            return False
        fresh = secrets.token_bytes(_KEY_BYTES)
        write_private(path, replace(ring, lookup=fresh, lookup_old=ring.lookup).dump())
    return True


def forget_old_lookup() -> None:
    """End the change of the lookup key: every stored hash is of the new one."""
    with _changing() as (path, ring):
        write_private(path, replace(ring, lookup_old=None).dump())


def retire_key(name: str) -> Path:
    """Move an old key out of the ring into ``keys.retired.json`` beside it, and return that file.

    Whether anything still uses the key is the caller's question. Raises :class:`KeyRingError` for
    the current or an unknown key.
    """
    with _changing() as (path, ring):
        if name == ring.current or name not in ring.keys:
            raise KeyRingError(f"{name} is the current key, or none")
        away = {**retired(path), name: base64.b64encode(ring.keys[name]).decode()}
        write_private(_retired_path(path), json.dumps(away, indent=1))
        keys = {known: key for known, key in ring.keys.items() if known != name}
        write_private(path, replace(ring, keys=keys).dump())
    return _retired_path(path)


def retired(path: Path | None = None) -> dict[str, str]:
    """The keys that were put away, by id, in base64."""
    try:
        found: dict[str, str] = json.loads(
            _retired_path(path or Path(settings.YISHI_KEYS_FILE)).read_text()
        )
    except FileNotFoundError:
        return {}
    return found


def _retired_path(path: Path) -> Path:
    return path.with_name("keys.retired.json")


@contextmanager
def _changing() -> Iterator[tuple[Path, KeyRing]]:
    """The file's path and its content, while nobody else changes it."""
    key_ring()
    path = Path(settings.YISHI_KEYS_FILE)
    with locked(path):
        yield path, KeyRing.parse(path.read_text())


def _split(token: str) -> tuple[str, bytes]:
    parts = token.split(".")
    if len(parts) != 3 or parts[0] != ALGORITHM:
        raise TokenError("not a token of a known algorithm")
    try:
        payload = base64.b64decode(parts[2].encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise TokenError("the token is not base64") from error
    if base64.urlsafe_b64encode(payload).decode() != parts[2]:
        raise TokenError("the token is not written as this module writes it")
    if len(payload) < _NONCE_BYTES + 16:
        raise TokenError("the token is too short")
    return parts[1], payload


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return key


def _valid_key_id(name: str) -> bool:
    return name.isascii() and name.replace("-", "").isalnum() and len(name) <= 20


def _stamp(name: str) -> tuple[int, int, int]:
    state = os.stat(name)
    return state.st_mtime_ns, state.st_ino, state.st_size


def _create(path: Path) -> None:
    with locked(path):
        if not path.exists():
            key, lookup = (
                secrets.token_bytes(_KEY_BYTES),
                secrets.token_bytes(_KEY_BYTES),
            )
            write_private(path, KeyRing("k1", {"k1": key}, lookup, {}).dump())


def _read(path: Path) -> KeyRing:
    try:
        return KeyRing.parse(path.read_text())
    except OSError as error:
        raise KeyRingError("the key file cannot be read") from error


def write_private(path: Path, text: str) -> None:
    """Replace a file of keys atomically; the new one is readable by its owner only and on disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside the key file, so that processes starting together make one key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

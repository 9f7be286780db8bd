"""The installation's keys: what they are called, and all of them in one encrypted file.

The file is JSON: ``{"kdf": "scrypt", "n", "r", "p", "salt", "nonce", "sealed"}``; ``sealed`` is
AES-256-GCM over a JSON object from file name to content, under a key made of a passphrase by
scrypt (RFC 7914).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from yishi.runtime.backup.archive import BackupError

N, R, P = 2**16, 8, 1
SHORTEST_PASSPHRASE = 12
_BOUND = b"yishi keys 1"


def files() -> dict[str, Path]:
    """The files of keys by the name under which they travel; needs Django's settings."""
    from django.conf import settings

    keys = Path(settings.YISHI_KEYS_FILE)
    return {
        "keys.json": keys,
        "roots.pem": keys.with_name("roots.pem"),
        "seals.json": keys.with_name("seals.json"),
        "secret_key": Path(settings.STATE_DIR) / "secret_key",
    }


def fingerprints(content: dict[str, bytes]) -> dict[str, str]:
    """Names and digests of the keys in *content*: enough to compare, useless to an attacker."""
    found: dict[str, str] = {}
    if "keys.json" in content:
        raw = json.loads(content["keys.json"])
        found |= {f"data:{name}": _digest(key) for name, key in raw["keys"].items()}
        found["lookup"] = _digest(raw["lookup"])
    if "seals.json" in content:
        seals = json.loads(content["seals.json"])["seals"]
        found |= {f"seal:{name}": _digest(seal["cert"]) for name, seal in seals.items()}
    for name in ("roots.pem", "secret_key"):
        if name in content:
            found[name] = _digest(content[name].decode().strip())
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(f"yishi key {text}".encode()).hexdigest()[:16]


def present() -> dict[str, bytes]:
    """The content of this installation's key files; ``YISHI_SECRET_KEY`` counts as one."""
    found = {name: path.read_bytes() for name, path in files().items() if path.is_file()}
    if os.environ.get("YISHI_SECRET_KEY"):
        found["secret_key"] = os.environ["YISHI_SECRET_KEY"].encode()
    return found


def seal(content: dict[str, bytes], passphrase: str) -> bytes:
    """Encrypt the files. Raises `BackupError` for a short passphrase."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BackupError(f"the passphrase needs {SHORTEST_PASSPHRASE} characters or more")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    plain = json.dumps({name: data.decode() for name, data in content.items()}).encode()
    sealed = AESGCM(_key(passphrase, salt, N, R, P)).encrypt(nonce, plain, _BOUND)
    texts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    head = {"kdf": "scrypt", "n": N, "r": R, "p": P}
    return json.dumps(
        head | {name: base64.b64encode(data).decode() for name, data in texts.items()}
    ).encode()


def unseal(data: bytes, passphrase: str) -> dict[str, bytes]:
    """Decrypt the file. Raises `BackupError` for a wrong passphrase or another file."""
    try:
        raw = json.loads(data)
        if raw["kdf"] != "scrypt" or not 1 < raw["n"] <= 2**20 or raw["r"] > 32 or raw["p"] > 16:
            raise BackupError("the file of keys names an unknown derivation")
        key = _key(passphrase, base64.b64decode(raw["salt"]), raw["n"], raw["r"], raw["p"])
        nonce, sealed = base64.b64decode(raw["nonce"]), base64.b64decode(raw["sealed"])
        plain = json.loads(AESGCM(key).decrypt(nonce, sealed, _BOUND))
    except InvalidTag:
        raise BackupError("the passphrase does not open this file of keys") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError("this is not a file of keys") from error
    return {str(name): str(text).encode() for name, text in plain.items() if name in _NAMES}


_NAMES = frozenset({"keys.json", "roots.pem", "seals.json", "secret_key"})


def _key(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase.encode())

"""Tracking codes: how a reporter without an account comes back to the case.

A code has 100 bits and is derived from the report's own key with a secret of the installation, so
that a repeated report gets the same code again although only its digest is stored.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

#: Crockford's base 32: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})


def tracking_code(channel: str, external_id: str) -> str:
    """The code for a report, in groups of five (``XXXXX-XXXXX-XXXXX-XXXXX``)."""
    key = hashlib.sha256(b"tracking:" + settings.SECRET_KEY.encode()).digest()
    data = f"{channel}\x00{external_id}".encode()
    bits = int.from_bytes(hmac.new(key, data, hashlib.sha256).digest()[:13]) >> 4
    letters = "".join(ALPHABET[(bits >> (5 * i)) & 31] for i in range(LENGTH))
    return "-".join(letters[i : i + 5] for i in range(0, LENGTH, 5))


def tracking_hash(code: str) -> bytes:
    """Digest under which a code is found. Small letters, spaces and look-alikes are forgiven."""
    plain = "".join(char for char in code.upper() if char.isalnum()).translate(_ALIKE)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()

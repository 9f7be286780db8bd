"""Tracking codes: how somebody without an account comes back to what was sent.

A code has 100 bits and is derived from the report's own key with a secret of the installation, so
that a repeated report gets the same code again although only its digest is stored.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

#: Crockford's base 32: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
#: Two letters by their ten bits, the low ones first.
_PAIRS = tuple(low + high for high in ALPHABET for low in ALPHABET)
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})


def tracking_code(channel: str, external_id: str) -> str:
    """The code for a report, in groups of five (``XXXXX-XXXXX-XXXXX-XXXXX``)."""
    data = f"{channel}\x00{external_id}".encode()
    found = hmac.digest(_key(settings.SECRET_KEY), data, "sha256")
    bits = int.from_bytes(found[:13]) >> 4
    letters = "".join([_PAIRS[(bits >> shift) & 1023] for shift in range(0, 5 * LENGTH, 10)])
    return f"{letters[:5]}-{letters[5:10]}-{letters[10:15]}-{letters[15:]}"


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"tracking:" + secret.encode()).digest()


def tracking_hash(code: str) -> bytes:
    """Digest under which a code is found. Small letters, spaces and look-alikes are forgiven."""
    plain = "".join(filter(str.isalnum, code.upper())).translate(_ALIKE)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()

"""The hash chain of a trace: each row's hash covers its canonical bytes and the hash before.

The algorithm is named in every row, so that a later change of algorithm leaves old rows valid.
Source: SM3 is GB/T 32905-2016.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from hashlib import _Hash

DEFAULT_ALGORITHM = "sm3"
GENESIS = b""
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def canonical(value: Any) -> bytes:
    """*value* as JSON bytes with sorted keys: the same content always gives the same bytes.

    Raises:
        TypeError: for what JSON cannot hold (floats that are not finite become null).
    """
    return orjson.dumps(value, option=_OPTIONS)


@lru_cache(maxsize=16)
def _begun(algorithm: str) -> _Hash:
    """An empty hash: a copy of it costs a part of what asking for the algorithm by name does."""
    return hashlib.new(algorithm)


def _with(algorithm: str, data: bytes) -> bytes:
    found = _begun(algorithm).copy()
    found.update(data)
    return found.digest()


def digest(data: bytes, algorithm: str = DEFAULT_ALGORITHM) -> bytes:
    """Plain digest of *data* (32 bytes for SM3 and SHA-256).

    Raises:
        ValueError: for an algorithm that this installation does not have.
    """
    return _with(algorithm, data)


def link(body: bytes, before: bytes, algorithm: str = DEFAULT_ALGORITHM) -> bytes:
    """Hash of a row: over the length of the hash before, that hash, and the row's bytes."""
    return _with(algorithm, bytes((len(before),)) + before + body)


@dataclass(frozen=True, slots=True)
class Row:
    """One stored row of a chain: number from 1, canonical bytes, algorithm and hash."""

    seq: int
    body: bytes
    algorithm: str
    hash: bytes


def find_break(rows: Sequence[Row], head: bytes, length: int) -> str | None:
    """What is wrong with a stored chain, in one sentence, or ``None``.

    *head* and *length* come from the row that owns the chain, so that a cut tail is found too.
    """
    before = GENESIS
    for expected, row in enumerate(rows, start=1):
        if row.seq != expected:
            return f"row {expected} is missing (found number {row.seq})"
        if link(row.body, before, row.algorithm) != row.hash:
            return f"row {row.seq} does not match its hash"
        before = row.hash
    if len(rows) != length:
        return f"{length} rows recorded, {len(rows)} found"
    if before != head:
        return "the last hash differs from the recorded head"
    return None


def merkle_root(leaves: Iterable[bytes], algorithm: str = DEFAULT_ALGORITHM) -> bytes:
    """Root of the Merkle tree over *leaves* in their order (empty: digest of nothing).

    Leaves and inner nodes carry different prefixes (RFC 6962, section 2.1), and an odd node is
    carried up unchanged, so that no two different lists give the same root.
    """
    level = [digest(b"\x00" + leaf, algorithm) for leaf in leaves]
    if not level:
        return digest(b"", algorithm)
    while len(level) > 1:
        pairs = [
            digest(b"\x01" + level[i] + level[i + 1], algorithm)
            for i in range(0, len(level) - 1, 2)
        ]
        if len(level) % 2:
            pairs.append(level[-1])
        level = pairs
    return level[0]

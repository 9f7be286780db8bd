"""Which names are filed under a key: a directory of the keys' first bits, then the next eight bits
and the name's position for every entry. Five bytes an entry; a key that nobody filed is taken for
another once in sixty lookups, which scoring sorts out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.credit.names.keys import Asked, Keys

#: No more names are kept under one key: more have the name in common, none can be told apart.
MOST = 2_000
#: Names looked at in one search, apart from some of each key that stands for the whole name.
BUDGET = 500
_EMPTY = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Postings:
    """The entries in arrays, which may lie in memory or in a file."""

    directory: NDArray[np.uint32]
    rests: NDArray[np.uint8]
    names: NDArray[np.uint32]

    @property
    def bits(self) -> int:
        """Bits of the directory."""
        return (len(self.directory) - 1).bit_length() - 1

    def find(self, asked: Asked, checks: NDArray[np.uint32], check: int) -> NDArray[np.int64]:
        """Positions of names, each once: those under rare keys before those under common ones,
        and in any case those whose check number (of all *checks*) is that of the text."""
        if not len(asked.keys) or not len(self.names):
            return _EMPTY
        buckets, rests = split(asked.keys, self.bits)
        starts = self.directory[buckets].astype(np.int64)
        sizes = self.directory[buckets + 1] - starts
        owners = np.repeat(np.arange(len(sizes)), sizes)
        entries = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(owners))
        same = self.rests[entries] == rests[owners]
        owners, entries = owners[same], entries[same]
        if len(owners) > BUDGET:
            counts = np.bincount(owners, minlength=len(sizes))
            ranks = np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners]
            kept = _affordable(counts, asked.first)[owners] & (ranks < BUDGET // 2)
            entries = entries[kept | (checks[self.names[entries]] == check)]
        return np.unique(self.names[entries]).astype(np.int64)


def _affordable(counts: NDArray[np.int64], first: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which keys are read: the first ones, and the rarest of the others within the budget."""
    order = np.argsort(np.where(first, 0, counts), kind="stable")
    kept = np.zeros(len(counts), np.bool_)
    kept[order] = np.cumsum(np.where(first, 0, counts)[order]) <= BUDGET
    return kept


def split(keys: Keys, bits: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The place in the directory and the eight bits after it."""
    buckets = (keys >> np.uint32(32 - bits)).astype(np.int64)
    return buckets, ((keys >> np.uint32(24 - bits)) & np.uint32(255)).astype(np.uint8)


def directory_bits(entries: int) -> int:
    """So many bits that a bucket has about four entries."""
    return min(24, max(8, (max(entries, 1) // 4).bit_length()))


def packed(keys: Keys, positions: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Key and position in one number that sorts by the key."""
    return (keys.astype(np.uint64) << np.uint64(32)) | positions.astype(np.uint64)


def settle(entries: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Entries in order, each once, and of every key at most so many."""
    entries.sort()
    if not len(entries):
        return entries
    fresh = np.ones(len(entries), np.bool_)
    fresh[1:] = entries[1:] != entries[:-1]
    entries = entries[fresh]
    keys = entries >> np.uint64(32)
    begins = np.ones(len(keys), np.bool_)
    begins[1:] = keys[1:] != keys[:-1]
    starts = np.flatnonzero(begins)
    rank = np.arange(len(keys)) - starts[np.cumsum(begins) - 1]
    kept: NDArray[np.uint64] = entries[rank < MOST]
    return kept


def pieces(
    sorted_parts: Iterable[NDArray[np.uint64]], bits: int, counts: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint32]]]:
    """The last two arrays of the postings part by part; *counts* gets the size of every bucket."""
    for part in sorted_parts:
        keys = (part >> np.uint64(32)).astype(np.uint32)
        buckets, rests = split(keys, bits)
        counts += np.bincount(buckets, minlength=len(counts))
        yield rests, part.astype(np.uint32)


def directory_of(counts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Where every bucket begins, and the end of the last one."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)


def in_memory(keys: Keys, positions: NDArray[np.int64]) -> Postings:
    """Postings of a few names."""
    entries = settle(packed(keys, positions))
    bits = directory_bits(len(entries))
    counts = np.zeros(1 << bits, np.int64)
    ((rests, names),) = pieces([entries], bits, counts)
    return Postings(directory_of(counts), rests, names)

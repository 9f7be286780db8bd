"""Texts as bags of character n-grams, many texts at once.

Chinese has no blanks between words, and residents misspell: runs of one to four characters stand
for words well enough and survive a wrong character. Everything is worked out on whole arrays, so
that a hundred thousand texts take seconds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Rows = NDArray[np.int32]

#: Stands between texts and at their edges; no text holds it.
EDGE = 0x10FFFF
_MIX = np.uint64(0x9E3779B97F4A7C15)
#: Beyond this many characters the start and the end of a text say enough.
LONGEST = 2_000


@lru_cache(maxsize=65_536)
def _one(char: str) -> str:
    """How a single character is compared: compatibility forms, case, digits and blanks unified."""
    plain = unicodedata.normalize("NFKC", char).casefold()
    if plain.isdigit():
        return "0"
    return " " if not plain.isprintable() or plain.isspace() else plain


def folded(text: str) -> str:
    """*text* as it is compared. Digits are all the same: which number it was says nothing.

    Characters keep their places (one for one), so that n-grams can be shown in the original.
    """
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + text[-LONGEST // 2 :]
    return "".join(plain if len(plain := _one(char)) == 1 else char for char in text)


def codes_of(texts: Sequence[str]) -> tuple[Codes, Rows]:
    """Code points of all *texts* (folded) with an edge before each and after the last, and the
    row each position belongs to."""
    edge = chr(EDGE)
    whole = edge + edge.join(folded(text) for text in texts) + edge
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    rows = np.cumsum(codes == EDGE, dtype=np.int32) - 1
    return codes, rows


def hashed(codes: Codes, size: int) -> tuple[Hashes, NDArray[np.bool_]]:
    """The hash of the n-gram that begins at each position, and whether there is one: n-grams stay
    within a text, may touch its edges, and hold no blank between two characters."""
    count = len(codes) - size + 1
    if count <= 0:
        return np.zeros(0, np.uint64), np.zeros(0, np.bool_)
    found = np.full(count, size, np.uint64)
    usable = np.ones(count, np.bool_)
    for offset in range(size):
        part = codes[offset : offset + count]
        found = (found ^ part.astype(np.uint64)) * _MIX
        found ^= found >> np.uint64(29)
        usable &= part != ord(" ")
        if 0 < offset < size - 1 or size == 1:
            usable &= part != EDGE
    if size == 2:  # both an edge: an empty text
        usable &= ~((codes[:count] == EDGE) & (codes[1 : 1 + count] == EDGE))
    return found, usable


def grams(texts: Sequence[str], sizes: Sequence[int]) -> tuple[Rows, Hashes]:
    """Row and hash of every n-gram of every text, in no particular order."""
    codes, rows = codes_of(texts)
    all_rows, all_hashes = [], []
    for size in sizes:
        found, usable = hashed(codes, size)
        # An n-gram that begins on the edge before a text belongs to that text.
        all_rows.append(rows[: len(found)][usable])
        all_hashes.append(found[usable])
    return np.concatenate(all_rows), np.concatenate(all_hashes)


def spans(text: str, sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """(start, end, hash) of every n-gram of one text, positions in the text itself."""
    codes, _ = codes_of([text])
    found = []
    for size in sizes:
        hashes, usable = hashed(codes, size)
        for place in np.flatnonzero(usable).tolist():
            start, end = max(place - 1, 0), min(place - 1 + size, len(codes) - 2)
            found.append((start, end, int(hashes[place])))
    return found

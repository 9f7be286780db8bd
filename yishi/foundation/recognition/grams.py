"""Texts as bags of character n-grams, many texts at once.

Chinese has no blanks between words, and residents misspell: runs of one to four characters stand
for words well enough and survive a wrong character. Everything is worked out on whole arrays, so
that a hundred thousand texts take seconds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int32]

#: Stands between texts and at their edges; no text holds it.
EDGE = 0x10FFFF
BLANK = ord(" ")
#: From here on characters are written without blanks between words.
WIDE = 0x2E80
#: Stands between the columns of one row, if it has several.
FIELD = "\x1f"
#: A column no longer than this is also a value of its own: a name of a place, a code, a channel.
VALUE = 40
#: Sets the n-grams of a text's beginning apart.
HEAD = np.uint64(0x5BD1E995CAFEF00D)
_MIX = np.uint64(0x9E3779B97F4A7C15)
#: Beyond this many characters the start and the end of a text say enough.
LONGEST = 2_000


@lru_cache(maxsize=65_536)
def _one(char: str) -> str:
    """How a single character is compared: compatibility forms, case, digits and blanks unified."""
    plain = unicodedata.normalize("NFKC", char).casefold()
    if plain.isdigit():
        return "0"
    if char == FIELD:
        return char
    return " " if not plain.isprintable() or plain.isspace() else plain


def folded(text: str) -> str:
    """*text* as it is compared. Digits are all the same: which number it was says nothing.

    Characters keep their places (one for one), so that n-grams can be shown in the original.
    """
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + text[-LONGEST // 2 :]
    return "".join(plain if len(plain := _one(char)) == 1 else char for char in text)


@dataclass(frozen=True, slots=True)
class Codes:
    """Code points of several texts in a row, with an edge before each and after the last; the
    ``row`` that each position belongs to, and its ``place`` in the whole as it was joined."""

    codes: NDArray[np.uint32]
    rows: Rows
    places: NDArray[np.int64]


def codes_of(texts: Sequence[str]) -> Codes:
    """All *texts*, folded. Blanks between Chinese characters are left out: whether somebody cut
    a text into words must make no difference."""
    edge = chr(EDGE)
    whole = edge + edge.join(folded(text) for text in texts) + edge
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    rows = np.cumsum(codes == EDGE, dtype=np.int32) - 1
    wide = codes >= WIDE
    kept = np.ones(len(codes), np.bool_)
    kept[1:-1] = (codes[1:-1] != BLANK) | ~(wide[:-2] & wide[2:])
    places = np.flatnonzero(kept)
    return Codes(codes[places], rows[places], places)


def hashed(codes: NDArray[np.uint32], size: int) -> tuple[Hashes, NDArray[np.bool_]]:
    """The hash of the n-gram that begins at each position, and whether there is one: n-grams stay
    within a column, may touch the edges of the text, and hold no blank."""
    count = len(codes) - size + 1
    if count <= 0:
        return np.zeros(0, np.uint64), np.zeros(0, np.bool_)
    found = np.full(count, size, np.uint64)
    usable = np.ones(count, np.bool_)
    for offset in range(size):
        part = codes[offset : offset + count]
        found = (found ^ part.astype(np.uint64)) * _MIX
        found ^= found >> np.uint64(29)
        usable &= (part != BLANK) & (part != ord(FIELD))
        if 0 < offset < size - 1 or size == 1:
            usable &= part != EDGE
    if size == 2:  # both an edge: an empty text
        usable &= ~((codes[:count] == EDGE) & (codes[1 : 1 + count] == EDGE))
    return found, usable


def grams(texts: Sequence[str], sizes: Sequence[int], head: int = 0) -> tuple[Rows, Hashes]:
    """Row and hash of every n-gram of every text, in no particular order.

    What begins within the first *head* characters comes once more under a hash of its own: people
    say at the start what it is about.
    """
    found = codes_of(texts)
    starts = np.flatnonzero(found.codes == EDGE)
    inside = np.arange(len(found.codes)) - starts[found.rows]
    all_rows, all_hashes = [], []
    for size in sizes:
        hashes, usable = hashed(found.codes, size)
        # An n-gram that begins on the edge before a text belongs to that text.
        rows = found.rows[: len(hashes)]
        all_rows.append(rows[usable])
        all_hashes.append(hashes[usable])
        if head:
            early = usable & (inside[: len(hashes)] <= head)
            all_rows.append(rows[early])
            all_hashes.append(hashes[early] ^ HEAD)
    rows, hashes = _values(texts)
    if len(rows):
        all_rows.append(rows)
        all_hashes.append(hashes)
    return np.concatenate(all_rows), np.concatenate(all_hashes)


def _values(texts: Sequence[str]) -> tuple[Rows, Hashes]:
    """Row and hash of every short column, for texts that have several."""
    rows, hashes = [], []
    for row, text in enumerate(texts):
        if FIELD not in text:
            continue
        for number, value in enumerate(text.split(FIELD)):
            if 0 < len(value) <= VALUE:
                said = f"{number}{FIELD}{folded(value)}".encode("utf-8", "surrogatepass")
                rows.append(row)
                hashes.append(int.from_bytes(blake2b(said, digest_size=8).digest(), "little"))
    return np.array(rows, np.int32), np.array(hashes, np.uint64)


def spans(text: str, sizes: Sequence[int], head: int = 0) -> list[tuple[int, int, int]]:
    """(start, end, hash) of every n-gram of one text, positions in the text itself."""
    found = codes_of([text])
    most, places = len(text), found.places
    result = []
    for size in sizes:
        hashes, usable = hashed(found.codes, size)
        for at in np.flatnonzero(usable).tolist():
            start = max(int(places[at]) - 1, 0)
            end = min(int(places[at + size - 1]), most)
            result.append((start, end, int(hashes[at])))
            if head and at <= head:
                result.append((start, end, int(hashes[at] ^ HEAD)))
    return result

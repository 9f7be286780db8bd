"""One writing for every character: what two writings of a name have in common is left."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
#: A name is told apart long before this many characters.
LONGEST = 300

_HAN = r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff()]"
_NEAR_HAN = re.compile(f"(?<={_HAN}) +| +(?={_HAN})")
_OPENING, _CLOSING = "([{（【〔［｛「『《〈<", ")]}）】〕］｝」』》〉>"
#: Latin letters that have no decomposition.
_LETTERS = {
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h",
}  # fmt: skip
_DROPPED = "'’‘`´.．。"


@lru_cache(maxsize=1)
def variants() -> dict[str, str]:
    """Traditional and variant characters, and what they are compared as."""
    known: dict[str, str] = {}
    for line in (DATA / "variants.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            known.update(dict.fromkeys(line[1:], line[0]))
    return known


def is_han(char: str) -> bool:
    """Whether names of this character are written without blanks."""
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or char >= "\U00020000"


def _one(char: str) -> str:
    """What is left of one character; may be several, one blank or nothing."""
    if char in _OPENING:
        return "("
    if char in _CLOSING:
        return ")"
    if char in _DROPPED:
        return ""
    found = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold()):
        kind = unicodedata.category(part)
        if kind[0] in "LN":
            found.append(_LETTERS.get(part, variants().get(part, part)))
        elif kind[0] not in "MC":
            found.append(" ")
    return unicodedata.normalize("NFC", "".join(found))


class _Table(dict[int, str]):
    """Characters folded so far."""

    def __missing__(self, code: int) -> str:
        folded = _one(chr(code))
        for _ in range(4):  # a folded character may fold further; it settles at once or nearly
            if folded == (again := "".join(_one(c) for c in folded)):
                break
            folded = again
        self[code] = folded
        return folded


_table = _Table()


def fold(text: str) -> str:
    """*text* with widths, cases, accents, variants and punctuation unified.

    Blanks stay between words of letters only; brackets stay, for what stands in them matters.
    Folding twice changes nothing.
    """
    if len(text) > LONGEST:
        text = text[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    folded = text.translate(_table)
    if " " in folded:
        folded = _NEAR_HAN.sub("", " ".join(folded.split()))
    return folded[:LONGEST].strip()

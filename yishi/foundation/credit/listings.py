"""What a source says of a subject, and whether it is the same one. Pure.

The same is only who has the same number: a 统一社会信用代码, an identity number, or an old
registration number or organisation code *with* the name. A name alone, or a number of which parts
are hidden, is for a person's eye. A different number of the same kind is a namesake.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from yishi.foundation.credit.asking import Asked
from yishi.foundation.revisions.errors import FieldError

_HIDDEN = re.compile(r"[*＊×?？●•█]")
_CROSSES = re.compile(r"X{3,}")


#: How like a name is to another (below 1.0), and in what.
Likeness = tuple[float, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Listing:
    """One entry of a source. ``ref``: ``record:<id>``, ``entry:<id>`` or ``live:<source>:<id>``.

    ``identifier_hash`` where the number is known whole, ``masked`` where only parts are;
    ``name_hash`` of the listed name; ``similar``: how like it is to other names, by the subject's
    key. ``ends_on``: the last day it counts, None is open. ``name``: in plain, of live sources.
    """

    ref: str
    source: str
    ground: str
    list_key: str
    name_hash: str
    listed_on: date
    ends_on: date | None = None
    party_id: uuid.UUID | None = None
    identifier_kind: str = ""
    identifier_hash: str = ""
    masked: str = ""
    document_no: str = ""
    authority: str = ""
    person: bool = False
    similar: Mapping[str, Likeness] = field(default_factory=dict)
    name: str = field(default="", repr=False)

    def counts_on(self, day: date) -> bool:
        return self.ends_on is None or day <= self.ends_on


class Match(StrEnum):
    """Whether a listing is about the subject."""

    SAME = "same"
    NEAR = "near"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer with its score and why."""

    match: Match
    score: float
    why: tuple[str, ...]


def compare(asked: Asked, listing: Listing) -> Compared:
    """Whether *listing* is about *asked*. A score of 0 says that not even the names are alike."""
    if listing.party_id is not None and listing.party_id == asked.party_id:
        return Compared(Match.SAME, 1.0, ("party",))
    kind, hashed = listing.identifier_kind, listing.identifier_hash
    if hashed and hashed in asked.hashes.get(kind, frozenset()):
        return Compared(Match.SAME, 1.0, ("number",))
    same_name = listing.name_hash in asked.name_hashes
    score, why = (1.0, ("name",)) if same_name else listing.similar.get(asked.key, (0.0, ()))
    if not score:
        return Compared(Match.OTHER, 0.0, ())
    if hashed:
        # A 工商注册号 or 组织机构代码 is hashed with its name: under another writing of the name
        # nothing can be said of the number.
        comparable = same_name or kind not in ("reg_no", "org_code")
        if comparable and asked.numbers.get(kind):
            return Compared(Match.OTHER, score, ("other_number",))
        return Compared(Match.NEAR, score, (*why, "other_kind_of_number"))
    if listing.masked:
        return _by_parts(asked, listing.masked, score, why)
    return Compared(Match.NEAR, score, (*why, "no_number"))


def _by_parts(asked: Asked, masked: str, score: float, why: tuple[str, ...]) -> Compared:
    """A number of which parts are told may show that it is another, never that it is the same."""
    own = [value for values in asked.numbers.values() for value in values]
    alike = [value for value in own if len(value) == len(masked)]
    if not alike:
        return Compared(Match.NEAR, score, (*why, "masked_number"))
    if any(fits(value, masked) for value in alike):
        return Compared(Match.NEAR, max(score, 0.95), (*why, "masked_number_fits"))
    return Compared(Match.OTHER, score, ("masked_number_differs",))


def fits(number: str, masked: str) -> bool:
    """Whether a number agrees with one of which signs are hidden (``*``)."""
    pairs = zip(number.upper(), masked, strict=False)
    return len(number) == len(masked) and all(shown in ("*", own) for own, shown in pairs)


def is_masked(number: str) -> bool:
    """Whether signs of a number are hidden. A single X is a sign of its own, three are not."""
    return "*" in _starred(number)


def clean_masked(field: str, value: str) -> str:
    """A masked number in its one form, with ``*`` for what is hidden. Raises `FieldError`."""
    text = _starred(value)
    if not 6 <= len(text) <= 40 or text.count("*") == len(text):
        raise FieldError(field, "号码至少要有6位，且不能全部隐去", "format")
    return text


def _starred(value: str) -> str:
    text = _CROSSES.sub(lambda found: "*" * len(found[0]), "".join(value.split()).upper())
    return _HIDDEN.sub("*", text)

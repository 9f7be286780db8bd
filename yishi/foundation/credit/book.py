"""What the city's credit files say, as plain immutable values, and the copy a process keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import get_language

from yishi.foundation import revisions
from yishi.foundation.credit.periods import Profile, Table, Term, Transition
from yishi.foundation.revisions.errors import FieldError

REVISION = "credit"


@dataclass(frozen=True, slots=True)
class Named:
    """A key with its name in both languages."""

    key: str
    label: str
    label_en: str = ""

    def __str__(self) -> str:
        english = (get_language() or "").startswith("en")
        return self.label_en if english and self.label_en else self.label


@dataclass(frozen=True, slots=True)
class Kind(Named):
    """A kind of record; ``ground``: what it counts as in screening, ``ground_serious``: what it
    counts as when it is of the serious class."""

    ground: str = ""
    ground_serious: str = ""
    severity: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class ListKind(Named):
    """A list of dishonest subjects. ``minors``: whether minors may be on it."""

    ground: str = ""
    profile: str = ""
    authority: str = ""
    basis: str = ""
    minors: bool = True


@dataclass(frozen=True, slots=True)
class DeletionGround(Named):
    """Why a record is deleted by law, and within which limit."""

    within: str = "3工作日"


@dataclass(frozen=True, slots=True)
class AtMaximum:
    """What becomes of a record at its longest term with duties undone: keep, end, or ask."""

    then: str
    basis: str
    profile: str = ""
    activity: str = ""
    kind: str = ""

    def fits(self, profile: str, activity: str, kind: str) -> bool:
        return all(
            not wanted or wanted == given
            for wanted, given in (
                (self.profile, profile),
                (self.activity, activity),
                (self.kind, kind),
            )
        )


@dataclass(frozen=True, slots=True)
class ScreeningRules:
    """What is looked at where a matter says nothing of its own; ``timeout`` in milliseconds."""

    roles: tuple[str, ...]
    excludes: tuple[str, ...]
    timeout: int
    attempts: int
    near: float


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source as the file declares it."""

    key: str
    name: str
    kind: str
    authority: str
    address: str
    lists: tuple[str, ...]
    max_age: timedelta | None


@dataclass(frozen=True, slots=True)
class CreditBook:
    """Everything of one loaded version."""

    version: int
    default: str
    profiles: Mapping[str, Profile]
    at_maximum: tuple[AtMaximum, ...]
    flag_limit: str
    decide_limit: str
    number_prefix: str
    activities: Mapping[str, Named]
    grounds: Mapping[str, Named]
    kinds: Mapping[str, Kind]
    lists: Mapping[str, ListKind]
    deletion: Mapping[str, DeletionGround]
    measures: Mapping[str, Named]
    screening: ScreeningRules
    sources: tuple[SourceEntry, ...]

    def profile(self, key: str) -> Profile:
        """The rules of publication. Raises `FieldError` on ``profile``."""
        try:
            return self.profiles[key or self.default]
        except KeyError:
            raise FieldError("profile", f"没有公示规则 {key}", "unknown") from None

    def stamp(self, rules: str) -> str:
        """A rule's key with the version of the files it was read from, as records store it."""
        return f"{rules}@{self.version}"

    def at_end(self, profile: str, activity: str, kind: str) -> AtMaximum:
        """What the sector rules say at the longest term with duties undone."""
        for rule in self.at_maximum:
            if rule.fits(profile, activity, kind):
                return rule
        return AtMaximum("ask", "")

    def ground(self, kind: str, severity: str, list_key: str) -> str:
        """What a record counts as in screening; a light one as nothing."""
        if severity == "light":
            return ""
        if list_key:
            return self.lists[list_key].ground
        found = self.kinds[kind]
        return (found.ground_serious if severity == "serious" else "") or found.ground


def content_hash(content: Mapping[str, Any]) -> str:
    """``sha256:`` and the digest of the canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def from_content(content: Mapping[str, Any], version: int) -> CreditBook:
    """The book from its stored form."""
    return CreditBook(
        version=version,
        default=content["default"],
        profiles={key: _profile(key, one) for key, one in content["profiles"].items()},
        at_maximum=tuple(AtMaximum(**one) for one in content["at_maximum"]),
        flag_limit=content["objection"]["flag"],
        decide_limit=content["objection"]["decide"],
        number_prefix=content["number_prefix"],
        activities={k: Named(k, **v) for k, v in content["activities"].items()},
        grounds={k: Named(k, **v) for k, v in content["grounds"].items()},
        kinds={k: Kind(k, **v) for k, v in content["kinds"].items()},
        lists={k: ListKind(k, **v) for k, v in content["lists"].items()},
        deletion={k: DeletionGround(k, **v) for k, v in content["deletion"].items()},
        measures={k: Named(k, **v) for k, v in content["measures"].items()},
        screening=ScreeningRules(
            tuple(content["screening"]["roles"]),
            tuple(content["screening"]["excludes"]),
            content["screening"]["timeout"],
            content["screening"]["attempts"],
            float(content["screening"]["near"]),
        ),
        sources=tuple(_source(one) for one in content["sources"]),
    )


def _profile(key: str, raw: Mapping[str, Any]) -> Profile:
    tables = tuple(
        Table(
            key=one["key"],
            document=one["document"],
            terms={name: Term(**term) for name, term in one["terms"].items()},
            start=_day(one["from"]),
            end=_day(one["to"]),
            fields={
                (severity, activity): Term(**term)
                for severity, by_activity in one["fields"].items()
                for activity, term in by_activity.items()
            },
            days=one["days"],
            day_one=one["day_one"],
        )
        for one in raw["tables"]
    )
    return Profile(key, raw["label"], Transition(raw["transition"]), tables, raw["day_one"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _source(raw: Mapping[str, Any]) -> SourceEntry:
    hours = raw["max_age_hours"]
    return SourceEntry(
        key=raw["key"],
        name=raw["name"],
        kind=raw["kind"],
        authority=raw["authority"],
        address=raw["address"],
        lists=tuple(raw["lists"]),
        max_age=None if hours is None else timedelta(hours=hours),
    )


def load_book() -> CreditBook:
    """The newest version from the database. Raises `FieldError` while none was loaded."""
    from yishi.foundation.credit.models import CreditRules

    row = CreditRules.objects.order_by("-version").first()
    if row is None:
        raise FieldError("credit", "尚未载入信用规则，请先运行 yishi city load", "not_loaded")
    return from_content(row.content, row.version)


def book() -> CreditBook:
    """The book in force (1 statement to look whether it changed)."""
    return revisions.current(REVISION, load_book)

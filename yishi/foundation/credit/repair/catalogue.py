"""How repair is handled in a city: window, limits, extensions, sector rules, the pledge.

Read from ``credit/repair.yaml`` of the city's folder; a running application keeps its version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.audit.chain import canonical, digest
from yishi.foundation.calendars.limits import LimitError, Unit, parse_limit
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, plain, read_yaml
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.credit.repair.states import PROFILE

FILE = "credit/repair.yaml"
GENERAL = "general"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Profile:
    """How records under one rule of publication are handled. ``site``: where they are published;
    ``extension``: a limit in working days, allowed ``times`` times."""

    key: str
    site: str
    extension: str
    times: int


@dataclass(frozen=True, slots=True)
class Sector:
    """What a sector's own law says of some records (by kind, list or field)."""

    key: str
    kinds: frozenset[str]
    lists: frozenset[str]
    fields: frozenset[str]
    route: str
    barred: str
    duty: str
    no_minimum: bool
    document: str

    def covers(self, kind: str, list_key: str, field: str) -> bool:
        """Whether a record is meant: everything that the rule names must fit."""
        pairs = ((self.kinds, kind), (self.lists, list_key), (self.fields, field))
        return all(value in named for named, value in pairs if named)


@dataclass(frozen=True, slots=True)
class Book:
    """The whole file."""

    window: str
    window_function: str
    answer: str
    accept: str
    decide: str
    correction: str
    objection: str
    flagging: str
    pledge_version: str
    pledge: tuple[str, ...]
    profiles: tuple[Profile, ...]
    sector: tuple[Sector, ...]

    def profile(self, key: str) -> Profile:
        """How records under the rule *key* are handled; as the general ones where nothing is said
        of it."""
        found = {one.key: one for one in self.profiles}
        return found.get(key) or found[GENERAL]

    def rules_for(self, kind: str, list_key: str, field: str) -> list[Sector]:
        """The sector rules that a record falls under."""
        return [one for one in self.sector if one.covers(kind, list_key, field)]

    @property
    def pledge_digest(self) -> str:
        """The hash of the pledge's text: what was signed."""
        return digest(canonical({"text": list(self.pledge)})).hex()


def parse(folder: Path) -> dict[str, Any]:
    """The file's content, checked. Raises CatalogueError with file and line."""
    try:
        data = (folder / FILE).read_bytes()
    except OSError as error:
        raise CatalogueError([Problem(FILE, 0, "", f"读不到：{error.strerror}")]) from error
    node = read_yaml(data, FILE)
    _read(node)
    return dict(plain(node))


def dump(content: Mapping[str, Any], folder: Path) -> None:
    """Write the content as a file that reads back the same."""
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")


def build(content: Mapping[str, Any]) -> Book:
    """The book of a stored content. Raises CatalogueError."""
    return _read(from_plain(content))


@lru_cache(maxsize=32)
def version(number: int) -> Book:
    """The book of one stored version; versions never change, so the copy never ages."""
    return build(CatalogueVersion.objects.values_list("content", flat=True).get(pk=number))


def _read(node: Located) -> Book:
    problems: list[Problem] = []
    root = Fields(node, FILE, problems)
    window, pledge = root.nested("window"), root.nested("pledge")
    if window is None or pledge is None:
        root.fault("", "缺少 window 或 pledge")
        raise CatalogueError(problems)
    book = Book(
        window=window.text("name", most=60),
        window_function=window.text("function", pattern=_KEY),
        answer=_limit(window, "answer"),
        accept=_limit(window, "accept"),
        decide=_limit(window, "decide"),
        correction=_limit(window, "correction"),
        objection=_limit(window, "objection"),
        flagging=_limit(window, "flagging"),
        pledge_version=pledge.text("version", most=20),
        pledge=pledge.texts("paragraphs", least=1, length=300),
        profiles=_profiles(root, problems),
        sector=_sectors(root, problems),
    )
    window.text("document", required=False)
    for fields in (window, pledge, root):
        fields.done()
    if problems:
        raise CatalogueError(problems)
    return book


def _limit(fields: Fields, name: str) -> str:
    """A limit in working days: all of repair counts in them."""
    text = fields.text(name, most=20)
    if not text:
        return ""
    try:
        if parse_limit(text, PROFILE).unit is not Unit.WORKING_DAY:
            fields.fault(name, "应以工作日计，例如 7工作日")
    except LimitError as error:
        fields.fault(name, error.message)
    return text


def _profiles(root: Fields, problems: list[Problem]) -> tuple[Profile, ...]:
    found: list[Profile] = []
    for node in root.items("profiles"):
        one = Fields(node, FILE, problems)
        key, site = one.text("key", pattern=_KEY), one.text("site", most=40)
        if any(other.key == key for other in found):
            one.fault("key", f"“{key}”重复")
        more = one.nested("extension")
        extension, times = "", 0
        if more is not None:
            extension, times = _limit(more, "limit"), more.number("times", 1, 3) or 1
            more.text("document", required=False)
            more.done()
        one.done()
        found.append(Profile(key, site, extension, times))
    if not any(one.key == GENERAL for one in found):
        root.fault("profiles", f"缺少 {GENERAL}")
    return tuple(found)


def _sectors(root: Fields, problems: list[Problem]) -> tuple[Sector, ...]:
    found: list[Sector] = []
    for node in root.items("sector", required=False):
        one = Fields(node, FILE, problems)
        kinds, lists, fields = (
            frozenset(one.texts(name, length=40)) for name in ("kinds", "lists", "fields")
        )
        if not (kinds or lists or fields):
            one.fault("kinds", "应写明 kinds、lists 或 fields")
        route, barred, duty = (
            one.text(name, required=False) for name in ("route", "barred", "duty")
        )
        free = one.flag("no_minimum", default=False)
        if not (route or barred or duty or free):
            one.fault("route", "应写明 route、barred、duty 或 no_minimum")
        key, document = one.text("key", pattern=_KEY), one.text("document")
        one.done()
        found.append(Sector(key, kinds, lists, fields, route, barred, duty, free, document))
    return tuple(found)

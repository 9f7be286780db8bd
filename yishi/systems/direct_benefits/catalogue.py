"""``benefits.yaml`` of a city's folder: limits of the steps and who does them. Policies and items
are elsewhere (``policies/``); what an item says for itself comes before these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, plain, read_folder
from yishi.foundation.cases.models import CatalogueVersion

FILE = "benefits.yaml"
#: Steps with a limit of their own.
STEPS = ("item_list", "update", "guide", "review", "quick", "pay", "objection", "views")
UNITS = {"wd": "工作日", "calendar": "日历日"}
MODES = {"INCLUSIVE": "含公示当日", "EXCLUSIVE": "不含公示当日"}
MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Days:
    """A number of days, counted in working days (``wd``) or on the calendar."""

    days: int
    unit: str
    basis: str = ""

    @property
    def text(self) -> str:
        """The limit in official wording, for clocks."""
        return f"{self.days}个{UNITS[self.unit]}"

    @property
    def clock(self) -> tuple[str, str]:
        """Wording and profile for `Draft.start_clock`: whole dates, the first does not count."""
        return self.text, "licence"


@dataclass(frozen=True, slots=True)
class Notice:
    """公示: how long, and whether the day of posting counts (``INCLUSIVE``)."""

    days: int
    unit: str
    mode: str


@dataclass(frozen=True)
class Book:
    """The file as values."""

    document: str
    limits: Mapping[str, Days]
    notice: Notice
    lapse_months: int
    finance: str
    fallback: str


def parse(folder: Path) -> dict[str, Any]:
    """The content of the file. Raises CatalogueError with file and line."""
    trees = read_folder(folder, [folder / FILE])
    _assemble(trees[FILE])
    content: dict[str, Any] = plain(trees[FILE])
    return content


def dump(content: Mapping[str, Any], folder: Path) -> None:
    """Write *content* as the file; reading it gives the same content."""
    text = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=1_000)
    (folder / FILE).write_text(text, encoding="utf-8", newline="\n")


def build(content: Mapping[str, Any]) -> Book:
    """The book of stored content. Raises CatalogueError."""
    return _assemble(from_plain(dict(content)))


@lru_cache(maxsize=32)
def version(number: int) -> Book:
    """The book of one stored version; versions never change."""
    return build(CatalogueVersion.objects.values_list("content", flat=True).get(pk=number))


def _assemble(tree: Located) -> Book:
    problems: list[Problem] = []
    fields = Fields(tree, FILE, problems)
    document = fields.text("document", most=120)
    fields.flag("illustrative", False)
    limits = _limits(fields)
    notice = _notice(fields)
    lapse = fields.nested("lapse")
    months = (lapse.number("months", 1, 120) if lapse else None) or 12
    if lapse:
        lapse.done()
    finance = fields.text("finance", most=40)
    fallback = fields.text("fallback", most=40)
    fields.done()
    if problems:
        raise CatalogueError(problems)
    return Book(document, limits, notice, months, finance, fallback)


def _limits(fields: Fields) -> dict[str, Days]:
    part = fields.nested("limits")
    found: dict[str, Days] = {}
    if part is None:
        fields.fault("limits", "缺少各环节的时限")
        return found
    for step in STEPS:
        one = part.nested(step)
        if one is None:
            part.fault(step, "缺少这一环节的时限")
            continue
        days = one.number("days", 1, MOST_DAYS) or 1
        unit = one.choice("unit", UNITS)
        found[step] = Days(days, unit, one.text("basis", most=120))
        one.done()
    part.done()
    return found


def _notice(fields: Fields) -> Notice:
    part = fields.nested("notice")
    if part is None:
        fields.fault("notice", "缺少公示的天数")
        return Notice(5, "wd", "INCLUSIVE")
    found = Notice(
        part.number("days", 1, MOST_DAYS) or 1,
        part.choice("unit", UNITS),
        part.choice("mode", MODES),
    )
    part.done()
    return found

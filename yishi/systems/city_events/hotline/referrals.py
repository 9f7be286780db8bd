"""Where excluded callers are sent: the city's ``referrals.yaml`` as dated rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.db.models import Q
from django.utils.translation import get_language

from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.hotline.models import Referral

FILE = "referrals.yaml"
CITY_TIME = ZoneInfo("Asia/Shanghai")
#: Exclusions that name a channel; a repeat (3) is told how its earlier ticket stands instead.
REASONS = frozenset("12456")
_TEXTS = {"key": 32, "name": 60, "name_en": 80, "phone": 40, "address": 120, "say": 300}
_TEXTS |= {"say_en": 500}
_KNOWN = {*_TEXTS, "reason", "from", "to"}


def read_file(path: Path) -> list[Referral]:
    """The rows of a city's file, unsaved, in its order.

    Raises:
        CatalogueError: naming the entry and its field.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogueError([Problem(path.name, 0, "", f"读不懂：{error}")]) from error
    entries = content.get("referrals") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise CatalogueError([Problem(path.name, 0, "referrals", "应为列表")])
    sample = bool(content.get("illustrative"))
    problems: list[Problem] = []
    rows = []
    for place, entry in enumerate(entries):
        where = f"referrals[{place}]"
        wrong = _wrong(entry)
        problems += [Problem(path.name, 0, f"{where}.{name}", text) for name, text in wrong]
        if not wrong:
            rows.append(_row(entry, place, sample))
    if problems:
        raise CatalogueError(problems)
    return rows


def _wrong(entry: Any) -> list[tuple[str, str]]:
    if not isinstance(entry, dict):
        return [("", "应为一项渠道")]
    wrong = [(str(name), "没有这个字段") for name in entry if name not in _KNOWN]
    if entry.get("reason") not in REASONS:
        wrong.append(("reason", "应为 1、2、4、5、6 之一"))
    for name, longest in _TEXTS.items():
        value = entry.get(name, "")
        if not isinstance(value, str) or len(value) > longest:
            wrong.append((name, f"应为不超过{longest}字的文字"))
        elif name in ("key", "name", "say") and not value:
            wrong.append((name, "缺少"))
    begin, end = entry.get("from"), entry.get("to")
    if not isinstance(begin, date) or isinstance(begin, datetime):
        wrong.append(("from", "应为日期"))
    elif end is not None and (not isinstance(end, date) or end < begin):
        wrong.append(("to", "应为不早于 from 的日期"))
    return wrong


def _row(entry: dict[str, Any], place: int, sample: bool) -> Referral:
    texts = {name: entry.get(name, "") for name in _TEXTS}
    return Referral(
        **texts,
        reason=entry["reason"],
        illustrative=sample,
        valid_from=entry["from"],
        valid_to=entry.get("to"),
        place=place,
    )


def load_city(folder: Path) -> int:
    """Make the table say what the folder says; loading again changes nothing.

    Entries that the file no longer has stay, for what was told before. Returns how many
    were stored or changed.

    Raises:
        CatalogueError: for a file that cannot be read; nothing is changed then.
    """
    path = folder / FILE
    if not path.exists():
        return 0
    rows = read_file(path)
    there = {(row.key, row.valid_from): row for row in Referral.objects.all()}
    changed = 0
    for row in rows:
        old = there.get((row.key, row.valid_from))
        row.pk = old.pk if old else None
        if old is None or any(
            getattr(old, field.attname) != getattr(row, field.attname)
            for field in Referral._meta.concrete_fields
        ):
            row.save()
            changed += 1
    return changed


def in_force(now: datetime) -> list[Referral]:
    """The channels of today, in the file's order (1 statement)."""
    day = now.astimezone(CITY_TIME).date()
    rows = Referral.objects.filter(valid_from__lte=day)
    return list(rows.filter(Q(valid_to=None) | Q(valid_to__gte=day)).order_by("reason", "place"))


def chosen(key: str, now: datetime) -> Referral | None:
    """The channel *key* of that day, or ``None`` (1 statement)."""
    found: Sequence[Referral] = [one for one in in_force(now) if one.key == key]
    return found[0] if found else None


def check(facts: dict[str, Any], now: datetime, *, required: bool) -> None:
    """Check the channel that *facts* of a refusal name, and put its words into them.

    *required*: a reason that has channels must name one (1 statement where one is named).

    Raises:
        FieldError: on ``referral`` for a channel that is not in force, or of another reason.
    """
    key, reason = facts.get("referral"), facts["reason"]
    if not key:
        if required and reason in REASONS:
            raise FieldError("referral", "请选择要告知的渠道", "required")
        return
    found = chosen(key, now)
    if found is None or found.reason != reason:
        raise FieldError("referral", "没有这个渠道，或它不适用于所选原因", "choice")
    facts["channel"] = " ".join(filter(None, (found.say, found.name, found.phone)))


def name_of(referral: Referral) -> str:
    """Its name in the reader's language."""
    return referral.name_en if _english() and referral.name_en else referral.name


def words_of(referral: Referral) -> str:
    """What is said to the caller, in the reader's language."""
    return referral.say_en if _english() and referral.say_en else referral.say


def _english() -> bool:
    return (get_language() or "zh").startswith("en")


def told(key: str) -> str:
    """A channel's name and phone, of the newest row of *key* (1 statement)."""
    one = Referral.objects.filter(key=key).order_by("-pk").first()
    return " ".join(filter(None, (name_of(one), one.phone))) if one else key

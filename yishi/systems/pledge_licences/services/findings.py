"""What two officers bring back from a check, read field by field."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.inputs import CITY_TIME, clean_text, read_int, read_uuid
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import day_of
from yishi.systems.pledge_licences.models import Finding

MOST_PHOTOS = 9


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as it is to be stored."""

    result: str
    officer: int
    second: int
    found_at: datetime
    conditions: tuple[dict[str, Any], ...]
    note: str
    evidence: str
    rectify_by: date | None
    photos: tuple[uuid.UUID, ...]
    key: uuid.UUID | None
    lon: float | None
    lat: float | None


def read(
    actor: Actor,
    raw: Mapping[str, Any],
    licence: Licence,
    unit: int,
    now: datetime,
    *,
    since: datetime,
    full: bool,
    again: bool,
    latest: date,
) -> Found:
    """Check what was handed in. *again*: it is the second look after a rectification, of which no
    further day is given. *latest*: the last day that may be given.

    Raises:
        FieldError: naming the field.
    """
    result = clean_text("result", raw.get("result"), 10)
    if result not in dict(Finding.RESULTS):
        raise FieldError("result", "结论应为相符、不符或虚假", "choice")
    conditions = _conditions(raw.get("conditions"), licence, full=full)
    unmet = [one for one in conditions if not one["met"]]
    if result == Finding.MET and unmet:
        raise FieldError("result", "有条件不符合，结论不能为相符", "contradiction")
    if result != Finding.MET and not unmet:
        raise FieldError("conditions", "请标明哪一项条件与承诺不符", "required")
    evidence = clean_text("evidence", raw.get("evidence"))
    if result == Finding.FALSE and not evidence:
        raise FieldError("evidence", "认定承诺虚假须写明证据（伪造、隐瞒的事实）", "required")
    rectify = result == Finding.NOT_MET and not again
    return Found(
        result,
        *_officers(actor, raw, unit, now),
        _found_at(raw.get("found_at"), since, now),
        conditions,
        clean_text("note", raw.get("note")),
        evidence,
        _rectify_by(raw.get("rectify_by"), day_of(now), latest) if rectify else None,
        _photos(raw.get("photos")),
        read_uuid("key", raw["key"]) if raw.get("key") else None,
        _degrees("lon", raw.get("lon"), 180),
        _degrees("lat", raw.get("lat"), 90),
    )


def _conditions(raw: Any, licence: Licence, *, full: bool) -> tuple[dict[str, Any], ...]:
    if not isinstance(raw, list | tuple):
        raise FieldError("conditions", "应为逐项结论的列表", "type")
    known = {one.key: one for one in licence.conditions}
    found: dict[str, dict[str, Any]] = {}
    for place, one in enumerate(raw):
        if not isinstance(one, Mapping) or one.get("key") not in known:
            raise FieldError(f"conditions[{place}]", "不是本许可的条件", "unknown")
        if not isinstance(one.get("met"), bool):
            raise FieldError(f"conditions[{place}].met", "应为是或否", "type")
        note = clean_text(f"conditions[{place}].note", one.get("note"), 500)
        found[one["key"]] = {"key": one["key"], "met": one["met"], "note": note}
    missing = [one.text for key, one in known.items() if key not in found]
    if full and missing:
        raise FieldError("conditions", f"全面核查须逐项作出结论，尚缺：{missing[0]}", "required")
    if not found:
        raise FieldError("conditions", "请至少核查一项条件", "required")
    return tuple(found[key] for key in known if key in found)


def _officers(actor: Actor, raw: Mapping[str, Any], unit: int, now: datetime) -> tuple[int, int]:
    if actor.user_id is None:
        raise FieldError("officer", "核查记录由执法人员本人填写", "role")
    second = read_int("second", raw.get("second"))
    if second == actor.user_id:
        raise FieldError("second", "核查人员不得少于两人", "two_officers")
    if not User.objects.filter(pk=second, is_active=True).exists():
        raise FieldError("second", "没有这位核查人员", "unknown")
    held = Grant.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=now),
        user_id=second,
        unit_id=unit,
        role__in=(s.REGULATOR, s.HEAD),
        valid_from__lte=now,
    )
    if not held.exists():
        raise FieldError("second", "第二位核查人员不是本单位的监管人员", "role")
    return actor.user_id, second


def _found_at(raw: Any, since: datetime, now: datetime) -> datetime:
    if raw in (None, ""):
        return now
    try:
        at = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    except ValueError as error:
        raise FieldError("found_at", "应为日期和时间", "format") from error
    at = at if at.tzinfo else at.replace(tzinfo=CITY_TIME)
    if not since <= at <= now + timedelta(minutes=5):
        raise FieldError("found_at", "核查时间应在发证之后、现在以前", "range")
    return min(at, now)


def _rectify_by(raw: Any, today: date, latest: date) -> date:
    try:
        day = raw if type(raw) is date else date.fromisoformat(str(raw))
    except ValueError as error:
        raise FieldError("rectify_by", "请填写整改期限（日期）", "required") from error
    if not today < day <= latest:
        raise FieldError("rectify_by", f"整改期限应在明天至{latest:%Y-%m-%d}之间", "range")
    return day


def _photos(raw: Any) -> tuple[uuid.UUID, ...]:
    if raw in (None, ""):
        return ()
    if not isinstance(raw, list | tuple):
        raise FieldError("photos", "应为照片编号的列表", "type")
    if len(raw) > MOST_PHOTOS:
        raise FieldError("photos", f"最多{MOST_PHOTOS}张照片", "too_many")
    return tuple(dict.fromkeys(read_uuid("photos", one) for one in raw))


def _degrees(name: str, raw: Any, most: int) -> float | None:
    if raw in (None, ""):
        return None
    try:
        value = float(raw)
    except (TypeError, ValueError) as error:
        raise FieldError(name, "应为度数", "format") from error
    if not -most <= value <= most:
        raise FieldError(name, "超出范围", "range")
    return value

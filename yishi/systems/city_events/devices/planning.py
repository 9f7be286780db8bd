"""A device as a file, a table or a form says it, checked against registers: one reader for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import Actor, Reach, within
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.places.models import Landmark
from yishi.foundation.places.seed import FROM_FILE
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.devices.models import REF, Device

FIELDS = (
    *("ref", "name", "kind", "landmark", "lon", "lat", "division", "address"),
    *("object", "object_name", "types", "upkeep", "silent_minutes", "from", "to"),
)
LONGEST_SILENCE = 60 * 24 * 30
_REF = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{REF - 1}}}")


def planned(
    raw: Mapping[str, Any],
    register: Register,
    catalogue: Catalogue,
    marks: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    """The columns of a device. *marks* gives the ids of landmarks by key, *now* the first day of
    one that names none.

    Raises:
        FieldError: naming the first field that is wrong.
    """
    for name in raw:
        if name not in FIELDS:
            raise FieldError(str(name)[:40], "没有这个字段", "unknown")
    ref = clean_text("ref", _text(raw.get("ref")), REF)
    if not _REF.fullmatch(ref):
        raise FieldError("ref", f"应为1到{REF}位字母、数字和 _ . -", "format")
    name = clean_text("name", raw.get("name"), 80)
    if not name:
        raise FieldError("name", "请填写设备名称", "required")
    begin = _day("from", raw.get("from")) or now.date()
    end = _day("to", raw.get("to"))
    if end is not None and end < begin:
        raise FieldError("to", "停用日期不能早于启用日期", "range")
    object_ref = clean_text("object", _text(raw.get("object")), 64)
    return {
        "ref": ref,
        "name": name,
        "kind": _kind(raw.get("kind")),
        **_place(raw, register, marks),
        "address": clean_text("address", raw.get("address"), 120),
        "object_ref": object_ref or ref,
        "object_name": clean_text("object_name", raw.get("object_name"), 80),
        "types": _types(raw.get("types"), catalogue),
        "upkeep": _type("upkeep", raw.get("upkeep"), catalogue),
        "silent_minutes": _minutes(raw.get("silent_minutes")),
        "active_from": begin,
        "active_to": end,
    }


def marks_of_city() -> dict[str, int]:
    """The ids of landmarks by their keys: the city's own before those of other sources."""
    rows = Landmark.objects.order_by("source").values_list("key", "id", "source")
    found: dict[str, int] = {}
    for key, pk, source in rows:
        if key not in found or source == FROM_FILE:
            found[key] = pk
    return found


def within_scope(actor: Actor, path: str) -> bool:
    """Whether *actor* keeps devices at the managed path *path*."""
    grants = actor.with_reach(Reach.SCOPE)
    return any(g.role == "administrator" and within(path, g.scope) for g in grants)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _kind(value: Any) -> str:
    text = clean_text("kind", value, 20)
    labels = {str(label): str(code) for code, label in Device.Kind.choices}
    code = labels.get(text, text)
    if code not in Device.Kind.values:
        raise FieldError("kind", f"应为：{'、'.join(labels)}", "choice")
    return code


def _place(raw: Mapping[str, Any], register: Register, marks: Mapping[str, int]) -> dict[str, Any]:
    """Where it stands: by landmark (its key), by position, or by division."""
    key, code = (clean_text(n, _text(raw.get(n)), 60) for n in ("landmark", "division"))
    mark = None
    try:
        if key:
            mark = marks.get(key)
            if mark is None:
                raise FieldError("landmark", "没有这个编号的地标", "unknown")
            place = register.place_of_landmark(mark)
        elif raw.get("lon") not in (None, "") or raw.get("lat") not in (None, ""):
            place = register.locate(_degrees("lon", raw), _degrees("lat", raw))
        elif code:
            register.node(code)
            place = register.place_of_division(code)
        else:
            raise FieldError("division", "请填写地标、经纬度或区划", "required")
    except PlaceError as error:
        raise FieldError(error.field, error.message, "place") from error
    if not place.certain:
        raise FieldError("lon" if place.lon else "division", place.note or "位置不确定", "place")
    return {
        "landmark_id": mark,
        "lon": place.lon,
        "lat": place.lat,
        "division_id": place.division,
        "managed_path": place.managed_path,
    }


def _degrees(name: str, raw: Mapping[str, Any]) -> float:
    value = raw.get(name)
    try:
        return float(value) if value is not None and not isinstance(value, bool) else float("x")
    except (TypeError, ValueError) as error:
        raise FieldError(name, "应为经纬度数值", "format") from error


def _types(value: Any, catalogue: Catalogue) -> list[str]:
    if isinstance(value, str):
        value = [part for part in re.split(r"[、,，;；\s]+", value.strip()) if part]
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 20:
        raise FieldError("types", "应为最多20个事件类别的列表", "type")
    return list(dict.fromkeys(_type("types", one, catalogue) for one in value if one))


def _type(field: str, value: Any, catalogue: Catalogue) -> str:
    key = clean_text(field, value, 64)
    if key and key not in catalogue.by_key:
        raise FieldError(field, f"目录中没有类别“{key}”", "unknown")
    return key


def _minutes(value: Any) -> int:
    if value in (None, ""):
        return 60
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise FieldError("silent_minutes", "应为分钟数", "type")
    if not 1 <= int(text) <= LONGEST_SILENCE:
        raise FieldError("silent_minutes", f"应在1与{LONGEST_SILENCE}之间", "range")
    return int(text)


def _day(field: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10].replace("/", "-"))
    except ValueError as error:
        raise FieldError(field, "日期应写作 2026-11-24", "format") from error

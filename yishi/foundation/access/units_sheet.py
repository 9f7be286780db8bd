"""Units from a table: new ones, changed ones, and ended ones with their successor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from yishi.foundation.access.accounts import kept_paths
from yishi.foundation.access.actors import Actor, within
from yishi.foundation.access.sheet_rows import Outcome, Rows, moment, run
from yishi.foundation.audit import access_log
from yishi.foundation.places.models import Function, Unit
from yishi.foundation.places.services import retire_unit, store_unit
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = {
    "code": "单位编码",
    "name": "单位名称",
    "level": "级别",
    "kind": "类别",
    "division": "所属区划",
    "functions": "职能",
    "parent": "上级单位",
    "ends": "撤销日期",
    "successor": "承接单位",
}
REQUIRED = ("code", "name")
LEVELS = {"市级": "city", "区县级": "county", "乡镇街道级": "township", "村社区级": "community"}
KINDS = {"行政单位": "office", "权属单位": "owner"}

#: How many open cases a unit holds: asked of whoever knows cases.
OpenWork = Callable[[int], int]


def take(
    actor: Actor,
    rows: Rows,
    register: Register,
    now: datetime,
    open_work: OpenWork,
    *,
    apply: bool,
) -> Outcome:
    """Store what the rows say. A unit is never deleted: it ends, and may have a successor; one
    that still holds open cases does not end."""
    names = {name: code for code, name in Function.objects.values_list("code", "name")}

    def verb(values: dict[str, str]) -> Sequence[str]:
        unit = Unit.objects.filter(code=values["code"]).first()
        done = _store(actor, unit, values, register, names, now)
        if values["ends"]:
            done += _end(actor, values, open_work, now)
        elif values["successor"]:
            raise FieldError("successor", _("只有填写撤销日期的单位才有承接单位"))
        return done

    return run(rows, COLUMNS, verb, apply=apply)


def _store(
    actor: Actor,
    unit: Unit | None,
    values: dict[str, str],
    register: Register,
    names: dict[str, str],
    now: datetime,
) -> list[str]:
    if unit is not None and unit.valid_to is not None:
        raise FieldError("code", _("这个单位已经撤销，不能再修改"), "ended")
    division = values["division"] or (unit.managed_path.rpartition("/")[2] if unit else "")
    try:
        path = register.managed_path(division)
    except PlaceError:
        raise FieldError("division", _("没有这个区划或功能区编码"), "unknown") from None
    for place in filter(None, (path, unit.managed_path if unit else "")):
        if not any(within(place, kept) for kept in kept_paths(actor)):
            raise PermissionDenied
    level = _chosen("level", values["level"], LEVELS, unit.level if unit else "")
    kind = _chosen("kind", values["kind"], KINDS, unit.kind if unit else "office")
    functions = _functions(values["functions"], names, unit)
    parent = _named("parent", values["parent"]) if values["parent"] else None
    changed = store_unit(
        unit,
        code=values["code"],
        name=values["name"],
        level=level,
        kind=kind,
        division=register.place_of_division(division).division,
        managed_path=path,
        functions=functions,
        parent_id=parent.pk if parent else (unit.parent_id if unit else None),
    )
    if not changed:
        return []
    what = "unit.edit" if unit else "unit.create"
    access_log.look(actor.ref, what, f"unit:{values['code']}", "、".join(changed), now)
    if unit is None:
        return [_("新增单位 %(name)s") % {"name": values["name"]}]
    return [_("修改：%(fields)s") % {"fields": "、".join(COLUMNS.get(n, n) for n in changed)}]


def _end(actor: Actor, values: dict[str, str], open_work: OpenWork, now: datetime) -> list[str]:
    unit = Unit.objects.get(code=values["code"])
    after = _named("successor", values["successor"]) if values["successor"] else None
    if after and not any(within(after.managed_path, kept) for kept in kept_paths(actor)):
        raise FieldError("successor", _("承接单位超出您管理的范围"), "scope")
    waiting = open_work(unit.pk)
    if waiting:
        text = _("还有 %(n)d 件未办结的案件由它承办，请先改派再撤销") % {"n": waiting}
        raise FieldError("ends", text, "open")
    ends = moment("ends", values["ends"], ZONE)
    assert ends is not None  # only asked where a date stands
    today = now.astimezone(ZONE).date()
    try:
        retire_unit(unit.pk, successor_id=after.pk if after else None, on=ends.date(), today=today)
    except PlaceError as error:
        raise FieldError("ends" if error.field == "on" else error.field, error.message) from None
    text = after.code if after else ""
    access_log.look(actor.ref, "unit.end", f"unit:{unit.code}", text, now)
    if after is None:
        return [_("撤销单位")]
    return [_("撤销单位，由 %(name)s 承接") % {"name": after.name}]


def _chosen(name: str, text: str, known: dict[str, str], default: str) -> str:
    if not text and default:
        return default
    found = known.get(text) or (text if text in known.values() else "")
    if not found:
        raise FieldError(name, _("应为：%(choices)s") % {"choices": "、".join(known)}, "unknown")
    return found


def _functions(text: str, names: dict[str, str], unit: Unit | None) -> list[str]:
    if not text:
        if unit is None:
            raise FieldError("functions", _("请填写职能"), "required")
        return list(unit.functions)
    wanted = [part.strip() for part in text.replace("，", "、").replace(",", "、").split("、")]
    codes = []
    for part in filter(None, wanted):
        code = names.get(part) or (part if part in names.values() else "")
        if not code:
            raise FieldError("functions", _("没有职能“%(name)s”") % {"name": part[:30]}, "unknown")
        codes.append(code)
    return sorted(set(codes))


def _named(name: str, text: str) -> Unit:
    found = Unit.objects.filter(code=text, valid_to=None).first()
    if found is None:
        raise FieldError(name, _("没有这个编码的现行单位"), "unknown")
    return found

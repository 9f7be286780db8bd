"""Duty rosters (值班表) from a table: one row puts somebody on shift, on one day or several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from yishi.foundation.access import shifts
from yishi.foundation.access.actors import ROLES, Actor, Reach
from yishi.foundation.access.models import Shift, User
from yishi.foundation.access.people_sheet import role_named, scope_named, unit_named
from yishi.foundation.access.sheet_rows import LIMITS, Outcome, Rows, moment, run
from yishi.foundation.access.shifts import Roster
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = {
    "role": "岗位",
    "scope": "管辖范围",
    "unit": "所在单位",
    "user": "值班人员",
    "starts_at": "上班时间",
    "ends_at": "下班时间",
    "days": "连排天数",
    "note": "备注",
}
REQUIRED = ("role", "user", "starts_at", "ends_at")
#: Shifts that one table may plan, its repeated days counted.
MOST_SHIFTS = LIMITS.rows


def take(actor: Actor, rows: Rows, register: Register, now: datetime, *, apply: bool) -> Outcome:
    """Plan the shifts that the rows say. Nothing is cancelled; what stands as it is said stays."""
    made: set[int] = set()
    posts: dict[tuple[str, str, str], tuple[Roster, str]] = {}  # many rows, few posts

    def verb(values: dict[str, str]) -> Sequence[str]:
        said = (values["role"], values["unit"], values["scope"])
        if said not in posts:
            posts[said] = _post(actor, values, register)
        post, where = posts[said]
        done = _turn(actor, post, values, made, now)
        made.update(shift.pk for shift in done)
        return [_said(shift, where) for shift in done]

    return run(rows, COLUMNS, verb, apply=apply)


def _turn(
    actor: Actor, post: Roster, values: dict[str, str], made: set[int], now: datetime
) -> list[Shift]:
    """The shifts that a row adds; none where they all stood before this table."""
    user = _holder(post, values["user"], now)
    begin, end = _moment("starts_at", values), _moment("ends_at", values)
    days = _days(values["days"])
    if len(made) + days > MOST_SHIFTS:
        raise FieldError("days", _("一个表格最多排 %(n)d 个班次") % {"n": MOST_SHIFTS}, "many")
    note = values["note"].strip()
    if len(note) > 200:
        raise FieldError("note", _("备注最多 200 个字"))
    if _stands(post, user, begin, end, days, note, made):
        return []
    return shifts.plan_days(actor, post, user, begin, end, days, note, now)


def _post(actor: Actor, values: dict[str, str], register: Register) -> tuple[Roster, str]:
    """The post of a row, whose roster *actor* keeps, and its unit or area in words.

    Raises:
        FieldError: ``role``, ``unit`` or ``scope``.
    """
    role = role_named(values["role"])
    unit, scope = unit_named(values["unit"]), scope_named(register, values["scope"])
    if ROLES[role].reach is Reach.SCOPE and not scope:
        raise FieldError("scope", _("这个岗位需要填写管辖范围"), "required")
    if ROLES[role].reach is not Reach.SCOPE and unit is None:
        raise FieldError("unit", _("这个岗位需要填写所在单位"), "required")
    post = Roster(role, unit.pk if unit else None, scope)
    if not shifts.keeps(actor, post, unit):
        raise FieldError("unit" if unit else "scope", _("这张值班表不由您排班。"), "scope")
    return post, unit.name if unit else register.label(scope)


def _holder(post: Roster, text: str, now: datetime) -> User:
    """Who holds *post*, by user name, or by a name that only one holder has. An account that holds
    something else is refused in the same words as one that does not exist.

    Raises:
        FieldError: ``user``.
    """
    if not text:
        raise FieldError("user", _("请填写值班人员"), "required")
    holders = shifts.holders(post, now)
    found = list(holders.filter(username=text)[:1]) or list(holders.filter(display_name=text)[:2])
    if len(found) > 1:
        raise FieldError("user", _("这个岗位有几个人叫这个名字，请填写用户名"), "unknown")
    if not found:
        message = _("这个岗位没有叫“%(name)s”的在用人员") % {"name": text[:30]}
        raise FieldError("user", message, "unknown")
    return found[0]


def _moment(name: str, values: dict[str, str]) -> datetime:
    found = moment(name, values[name], ZONE)
    if found is None:
        raise FieldError(name, _("请填写日期和时间"), "required")
    return found


def _days(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise FieldError("days", _("连排天数应为 1 至 %(n)d") % {"n": shifts.MOST_DAYS})
    return int(text)


def _stands(
    post: Roster,
    user: User,
    begin: datetime,
    end: datetime,
    days: int,
    note: str,
    made: set[int],
) -> bool:
    """Whether the roster has all these shifts already, and not by a row of this table."""
    wanted = shifts.spans(begin, end, days)
    known = {
        (shift.starts_at, shift.ends_at, shift.note)
        for shift in shifts.shifts_between(post, begin, wanted[-1][1])
        if shift.user_id == user.pk and shift.pk not in made
    }
    return known >= {(starts, ends, note) for starts, ends in wanted}


def _said(shift: Shift, where: str) -> str:
    begin, end = shift.starts_at.astimezone(ZONE), shift.ends_at.astimezone(ZONE)
    return _("%(name)s 值班 %(begin)s – %(end)s（%(role)s · %(where)s）") % {
        "name": shift.user.display_name,
        "begin": f"{begin:%Y-%m-%d %H:%M}",
        "end": f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%m-%d %H:%M}",
        "role": _(ROLES[shift.role].label),
        "where": where,
    }


def people(
    actor: Actor, register: Register, now: datetime
) -> list[tuple[str, str, str, str, str, str]]:
    """(role, code of the area, its name or the unit's, code of the unit, user name, name) of who
    may be put on shift by *actor*, for the template; at most as many as a table has rows."""
    return [
        (
            str(ROLES[grant.role].label),
            grant.scope.rpartition("/")[2],
            grant.unit.name if grant.unit else register.label(grant.scope),
            grant.unit.code if grant.unit else "",
            grant.user.username,
            grant.user.display_name,
        )
        for grant in shifts.kept_grants(actor, now)[: LIMITS.rows]
        if grant.user is not None
    ]

"""Officers from a table: one row an account with at most one post; more posts are more rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from yishi.foundation.access import accounts
from yishi.foundation.access.accounts import Post
from yishi.foundation.access.actors import ROLES, Actor, Reach
from yishi.foundation.access.models import Grant, User
from yishi.foundation.access.sheet_rows import Outcome, Rows, moment, run, yes
from yishi.foundation.places.models import Unit
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = {
    "username": "用户名",
    "display_name": "姓名",
    "email": "邮箱",
    "role": "岗位",
    "scope": "管辖范围",
    "unit": "所在单位",
    "valid_from": "起始时间",
    "valid_to": "截止时间",
    "active": "在用",
}
REQUIRED = ("username", "display_name")


def take(actor: Actor, rows: Rows, register: Register, now: datetime, *, apply: bool) -> Outcome:
    """Make, change and grant what the rows say. Nothing is taken away, but by 在用 = 否."""
    seen: dict[str, tuple[int, tuple[str, str, str]]] = {}

    def verb(values: dict[str, str]) -> Sequence[str]:
        _agree(values, seen)
        return _person(actor, values, register, now)

    return run(rows, COLUMNS, verb, apply=apply)


def _agree(values: dict[str, str], seen: dict[str, tuple[int, tuple[str, str, str]]]) -> None:
    """Two rows of one account say the same of the person.

    Raises:
        FieldError: ``display_name``.
    """
    said = (values["display_name"], values["email"], values["active"])
    key = values["username"].casefold()
    if seen.setdefault(key, (0, said))[1] != said:
        raise FieldError("display_name", _("同一用户名的几行，姓名、邮箱和在用状态应当一致"))


def _person(actor: Actor, values: dict[str, str], register: Register, now: datetime) -> list[str]:
    done: list[str] = []
    user = User.objects.filter(username=values["username"]).first()
    if user is None:
        user = accounts.create_officer(
            actor, values["username"], values["display_name"], values["email"], now
        )
        done.append(_("建立账号 %(name)s") % {"name": user.username})
    elif not accounts.officers(actor, now).filter(pk=user.pk).exists():
        raise FieldError("username", _("这个账号超出您管理的范围"), "scope")
    active = yes("active", values["active"], user.is_active)
    before = (user.display_name, user.email, user.is_active)
    email = values["email"] or user.email
    accounts.edit_officer(
        actor, user, display_name=values["display_name"], email=email, active=active, now=now
    )
    if before[:2] != (user.display_name, user.email):
        done.append(_("修改姓名或邮箱"))
    if before[2] != active:
        done.append(_("启用账号") if active else _("停用账号"))
    return done + _post(actor, user, values, register, now)


def _post(
    actor: Actor, user: User, values: dict[str, str], register: Register, now: datetime
) -> list[str]:
    if not values["role"]:
        return []
    post = Post(
        role_named(values["role"]),
        unit_named(values["unit"]),
        scope_named(register, values["scope"]),
    )
    begin = moment("valid_from", values["valid_from"], ZONE) or now
    end = moment("valid_to", values["valid_to"], ZONE)
    held = Grant.objects.filter(
        accounts.live(now), user=user, role=post.role, unit=post.unit, scope=post.scope
    ).first()
    label = str(ROLES[post.role].label)
    if held is not None:
        if held.valid_to == end:
            return []
        accounts.check_post(actor, post)
        accounts.end_grant(actor, held, now)
    accounts.give(actor, user, post, begin, end, now)
    where = post.unit.name if post.unit else register.label(post.scope)
    return [_("授予岗位 %(role)s · %(where)s") % {"role": label, "where": where}]


def role_named(text: str) -> str:
    """A role by its label or its name.

    Raises:
        FieldError: ``role``.
    """
    for name, role in ROLES.items():
        if text in (name, str(role.label)):
            return name
    raise FieldError("role", _("没有这个岗位；岗位名称见模板的“岗位”表"), "unknown")


def scope_named(register: Register, text: str) -> str:
    """The managed path of a division's or zone's code; empty where nothing is said.

    Raises:
        FieldError: ``scope``.
    """
    if not text:
        return ""
    try:
        return register.managed_path(text.rpartition("/")[2])
    except PlaceError:
        raise FieldError("scope", _("没有这个区划或功能区编码"), "unknown") from None


def unit_named(text: str) -> Unit | None:
    """A unit by code, or by a name that only one living unit has.

    Raises:
        FieldError: ``unit``.
    """
    if not text:
        return None
    found = Unit.objects.filter(code=text).first()
    if found is not None:
        return found
    named = list(Unit.objects.filter(name=text, valid_to=None)[:2])
    if len(named) != 1:
        message = _("有几个单位都叫这个名字，请填写单位编码") if named else _("没有这个单位")
        raise FieldError("unit", message, "unknown")
    return named[0]


def posts_sheet() -> list[tuple[str, str]]:
    """(role, what it needs) of every role, for the template."""
    return [
        (str(role.label), "管辖范围" if role.reach is Reach.SCOPE else "所在单位")
        for role in ROLES.values()
    ]

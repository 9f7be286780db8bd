"""What the pages about people share: who may open them, form fields, the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.accounts import Post, kept_paths
from yishi.foundation.access.actors import ROLES, Actor, Reach
from yishi.foundation.access.models import Grant, User
from yishi.foundation.audit.models import Look
from yishi.foundation.places.models import Unit
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_who
from yishi.foundation.ui.pickers import unit_fields
from yishi.foundation.ui.timetext import moment_text

View = Callable[..., HttpResponseBase]

#: What the log's rows are called.
DONE = {
    "account.create": _("建立账号"),
    "account.edit": _("修改账号"),
    "account.activate": _("启用账号"),
    "account.deactivate": _("停用账号"),
    "account.setup_link": _("发出设置密码链接"),
    "account.password": _("设置密码"),
    "account.reset_factors": _("清除双因素验证"),
    "account.link": _("关联统一身份认证"),
    "account.unlink": _("取消关联统一身份认证"),
    "grant.give": _("授予岗位"),
    "grant.end": _("撤销岗位"),
    "deputy.appoint": _("委托代理"),
    "deputy.end": _("结束代理"),
    "passkey.add": _("添加通行密钥"),
    "passkey.remove": _("移除通行密钥"),
    "totp.on": _("启用身份验证器"),
    "totp.off": _("停用身份验证器"),
    "program.create": _("建立接口密钥"),
    "program.edit": _("修改接口密钥"),
    "program.activate": _("启用接口密钥"),
    "program.revoke": _("停用接口密钥"),
}


#: What of an account or program was changed.
FIELDS = {
    "display_name": _("姓名"),
    "email": _("邮箱"),
    "name": _("名称"),
    "channel": _("渠道代码"),
    "per_minute": _("每分钟最多请求数"),
}


#: Only for officers who keep accounts.
keepers_only = officers_who(
    lambda request: kept_paths(actor_of(request)), _("账号由系统管理员管理。")
)


def moment_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateTimeField:
    """Day and minute in the city's time."""
    form = "%Y-%m-%dT%H:%M"
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=hint,
        input_formats=[form, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=form),
        error_messages={
            "required": _("请填写日期和时间"),
            "invalid": _("日期和时间应写作 2026-11-24 08:00"),
        },
    )


def refuse(form: forms.Form, error: FieldError) -> None:
    """Show what a service refused at its field."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def scopes(actor: Actor, register: Register) -> list[tuple[str, str]]:
    """The managed paths that *actor* may grant, two levels deep: (path, label)."""
    found: dict[str, str] = {}
    for path in kept_paths(actor):
        _walk(register, path.rpartition("/")[2], 2, found)
    return list(found.items())


def _walk(register: Register, code: str, depth: int, found: dict[str, str]) -> None:
    try:
        path = register.managed_path(code)
        found.setdefault(path, register.label(path))
        if depth:
            for node in register.children(code):
                _walk(register, node.code, depth - 1, found)
    except PlaceError:
        return


class PostForm(forms.Form):
    """Fields for a post; ``look=1`` draws it again with the units that were searched for."""

    role = forms.ChoiceField(label=_("岗位"), error_messages={"required": _("请选择岗位")})
    scope = forms.ChoiceField(
        label=_("管辖范围"),
        required=False,
        help_text=_("中心的岗位填写；单位的岗位不填。"),
    )

    def __init__(self, data: Any, actor: Actor, register: Register, **more: Any) -> None:
        super().__init__(data, **more)
        roles = [(name, gettext(role.label)) for name, role in ROLES.items()]
        self.fields["role"].choices = [("", gettext("请选择")), *roles]  # type: ignore[attr-defined]
        paths = scopes(actor, register)
        self.fields["scope"].choices = [("", gettext("不填")), *paths]  # type: ignore[attr-defined]
        units = unit_fields(register, data or {}, [], label=_("所在单位"), required=False)
        units["unit_q"].label = _("查找单位")
        units["unit_q"].help_text = _("单位的岗位填写：输入单位名称的一部分，再从结果中选择。")
        self.fields.update(units)

    def post(self) -> Post:
        """What was chosen."""
        chosen = str(self.cleaned_data.get("unit") or "")
        unit = Unit.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        role = self.cleaned_data["role"]
        wide = ROLES[role].reach is Reach.SCOPE
        return Post(role, None if wide else unit, self.cleaned_data["scope"] if wide else "")


def post_label(grant: Grant, register: Register) -> str:
    """A post in words: role and where."""
    label = gettext(ROLES[grant.role].label) if grant.role in ROLES else grant.role
    where = grant.unit.name if grant.unit else register.label(grant.scope)
    return f"{label} · {where}" if where else label


def log_of(subject: str, now: datetime, register: Register, most: int = 20) -> list[dict[str, Any]]:
    """What was done to an account or program, newest first (2 statements)."""
    rows = list(Look.objects.filter(subject=subject, action__in=list(DONE)).order_by("-at")[:most])
    said = " ".join(f"{row.actor_ref} {row.purpose}" for row in rows)
    ids = {int(found) for found in re.findall(r"\buser:(\d+)\b", said)}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "display_name"))
    return [
        {
            "at": moment_text(row.at, now),
            "what": DONE[row.action],
            "by": names.get(int(row.actor_ref[5:]), row.actor_ref)
            if row.actor_ref.startswith("user:")
            else gettext("系统"),
            "text": _in_words(row.purpose, names, register, now)
            if row.action.startswith(("grant.", "deputy.")) or row.action.endswith(".edit")
            else row.purpose,
        }
        for row in rows
    ]


def _in_words(text: str, names: dict[int, str], register: Register, now: datetime) -> str:
    """What the log keeps as codes (roles, units, areas, people, moments), as people say it."""

    def word(part: re.Match[str]) -> str:
        code = part[0]
        if code in ROLES:
            return gettext(ROLES[code].label)
        if code in FIELDS:
            return str(FIELDS[code])
        if code.startswith("user:") and code[5:].isdecimal():
            return names.get(int(code[5:]), code)
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", code):
            return moment_text(datetime.fromisoformat(code), now)
        try:
            return register.unit_by_code(code).name
        except PlaceError:
            return register.label(code) if re.fullmatch(r"\d{4}(/\w+)*", code) else code

    return re.sub(r"[^\s–]+", word, text)

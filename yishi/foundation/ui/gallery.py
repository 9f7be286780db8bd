"""The gallery: every component in all its states, with made-up content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yishi.foundation.ui import errors, parts
from yishi.foundation.ui.parts import Account, Event, Fact, Picture, Tab
from yishi.foundation.ui.rendering import render_page


class SampleForm(forms.Form):
    """One field of every kind."""

    title = forms.CharField(
        label=gettext_lazy("问题标题"),
        max_length=40,
        help_text=gettext_lazy("一句话说清楚，不超过 40 个字。"),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("问题类别"),
        choices=[
            ("road", gettext_lazy("道路破损")),
            ("lamp", gettext_lazy("路灯不亮")),
        ],
        widget=forms.RadioSelect,
    )
    county = forms.ChoiceField(
        label=gettext_lazy("所在县区"),
        choices=[("", gettext_lazy("请选择")), ("1", gettext_lazy("樊城区（示意）"))],
    )
    text = forms.CharField(
        label=gettext_lazy("情况说明"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    photos = forms.FileField(
        label=gettext_lazy("现场照片"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    secret = forms.BooleanField(
        label=gettext_lazy("请为我保密"),
        required=False,
        help_text=gettext_lazy("承办单位看不到您的姓名和电话。"),
    )


class ReasonForm(forms.Form):
    """The confirm page's form."""

    reason = forms.CharField(
        label=gettext_lazy("退回原因"), widget=forms.Textarea(attrs={"rows": 3})
    )


class SignInForm(forms.Form):
    """The sign-in page's form."""

    username = forms.CharField(label=gettext_lazy("账号"))
    password = forms.CharField(label=gettext_lazy("密码"), widget=forms.PasswordInput)


def _lights(now: datetime) -> list[parts.Light]:
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    return [
        parts.light(now + 26 * hour, now),
        parts.light(now + 2 * hour + 10 * minute, now),
        parts.light(now + 50 * minute, now),
        parts.light(now - 35 * minute, now),
        parts.light(now + hour, now, paused=True),
        parts.light(now, now, done_at=now - hour),
        parts.light(now - 3 * hour, now, done_at=now),
        parts.light(now + 90 * 24 * hour, now, provisional=True),
        parts.light(None, now),
    ]


def _pictures() -> list[Picture]:
    mark = "/static/ui/mark.svg"
    return [
        Picture(mark, "before.svg", thumb=mark, caption=_("处置前（示意）")),
        Picture(mark, "after.svg", thumb=mark, caption=_("处置后（示意）")),
        Picture(mark, _("派遣单.pdf"), size=83_412),
    ]


def _events(now: datetime) -> list[Event]:
    reasons = [_("类别“路灯不亮”由路灯管理单位负责"), _("地点在樊城区（示意）网格内")]
    return [
        Event(now - timedelta(hours=5), _("信息收集"), _("群众"), _("路口两盏路灯不亮。")),
        Event(
            now - timedelta(hours=5),
            _("自动派遣"),
            _("系统"),
            tone="active",
            reasons=reasons,
        ),
        Event(
            now - timedelta(hours=3),
            _("退回"),
            _("张三（模拟）"),
            _("不属于本单位。"),
            tone="warn",
        ),
        Event(
            now - timedelta(hours=1),
            _("处理反馈"),
            _("李四（模拟）"),
            tone="good",
            pictures=_pictures()[:2],
        ),
        Event(now, _("逾期督办"), _("系统"), tone="bad"),
    ]


def _square(name: str, lon: float, lat: float, size: float) -> dict[str, Any]:
    ring = [
        [lon, lat],
        [lon + size, lat],
        [lon + size, lat + size],
        [lon, lat + size],
        [lon, lat],
    ]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


def _areas() -> dict[str, Any]:
    features = [
        _square(_("甲区（示意）"), 112.0, 32.0, 0.1),
        _square(_("乙区（示意）"), 112.1, 32.0, 0.1),
    ]
    return {"type": "FeatureCollection", "features": features}


def _bars() -> dict[str, Any]:
    return {
        "tooltip": {},
        "grid": {"left": 40, "right": 16, "top": 24, "bottom": 28},
        "xAxis": {"type": "category", "data": [_("甲区（示意）"), _("乙区（示意）")]},
        "yAxis": {"type": "value"},
        "series": [{"type": "bar", "name": _("案件数"), "data": [12, 30], "barMaxWidth": 48}],
    }


def _components(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    wrong = SampleForm({"title": "", "county": "9"}) if "wrong" in request.GET else SampleForm()
    for level in (messages.SUCCESS, messages.WARNING, messages.ERROR):
        messages.add_message(request, level, _("这是一条提示。"))
    context = {
        "now": now,
        "sheets": [*SHEETS, *(f"error-{status}" for status in errors.STATUSES)],
        "form": wrong,
        "lights": _lights(now),
        "tones": ["neutral", "active", "good", "warn", "bad"],
        "events": _events(now),
        "facts": [
            Fact(_("案件编号"), "XY20261124000017", url="#"),
            (_("所在地点"), _("樊城区某路口（示意）")),
            Fact(_("承办单位"), _("路灯管理所（模拟）"), hint=_("按部件权属派遣")),
            (_("联系电话"), ""),
        ],
        "pictures": _pictures(),
        "tabs": [
            Tab(_("待受理"), "?", 12_345, active=True),
            Tab(_("待派遣"), "?tab=2", 0),
            Tab(_("全部"), "?tab=3"),
        ],
        "areas": _areas(),
        "option": _bars(),
        "rows": [(_("甲区（示意）"), 12), (_("乙区（示意）"), 30)],
        "head": [_("县区"), _("案件数")],
        "phone": "13812345678",
        "name": "张三丰",
    }
    base = "ui/desk_base.html" if "desk" in request.GET else "ui/portal_base.html"
    return render_page(request, "ui/gallery.html", {**context, "shell": base}, fragment="results")


def _confirm(request: HttpRequest) -> HttpResponse:
    context = {
        "title": _("退回这一件"),
        "text": _("退回后由派遣员重新派遣，您的办理时间暂停计算。"),
        "facts": [(_("案件编号"), "XY20261124000017")],
        "form": ReasonForm(),
        "hidden": [("version", "3")],
        "action": "",
        "confirm_label": _("确认退回"),
        "danger": True,
        "back_url": "/ui/gallery",
    }
    return render_page(request, "ui/confirm.html", context)


def _sign_in(request: HttpRequest) -> HttpResponse:
    roles = [
        _("受理员"),
        _("派遣员"),
        _("处置部门"),
        _("采集员"),
        _("值班领导"),
        _("系统管理员"),
    ]
    unit, hint = _("襄阳市城市运行中心（模拟）"), _("受理来件，立案或不予受理")
    accounts = [
        Account(f"demo{number}", _("张三（模拟）"), role, unit, hint)
        for number, role in enumerate(roles)
    ]
    context = {"form": SignInForm(), "accounts": accounts, "next": "/ui/gallery"}
    return render_page(request, "ui/sign_in.html", {**context, "action": "", "demo_action": ""})


def _screen(request: HttpRequest) -> HttpResponse:
    numbers = [
        (_("今日上报"), 1284),
        (_("处置中"), 356),
        (_("逾期"), 12),
        (_("今日结案"), 1107),
    ]
    now = timezone.now()
    context = {
        "numbers": numbers,
        "option": _bars(),
        "lights": _lights(now)[:4],
        "now": now,
    }
    return render_page(request, "ui/gallery_screen.html", context)


SHEETS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "components": _components,
    "confirm": _confirm,
    "sign-in": _sign_in,
    "screen": _screen,
}


def show(request: HttpRequest, sheet: str) -> HttpResponse:
    """The sheet of that name; ``error-409`` and the like show the error pages."""
    if sheet in SHEETS:
        return SHEETS[sheet](request)
    kind, _dash, status = sheet.partition("-")
    if kind == "error" and status.isdecimal() and int(status) in errors.STATUSES:
        raise errors.PageError(int(status), back="/ui/gallery")
    raise Http404

"""Accounts, units, keys and rosters as Excel files: what the pages show, and no secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.faces.desk.exports import CHUNK, GET_AND_POST, back_to
from yishi.faces.desk.filters import register_now
from yishi.faces.desk.people.common import keepers_only, post_label
from yishi.faces.desk.people.importing import UnitFilters, units_found
from yishi.faces.desk.people.officers import Filters
from yishi.faces.desk.people.roster import chosen, label_of
from yishi.foundation.access import accounts
from yishi.foundation.access import shifts as roster
from yishi.foundation.access.models import ApiClient, Grant, Handover, Shift, User
from yishi.foundation.places.models import Unit
from yishi.foundation.places.snapshot import Register
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, described, export_page
from yishi.foundation.ui.officer import actor_of, officers_only, shell_of

Posts = list[str]


def _posts(row: tuple[Any, Posts]) -> str:
    return "；".join(row[1])


def _successor(unit: Unit) -> str:
    return unit.successor.name if unit.successor else ""


OFFICERS: Table[tuple[User, Posts]] = Table(
    "officers",
    _("账号"),
    (
        Column("username", _("用户名"), lambda row: row[0].username, width=18),
        Column("name", _("姓名"), lambda row: row[0].display_name),
        Column("posts", _("岗位"), _posts, width=50),
        Column("active", _("在用"), lambda row: "是" if row[0].is_active else "否", width=8),
        Column("last", _("上次登录"), lambda row: row[0].last_login, kind="moment", width=17),
    ),
)
UNITS: Table[Unit] = Table(
    "units",
    _("单位"),
    (
        Column("code", _("单位编码"), lambda unit: unit.code, width=24),
        Column("name", _("单位名称"), lambda unit: unit.name, width=36),
        Column("level", _("级别"), lambda unit: str(unit.get_level_display())),
        Column("kind", _("类别"), lambda unit: str(unit.get_kind_display())),
        Column("division", _("所属区划"), lambda unit: unit.division.name, width=20),
        Column("from", _("启用日期"), lambda unit: unit.valid_from, kind="day"),
        Column("to", _("撤销日期"), lambda unit: unit.valid_to, kind="day"),
        Column("successor", _("承接单位"), _successor),
    ),
)
PROGRAMS: Table[tuple[ApiClient, Posts]] = Table(
    "programs",
    _("接口密钥"),
    (
        Column("name", _("名称"), lambda row: row[0].name, width=30),
        Column("channel", _("渠道代码"), lambda row: row[0].channel),
        Column("posts", _("岗位"), _posts, width=50),
        Column("limit", _("每分钟最多请求数"), lambda row: row[0].per_minute, kind="number"),
        Column("active", _("在用"), lambda row: "是" if row[0].is_active else "否", width=8),
        Column("made", _("建立时间"), lambda row: row[0].created_at, kind="moment", width=17),
    ),
)
SHIFTS: Table[Shift] = Table(
    "shifts",
    _("值班表"),
    (
        Column("who", _("值班人员"), lambda shift: shift.user.display_name),
        Column("begin", _("上班时间"), lambda shift: shift.starts_at, kind="moment", width=17),
        Column("end", _("下班时间"), lambda shift: shift.ends_at, kind="moment", width=17),
        Column("note", _("备注"), lambda shift: shift.note, width=40),
    ),
)
HANDOVERS: Table[Handover] = Table(
    "handovers",
    _("交接记录"),
    (
        Column("from", _("交班人员"), lambda item: item.shift.user.display_name),
        Column("to", _("接班人员"), lambda item: item.to_user.display_name),
        Column("begin", _("上班时间"), lambda item: item.shift.starts_at, kind="moment", width=17),
        Column("end", _("下班时间"), lambda item: item.shift.ends_at, kind="moment", width=17),
        Column("offered", _("交班时间"), lambda item: item.offered_at, kind="moment", width=17),
        Column("accepted", _("接班时间"), lambda item: item.accepted_at, kind="moment", width=17),
        Column("note", _("交接说明"), lambda item: item.note, width=50),
        Column("answer", _("接班意见"), lambda item: item.answer, width=30),
    ),
)


def _with_posts(found: Any, of: str, register: Register) -> Iterator[tuple[Any, Posts]]:
    """Rows with the posts they hold now, a statement for each chunk and not for each row."""
    rows, now = list(found), timezone.now()
    for begin in range(0, len(rows), CHUNK):
        chunk = rows[begin : begin + CHUNK]
        held: dict[int, Posts] = {}
        wanted = {f"{of}_id__in": [row.pk for row in chunk]}
        for grant in Grant.objects.filter(accounts.live(now), **wanted).select_related("unit"):
            held.setdefault(getattr(grant, f"{of}_id"), []).append(post_label(grant, register))
        yield from ((row, held.get(row.pk, [])) for row in chunk)


@keepers_only
@require_http_methods(GET_AND_POST)
def officers(request: HttpRequest) -> HttpResponseBase:
    """The accounts within reach, with the posts they hold now."""
    found = accounts.officers(actor_of(request), timezone.now())
    rows = found.filter(Filters(request.GET).rows()).order_by("-pk")
    register = register_now(shell_of(request).numbers)

    def parts() -> list[Part]:
        return [Part(OFFICERS, _with_posts(rows, "user", register))]

    def filters() -> list[tuple[str, str]]:
        return described(Filters(request.GET))

    back = back_to(request, "desk:officers")
    return export_page(
        request, Offer("officers", OFFICERS.title, parts, counted(rows), filters, back)
    )


@keepers_only
@require_http_methods(GET_AND_POST)
def units(request: HttpRequest) -> HttpResponseBase:
    """The units within reach, by code."""
    rows = units_found(request, UnitFilters(request.GET)).order_by("code")

    def parts() -> list[Part]:
        return [Part(UNITS, rows.iterator(CHUNK))]

    def filters() -> list[tuple[str, str]]:
        return described(UnitFilters(request.GET))

    back = back_to(request, "desk:units")
    return export_page(request, Offer("units", UNITS.title, parts, counted(rows), filters, back))


@keepers_only
@require_http_methods(GET_AND_POST)
def programs(request: HttpRequest) -> HttpResponseBase:
    """The keys within reach; the keys themselves are stored nowhere."""
    rows = accounts.programs(actor_of(request), timezone.now()).order_by("-pk")
    register = register_now(shell_of(request).numbers)

    def parts() -> list[Part]:
        return [Part(PROGRAMS, _with_posts(rows, "client", register))]

    back = back_to(request, "desk:programs")
    return export_page(request, Offer("programs", PROGRAMS.title, parts, counted(rows), list, back))


@officers_only
@require_http_methods(GET_AND_POST)
def shifts(request: HttpRequest) -> HttpResponseBase:
    """One post's roster, all of it, and its log of handovers."""
    post, unit = chosen(request, request.GET.get("post", ""))
    planned = Shift.objects.filter(post.rows(), cancelled_at=None)
    rows = planned.select_related("user").order_by("-starts_at")
    log = roster.handovers(post, 2000)

    def parts() -> list[Part]:
        return [Part(SHIFTS, rows.iterator(CHUNK)), Part(HANDOVERS, log)]

    def filters() -> list[tuple[str, str]]:
        return [(gettext("值班岗位"), label_of(post, unit, request))]

    back = back_to(request, "desk:shifts")
    count = counted(rows) + log.count()
    return export_page(request, Offer("shifts", SHIFTS.title, parts, count, filters, back))

"""Lists of city events as Excel files: cards, call-backs, calls by hour, uploaded files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.foundation import revisions
from yishi.foundation.places.loading import load_register
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, export_page
from yishi.foundation.ui.officer import actor_of, officers_only, shell_of
from yishi.systems.city_events import hot_views
from yishi.systems.city_events.batch_views import importers_only, own_batches
from yishi.systems.city_events.beside import reason_text
from yishi.systems.city_events.case_page import channel_label
from yishi.systems.city_events.hot import Group
from yishi.systems.city_events.hotline import callbacks, calls
from yishi.systems.city_events.hotline.call_back_views import callers_only
from yishi.systems.city_events.hotline.calls import Quality
from yishi.systems.city_events.hotline.models import CallBack, QualityAlarm
from yishi.systems.city_events.hotline.quality_views import promised
from yishi.systems.city_events.models import IntakeBatch
from yishi.systems.city_events.states import LEVELS
from yishi.systems.city_events.supervision_ledger import UnitCards, by_unit, newest
from yishi.systems.city_events.supervision_ledger import cards as cards_of
from yishi.systems.city_events.supervision_views import days_of

CHUNK = 2000
GET_AND_POST = ["GET", "HEAD", "POST"]


def _state_of(card: Any) -> str:
    return gettext("督办中") if card.held == card.number else gettext("已结束")


def _unit_of(one: CallBack) -> str:
    return one.case.unit.name if one.case.unit else ""


@dataclass(frozen=True, slots=True)
class _Level:
    """How many cards of one level a unit got."""

    place: int

    def __call__(self, row: UnitCards) -> int:
        return row.levels[self.place]


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many rows of a file became one thing."""

    name: str

    def __call__(self, one: IntakeBatch) -> int:
        return int(one.tally.get(self.name, 0))


UNIT_CARDS: Table[UnitCards] = Table(
    "unit-cards",
    _("各单位督办单"),
    (
        Column("unit", _("单位"), lambda row: row.unit, width=30),
        *(
            Column(f"level{n}", label, _Level(n - 1), kind="number", width=18)
            for n, label in LEVELS.items()
        ),
        Column("total", _("合计"), lambda row: row.total, kind="number"),
        Column("open", _("未解除"), lambda row: row.open, kind="number"),
    ),
)
CARDS: Table[Any] = Table(
    "cards",
    _("督办台账"),
    (
        Column("number", _("督办单"), lambda card: card.number, width=26),
        Column("case", _("案卷"), lambda card: card.case.number, width=20),
        Column("subject", _("事项"), lambda card: card.case.subject, width=40),
        Column("level", _("级别"), lambda card: gettext(LEVELS[card.level]), width=20),
        Column("reason", _("事由"), lambda card: reason_text(card.reason), width=24),
        Column("automatic", _("自动发出"), lambda card: "是" if card.automatic else "否"),
        Column("unit", _("单位"), lambda card: card.unit.name, width=30),
        Column("at", _("发出时间"), lambda card: card.at, kind="moment", width=17),
        Column("state", _("状态"), _state_of),
    ),
)
CALL_BACKS: Table[CallBack] = Table(
    "call-backs",
    _("待回访"),
    (
        Column("number", _("案卷"), lambda one: one.case.number, width=20),
        Column("subject", _("事项"), lambda one: one.case.subject, width=40),
        Column("channel", _("来源"), lambda one: channel_label(one.report.channel)),
        Column("unit", _("单位"), _unit_of, width=30),
        Column("closed", _("办结时间"), lambda one: one.closed_at, kind="moment", width=17),
        Column("tries", _("已拨打"), lambda one: one.tries, kind="number"),
    ),
)
HOURS: Table[tuple[datetime, Quality]] = Table(
    "call-hours",
    _("接听质量（按小时）"),
    (
        Column("at", _("时间"), lambda row: row[0], kind="moment", width=17),
        Column("offered", _("呼入"), lambda row: row[1].offered, kind="number"),
        Column("answered", _("接通"), lambda row: row[1].answered, kind="number"),
        Column("rate", _("接通率"), lambda row: part_of_one(row[1].rate), kind="share"),
        Column("quick", _("及时应答率"), lambda row: part_of_one(row[1].quick_rate), kind="share"),
    ),
)
ALARMS: Table[QualityAlarm] = Table(
    "call-alarms",
    _("报警记录"),
    (
        Column("begun", _("开始时间"), lambda one: one.begun_at, kind="moment", width=17),
        Column("ended", _("解除时间"), lambda one: one.ended_at, kind="moment", width=17),
        Column("offered", _("呼入"), lambda one: one.offered, kind="number"),
        Column("answered", _("接通"), lambda one: one.answered, kind="number"),
    ),
)
HOT: Table[Group] = Table(
    "hot",
    _("热点问题"),
    (
        Column("type", _("类别"), lambda group: group.type_name, width=24),
        Column("where", _("地点"), lambda group: group.where, width=40),
        Column("reports", _("上报次数"), lambda group: group.reports, kind="number"),
        Column("cases", _("案件数"), lambda group: group.cases, kind="number"),
        Column("open", _("未办结"), lambda group: group.open, kind="number"),
    ),
)
_BATCH_STATES = {
    IntakeBatch.WAITING: _("等待处理"),
    IntakeBatch.RUNNING: _("处理中"),
    IntakeBatch.DONE: _("已完成"),
    IntakeBatch.FAILED: _("没有完成"),
}
_TALLY = {
    "rows": _("已处理行数"),
    "filed": _("已自动立案"),
    "manual": _("转人工受理"),
    "merged": _("并入已有案件"),
    "repeated": _("以前已登记"),
    "rejected": _("退回"),
}
BATCHES: Table[IntakeBatch] = Table(
    "intake",
    _("批量登记"),
    (
        Column("file", _("文件"), lambda one: one.file_name, width=30),
        Column("at", _("上传时间"), lambda one: one.at, kind="moment", width=17),
        Column("state", _("状态"), lambda one: str(_BATCH_STATES[one.state])),
        *(Column(name, label, _Counted(name), kind="number") for name, label in _TALLY.items()),
    ),
)


def part_of_one(percent: Decimal | None) -> float | None:
    """A rate in percent as a file stores it."""
    return None if percent is None else float(percent) / 100


@officers_only
@require_http_methods(GET_AND_POST)
def cards(request: HttpRequest) -> HttpResponseBase:
    """The cards on cases that the officer sees, and how many each unit got."""
    actor, days = actor_of(request), days_of(request)
    since = timezone.now() - timedelta(days=days)
    register = revisions.at("places", shell_of(request).numbers.get("places", 0), load_register)
    rows, units = cards_of(actor, since), by_unit(newest(actor, since, 1), register)

    def parts() -> list[Part]:
        return [Part(CARDS, rows.iterator(CHUNK)), Part(UNIT_CARDS, units)]

    def filters() -> list[tuple[str, str]]:
        return [(gettext("时间范围"), gettext("近%(n)d天") % {"n": days})]

    back = f"{reverse('desk:city_events:supervision')}?days={days}"
    offer = Offer("cards", CARDS.title, parts, counted(rows) + len(units), filters, back)
    return export_page(request, offer)


@callers_only
@require_http_methods(GET_AND_POST)
def call_backs(request: HttpRequest) -> HttpResponseBase:
    """Whom to call back, without names and numbers: those are on each call-back's own page."""
    rows = callbacks.waiting(actor_of(request), timezone.now())

    def parts() -> list[Part]:
        return [Part(CALL_BACKS, rows.iterator(CHUNK))]

    back = reverse("desk:city_events:call-backs")
    offer = Offer("call-backs", CALL_BACKS.title, parts, counted(rows), list, back)
    return export_page(request, offer)


@officers_only
@require_http_methods(GET_AND_POST)
def quality(request: HttpRequest) -> HttpResponseBase:
    """The calls of the last hours, and the alarms."""
    now = timezone.now()
    seconds, _lowest = promised(request, now)
    hours = calls.by_hour(now, seconds)
    alarms = QualityAlarm.objects.order_by("-begun_at")

    def parts() -> list[Part]:
        return [Part(HOURS, hours), Part(ALARMS, alarms.iterator(CHUNK))]

    back = reverse("desk:city_events:quality")
    count = len(hours) + counted(alarms)
    return export_page(request, Offer("call-hours", HOURS.title, parts, count, list, back))


@importers_only
@require_http_methods(GET_AND_POST)
def batches(request: HttpRequest) -> HttpResponseBase:
    """The officer's own uploaded files and what became of their rows."""
    rows = own_batches(request)

    def parts() -> list[Part]:
        return [Part(BATCHES, rows.iterator(CHUNK))]

    back = reverse("desk:city_events:intake")
    return export_page(request, Offer("intake", BATCHES.title, parts, counted(rows), list, back))


@officers_only
@require_http_methods(GET_AND_POST)
def hot(request: HttpRequest) -> HttpResponseBase:
    """The hot issues that the officer sees."""
    wanted = hot_views.asked(request)
    rows = hot_views.groups(request, wanted).groups

    def parts() -> list[Part]:
        return [Part(HOT, rows)]

    def filters() -> list[tuple[str, str]]:
        return [(gettext("时间范围"), gettext("近%(n)d天") % {"n": wanted.days})]

    back = f"{reverse('desk:city_events:hot')}?days={wanted.days}"
    return export_page(request, Offer("hot", HOT.title, parts, len(rows), filters, back))

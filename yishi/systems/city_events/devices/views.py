"""感知设备 at the desk: the list with states, one device, and the table of new ones."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.cases.models import Case
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.tables.exporting import MEDIA_TYPE
from yishi.foundation.tables.sheets import SheetError
from yishi.foundation.ui.exports import Offer, counted, export_page, export_url
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, render_desk, role_only, shell_of
from yishi.foundation.ui.parts import Fact, Tab
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.devices import listing, sheet
from yishi.systems.city_events.devices.models import (
    Alarm,
    Device,
    Metric,
    ReadingHour,
    SensorState,
    Threshold,
)
from yishi.systems.city_events.devices.register import Devices, devices
from yishi.systems.city_events.notices import CITY_TIME

SHOWN = 20
HOURS = 24
PHASES = {"normal": _("正常"), "rising": _("超过阈值，未满持续时间"), "raised": _("报警中")}


#: Pages of those who have to do with devices.
watchers_only = role_only(*listing.ROLES, refusal=_("感知设备由受理、派遣、值班和管理人员查看。"))


def _state_label(row: Any) -> str:
    return str(listing.STATES[row.state][0])


def _last(row: Any) -> datetime | None:
    heard = getattr(row, "heard", None)
    return heard.at if heard else None


def _battery(row: Any) -> int | None:
    heard = getattr(row, "heard", None)
    return heard.battery if heard else None


DEVICES: Table[Any] = Table(
    "devices",
    _("感知设备"),
    (
        Column("ref", _("设备编号"), lambda row: row.ref, width=18),
        Column("name", _("设备名称"), lambda row: row.name, width=36),
        Column("kind", _("设备种类"), lambda row: row.get_kind_display()),
        Column("path", _("区划编码"), lambda row: row.division_id),
        Column("object", _("监测对象"), lambda row: row.object_name or row.object_ref, width=26),
        Column("types", _("上报类别"), lambda row: "、".join(row.types), width=24),
        Column("state", _("状态"), _state_label),
        Column("battery", _("电量（%）"), _battery, kind="number"),
        Column("heard", _("最后消息"), _last, kind="moment", width=17),
        Column("from", _("启用日期"), lambda row: row.active_from, kind="day"),
        Column("to", _("停用日期"), lambda row: row.active_to, kind="day"),
    ),
)


def _filters(request: HttpRequest) -> tuple[str, str, str]:
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    return state, kind, request.GET.get("q", "").replace("\x00", "").strip()[:60]


@watchers_only
@require_safe
def device_list(request: HttpRequest) -> HttpResponse:
    """The devices in the officer's scope, troubled ones first (2 statements)."""
    actor, today = actor_of(request), timezone.localdate(timezone=CITY_TIME)
    state, kind, text = _filters(request)
    counts = listing.counted(actor, today)
    rows = listing.narrowed(listing.devices_of(actor, today), state, kind, text)
    found, after = listing.page(rows, request.GET.get("after", ""))
    register = city(shell_of(request).numbers).register
    address = reverse("desk:city_events:devices")
    tabs = [Tab(gettext("全部"), address, sum(counts.values()), state not in listing.STATES)]
    tabs += [
        Tab(str(label), f"{address}?state={code}", counts[code], state == code)
        for code, (label, _tone) in listing.STATES.items()
        if counts.get(code)
    ]
    context = {
        "tabs": tabs,
        "rows": [
            {
                "device": row,
                "state": str(listing.STATES[row.state][0]),
                "tone": listing.STATES[row.state][1],
                "where": register.label(row.managed_path),
                "at": _last(row),
                "battery": _battery(row),
                "url": reverse("desk:city_events:device", args=[row.ref]),
            }
            for row in found
        ],
        "state": state,
        "kind": kind,
        "q": text,
        "kinds": [(code, str(label)) for code, label in Device.Kind.choices],
        "next": after,
        "first": not request.GET.get("after"),
        "may_import": actor.has("administrator"),
        "export_url": export_url(request, "desk:city_events:devices-export"),
    }
    return render_desk(request, "city_events/devices.html", context)


@watchers_only
@require_http_methods(["GET", "HEAD", "POST"])
def device_export(request: HttpRequest) -> HttpResponseBase:
    """The same list as a file."""
    today = timezone.localdate(timezone=CITY_TIME)
    state, kind, text = _filters(request)
    rows = listing.narrowed(listing.devices_of(actor_of(request), today), state, kind, text)

    def parts() -> list[Part]:
        return [Part(DEVICES, rows.iterator(2000))]

    def filters() -> list[tuple[str, str]]:
        named = listing.STATES.get(state)
        label = str(dict(Device.Kind.choices).get(kind, ""))
        given = [
            (gettext("状态"), str(named[0]) if named else ""),
            (gettext("设备种类"), label),
            (gettext("关键词"), text),
        ]
        return [(name, value) for name, value in given if value]

    back = reverse("desk:city_events:devices")
    offer = Offer("devices", DEVICES.title, parts, counted(rows), filters, back)
    return export_page(request, offer)


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of a device now: value, threshold in force, and each of the last hours."""

    metric: Metric
    state: SensorState
    phase: str
    threshold: Threshold | None
    hours: list[tuple[datetime, float, float, int]]

    @property
    def label(self) -> str:
        """The metric's name in the reader's language."""
        english = (get_language() or "zh").startswith("en")
        return (english and self.metric.label_en) or self.metric.label


@watchers_only
@require_safe
def device_page(request: HttpRequest, ref: str) -> HttpResponse:
    """One device: what it is, what it measures, and what it reported (5 statements)."""
    actor, now = actor_of(request), timezone.now()
    today = now.astimezone(CITY_TIME).date()
    clean = ref[:64].replace("\x00", "")
    device = listing.devices_of(actor, today).filter(ref=clean).first()
    if device is None:
        raise Http404
    numbers = shell_of(request).numbers
    registers = city(numbers)
    alarms = (
        Alarm.objects.visible_to(actor)
        .filter(device_id=device.pk)
        .select_related("case")
        .order_by("-id")[:SHOWN]
    )
    label, tone = listing.STATES[device.state]
    context = {
        "device": device,
        "state": str(label),
        "tone": tone,
        "facts": _facts(device, registers, now),
        "measured": _measured(device, devices(numbers), now),
        "alarms": [_alarm(one, registers, now) for one in alarms],
        "back": reverse("desk:city_events:devices"),
    }
    return render_desk(request, "city_events/device.html", context)


def _facts(device: Any, registers: City, now: datetime) -> list[Fact]:
    _version, catalogue = registers.catalogue(now)
    named = [catalogue.by_key[key].name for key in device.types if key in catalogue.by_key]
    upkeep = catalogue.by_key.get(device.upkeep)
    last, battery = _last(device), _battery(device)
    where = registers.register.label(device.managed_path)
    rows = [
        Fact(gettext("设备编号"), format_html('<span class="code">{}</span>', device.ref)),
        Fact(gettext("设备种类"), device.get_kind_display()),
        Fact(gettext("位置"), f"{where} {device.address}".strip()),
        Fact(gettext("监测对象"), device.object_name or device.object_ref),
        Fact(gettext("最后消息"), moment_text(last, now) if last else gettext("从未收到")),
        Fact(
            gettext("失联判定"),
            gettext("超过 %(n)d 分钟没有消息") % {"n": device.silent_minutes},
            hint=gettext("失联时上报：%(name)s") % {"name": upkeep.name} if upkeep else "",
        ),
    ]
    if named:
        rows.append(Fact(gettext("上报类别"), "、".join(named)))
    if battery is not None:
        rows.append(Fact(gettext("电量"), f"{battery}%"))
    return rows


def _measured(device: Any, register: Devices, now: datetime) -> list[Measured]:
    """What the device measures (2 statements)."""
    since = now - timedelta(hours=HOURS)
    hours: dict[str, list[tuple[datetime, float, float, int]]] = {}
    for row in ReadingHour.objects.filter(device=device, hour__gte=since).order_by("-hour"):
        values = [float(value) for value in row.points.values()]
        hours.setdefault(row.metric, []).append((row.hour, min(values), max(values), len(values)))
    today = now.astimezone(CITY_TIME).date()
    return [
        Measured(
            register.metrics[state.metric],
            state,
            str(PHASES[state.phase]),
            register.threshold(device, state.metric, today),
            hours.get(state.metric, []),
        )
        for state in SensorState.objects.filter(device=device).order_by("metric")
        if state.metric in register.metrics
    ]


def _alarm(one: Alarm, registers: City, now: datetime) -> dict[str, Any]:
    _version, catalogue = registers.catalogue(now)
    kind = catalogue.by_key.get(one.type_key)
    case: Case = one.case
    value = f"{one.value:g}" if one.metric else gettext("置信度 %(n)s") % {"n": f"{one.value:g}"}
    return {
        "alarm": one,
        "type": kind.name if kind else one.type_key,
        "value": value,
        "number": case.number,
        "url": reverse("desk:case", args=[case.number]),
    }


class UploadForm(forms.Form):
    """The table of devices."""

    file = forms.FileField(
        label=_("设备表"),
        help_text=_(".xlsx 或 .csv，最多 2000 行、2 MB；编号已有的设备会被修改。"),
        error_messages={"required": _("请选择文件"), "empty": _("文件是空的")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    use_required_attribute = False


_administrators = role_only("administrator", refusal=_("感知设备由系统管理员登记。"))


@_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def _device_import(request: HttpRequest) -> HttpResponse:
    """Upload a table; everything is taken in, or every fault is named and nothing is."""
    form, outcome = UploadForm(), None
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            registers = city(shell_of(request).numbers)
            try:
                rows = sheet.rows_of(file.name or "", file)
                with transaction.atomic():
                    outcome = sheet.take(
                        actor_of(request), rows, registers, timezone.now(), apply=True
                    )
            except SheetError as error:
                form.add_error("file", error.message)
    context = {
        "title": gettext("导入感知设备"),
        "form": form,
        "outcome": outcome,
        "back": reverse("desk:city_events:devices"),
    }
    wrong = bool(form.errors) or bool(outcome and outcome.faults)
    return render_desk(
        request, "city_events/device_import.html", context, status=422 if wrong else 200
    )


device_import = largest_body(3, _("文件超过 2 MB，没有读取。请分成几个文件。"))(_device_import)


@_administrators
@require_safe
def device_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet("填写")
        page.freeze_panes(1, 0)
        for place, (name, heading) in enumerate(sheet.COLUMNS.items()):
            page.write_string(0, place, heading, head)
            page.set_column(place, place, 18, text)
            page.write_string(1, place, sheet.EXAMPLE.get(name, ""), text)
        words = book.add_worksheet("设备种类")
        for place, (_code, label) in enumerate(Device.Kind.choices):
            words.write_string(place, 0, str(label))
    headers = {
        "Content-Disposition": content_disposition_header(True, "感知设备模板.xlsx") or "",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(out.getvalue(), content_type=MEDIA_TYPE, headers=headers)

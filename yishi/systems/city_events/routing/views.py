"""The desk's page of dispatch: the table in force, what is wrong with it, units that are away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from yishi.foundation.access.actors import Actor
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import officers_only, render_desk, require_role, shell_of
from yishi.foundation.ui.pickers import looked, unit_fields
from yishi.systems.city_events.catalogue.types import LEVELS, Catalogue
from yishi.systems.city_events.context import City, catalogue_version, city
from yishi.systems.city_events.rehearsing.words import unit_name
from yishi.systems.city_events.routing import absence
from yishi.systems.city_events.routing.checks import Findings, Gap, find, gaps
from yishi.systems.city_events.routing.models import UnitAbsence
from yishi.systems.city_events.routing.reading import hours_text, season_text
from yishi.systems.city_events.routing.table import DAYS, PARTNERS, Row
from yishi.systems.city_events.routing.versions import table_version

ROLES = ("dispatcher", "duty_leader", "administrator", "auditor", "unit_officer")
#: Who sees what was sent wrongly: whoever sees an area.
WIDE = ("dispatcher", "duty_leader", "administrator", "auditor")
ABSENCES_SHOWN = 50


def only(request: HttpRequest, roles: Sequence[str]) -> Actor:
    """The actor. Raises PermissionDenied for whoever has none of *roles*."""
    return require_role(request, *roles, refusal=gettext("您的角色不能查看派单规则。"))


class AwayForm(forms.Form):
    """A unit, from when to when, and who does its work meanwhile."""

    begin = forms.DateTimeField(
        label=_("开始时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": _("请填写开始时间"), "invalid": _("请填写日期和时间")},
    )
    end = forms.DateTimeField(
        label=_("结束时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": _("请填写结束时间"), "invalid": _("请填写日期和时间")},
    )
    reason = forms.CharField(
        label=_("离岗原因"),
        max_length=200,
        error_messages={"required": _("请写明离岗原因")},
        help_text=_("会写进派遣理由，例如：全员培训、防汛值守抽调。"),
    )
    use_required_attribute = False

    def __init__(self, register: Register, data: Any = None) -> None:
        super().__init__(data)
        given = data or {}
        fields = unit_fields(register, given, [], label=gettext("离岗单位"), required=True)
        more = unit_fields(
            register, given, [], label=gettext("代行单位"), required=False, name="deputy"
        )
        fields["unit_q"].label = gettext("查找离岗单位")
        more["deputy_q"].label = gettext("查找代行单位")
        self.fields = {**fields, **more, **self.fields}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row in words."""

    row: Row
    subject: str
    area: str
    when: str
    attributes: str
    target: str


def shown_row(row: Row, catalogue: Catalogue, register: Register) -> ShownRow:
    """*row* in words."""
    from yishi.systems.city_events.case_page import channel_label

    kind = catalogue.by_key.get(row.type_key)
    group = next((g for g in catalogue.groups if f"{g.kind}/{g.main}" == row.scenario), None)
    subject = kind.name if kind else group.main_name if group else row.subject
    when = [hours_text(row.hours), gettext(DAYS[row.days]) if row.days else ""]
    when += [season_text(row.season)]
    more = [
        "" if row.urgent is None else gettext("紧急") if row.urgent else gettext("非紧急"),
        *(gettext("合作平台") if c == PARTNERS else channel_label(c) for c in row.channels),
        *(gettext("编号 %(ref)s…") % {"ref": ref} for ref in row.objects),
    ]
    if row.unit:
        try:
            target = register.unit_by_code(row.unit).name
        except FieldError:
            target = row.unit
    else:
        function = register.functions.get(row.function, row.function)
        target = f"{function}（{gettext(LEVELS[row.level])}）"
    return ShownRow(
        row,
        subject or gettext("全部类别"),
        register.label(row.area) if row.area else gettext("全市"),
        " ".join(filter(None, when)) or "—",
        "、".join(filter(None, more)) or "—",
        target,
    )


@lru_cache(maxsize=8)
def _findings(catalogue: int, table: int) -> Findings:
    return find(table_version(table), catalogue_version(catalogue))


def gaps_now(registers: City, now: datetime) -> list[Gap]:
    """Types × counties without a responsible unit."""
    _version, catalogue = registers.catalogue(now)
    return gaps(catalogue, registers.register, timezone.localdate(now))


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def routing(request: HttpRequest) -> HttpResponse:
    """The table in force, conflicts, rows that never decide, gaps, and units that are away."""
    actor, now = only(request, ROLES), timezone.now()
    registers = city(shell_of(request).numbers)
    register = registers.register
    form = AwayForm(register, request.POST if request.method == "POST" else None)
    if request.method == "POST" and "look" in request.POST:
        form = looked(form, request.POST)
    elif request.method == "POST" and form.is_valid() and _marked(actor, register, form, now):
        return HttpResponseRedirect(reverse("desk:city_events:routing") + "#away")
    context = {
        "title": gettext("派单规则"),
        **_table_in_force(registers, now),
        "absences": _absences(actor, register, now),
        "form": form,
        "wide": actor.has(*WIDE),
        "export_url": export_url(request, "desk:city_events:routing-export"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "city_events/routing.html", context, status=status)


def _marked(actor: Actor, register: Register, form: AwayForm, now: datetime) -> bool:
    """Whether the unit that *form* names is away now; otherwise the form says why not."""
    values = form.cleaned_data
    deputy = values.get("deputy")
    try:
        absence.mark_away(
            actor,
            register,
            int(values["unit"]),
            values["begin"],
            values["end"],
            int(deputy) if deputy else None,
            values["reason"],
            now,
        )
    except FieldError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    return True


def _table_in_force(registers: City, now: datetime) -> dict[str, Any]:
    """The table's rows in words, and what is wrong with it."""
    register = registers.register
    version, catalogue = registers.catalogue(now)
    number = registers.tables.version_at(now)
    table, found = table_version(number), _findings(version, number)
    return {
        "table": table,
        "rows": [shown_row(row, catalogue, register) for row in table.rows],
        "conflicts": found.conflicts,
        "never": found.never,
        "gaps": [
            {
                "where": register.label(gap.path),
                "function": register.functions.get(gap.function, gap.function),
                "places": [register.label(path) for path in gap.places if path != gap.path],
                "types": [kind.name for kind in gap.types],
            }
            for gap in gaps_now(registers, now)
        ],
    }


def _absences(actor: Actor, register: Register, now: datetime) -> list[dict[str, Any]]:
    """Absences that last or are to come (1 statement)."""
    rows = UnitAbsence.objects.filter(valid_to__gt=now).order_by("valid_from")[:ABSENCES_SHOWN]
    return [
        {
            "absence": row,
            "unit": unit_name(register, row.unit_id),
            "deputy": unit_name(register, row.deputy_id),
            "now": row.valid_from <= now,
            "mine": absence.may_mark(actor, register.unit(row.unit_id)),
        }
        for row in rows
    ]


@officers_only
@require_POST
def end_absence(request: HttpRequest, absence_id: int) -> HttpResponse:
    """A unit is back, or will not be away after all."""
    actor = only(request, ROLES)
    register = city(shell_of(request).numbers).register
    if absence_id >= 2**63 or not absence.end_absence(actor, register, absence_id, timezone.now()):
        back = reverse("desk:city_events:routing")
        raise PageError(404, gettext("没有这条离岗登记，或已经结束。"), back=back)
    return HttpResponseRedirect(reverse("desk:city_events:routing") + "#away")

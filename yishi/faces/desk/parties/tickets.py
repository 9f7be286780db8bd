"""数据异议: applicants said that shared data is wrong; the data's owner answers."""

from __future__ import annotations

import uuid
from datetime import datetime

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from yishi.faces.desk.exports import CHUNK, GET_AND_POST, back_to
from yishi.faces.desk.parties.common import keeps_files, put_error
from yishi.foundation.access.accounts import kept_paths, within_paths
from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.audit import access_log
from yishi.foundation.parties import services
from yishi.foundation.parties.fields import open_value, shown_value
from yishi.foundation.parties.models import DataTicket
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.exports import Offer, counted, export_page, export_url
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk
from yishi.foundation.ui.parts import Fact, Tab
from yishi.foundation.ui.timetext import moment_text

PAGE = 50
TONES = {"open": "active", "confirmed": "good", "rejected": "neutral"}

TICKETS: Table[DataTicket] = Table(
    "data_tickets",
    _("数据异议"),
    (
        Column("opened", _("提出时间"), lambda row: row.opened_at, kind="moment", width=17),
        Column("label", _("信息项"), lambda row: row.label, width=24),
        Column("owner", _("来源"), lambda row: row.owner, width=20),
        Column("unit", _("核实单位"), lambda row: row.unit.name if row.unit else "", width=30),
        Column("state", _("状态"), lambda row: str(row.get_state_display())),
        Column("due", _("答复时限"), lambda row: row.due_at, kind="moment", width=17),
        Column("answered", _("答复时间"), lambda row: row.answered_at, kind="moment", width=17),
        Column("reason", _("答复说明"), lambda row: row.reason, width=40),
    ),
)


def tickets_for(actor: Actor) -> QuerySet[DataTicket]:
    """The tickets that *actor* answers: of the own units, of units within an administrator's reach,
    and those without a unit for the city's administrators."""
    units = [g.unit_id for g in actor.with_reach(Reach.UNIT) if g.unit_id]
    condition = Q(unit_id__in=units) if units else Q(pk__in=[])
    paths = kept_paths(actor)
    if paths:
        condition |= within_paths(paths, "unit__managed_path")
    if keeps_files(actor):
        condition |= Q(unit__isnull=True)
    return DataTicket.objects.filter(condition).select_related("unit", "party__file")


def narrowed(actor: Actor, state: str) -> QuerySet[DataTicket]:
    """Tickets of one state (open ones when none is named), what is due first at the top."""
    chosen = state if state in TONES else DataTicket.OPEN
    order = ("due_at", "id") if chosen == DataTicket.OPEN else ("-answered_at", "id")
    return tickets_for(actor).filter(state=chosen).order_by(*order)


@officers_only
@require_safe
def tickets(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, and what was answered (1 statement)."""
    actor, now = actor_of(request), timezone.now()
    state = request.GET.get("state", "")
    rows = list(narrowed(actor, state)[: PAGE + 1])
    labels = dict(DataTicket.STATES)
    context = {
        "rows": [(row, TONES[row.state]) for row in rows[:PAGE]],
        "more": len(rows) > PAGE,
        "now": now,
        "tabs": [
            Tab(str(labels[name]), f"?state={name}", None, name == (state or DataTicket.OPEN))
            for name in TONES
        ],
        "export_url": export_url(request, "desk:data-tickets-export"),
    }
    return render_desk(request, "desk/parties/tickets.html", context)


@officers_only
@require_http_methods(GET_AND_POST)
def export(request: HttpRequest) -> HttpResponseBase:
    """The list as a file: no values, no names of people."""
    state = request.GET.get("state", "")
    rows = narrowed(actor_of(request), state)

    def parts() -> list[Part]:
        return [Part(TICKETS, rows.iterator(CHUNK))]

    def filters() -> list[tuple[str, str]]:
        chosen = dict(DataTicket.STATES).get(state or DataTicket.OPEN, "")
        return [(gettext("状态"), str(chosen))]

    back = back_to(request, "desk:data-tickets")
    offer = Offer("data_tickets", TICKETS.title, parts, counted(rows), filters, back)
    return export_page(request, offer)


class AnswerForm(forms.Form):
    """The owner's answer."""

    answer = forms.ChoiceField(
        label=_("核实结果"),
        choices=[
            ("yes", _("属实：来源信息有误，按申请人的内容更正")),
            ("no", _("不属实：来源信息无误")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择核实结果")},
    )
    reason = forms.CharField(
        label=_("说明"),
        help_text=_("不属实时必须说明理由，申请人会看到。"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    use_required_attribute = False


@never_cache
@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, ticket: uuid.UUID) -> HttpResponse:
    """One ticket with both values; opening it is logged, the answer ends it."""
    actor, now = actor_of(request), timezone.now()
    rows = tickets_for(actor).select_related("said", "correction")
    found = rows.filter(pk=ticket).first()
    if found is None:
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            said = form.cleaned_data
            services.answer_ticket(
                found, said["answer"] == "yes", said["reason"], actor=actor, now=now
            )
            messages.success(request, gettext("已答复，申请人可以在“我的”中看到结果。"))
            return HttpResponseRedirect(reverse("desk:data-tickets"))
        except FieldError as error:
            put_error(form, error)
    if request.method == "GET":
        why = gettext("核实数据异议")
        access_log.look(actor.ref, "party.ticket_open", f"party:{found.party_id}", why, now)
    context = {"ticket": found, "facts": _facts(found, now), "form": form, "now": now}
    status = 422 if form.errors else 200
    return render_desk(request, "desk/parties/ticket.html", context, status=status)


@never_cache
@officers_only
@require_safe
def evidence(request: HttpRequest, ticket: uuid.UUID) -> HttpResponseBase:
    """The file that the applicant gave as evidence, for whoever answers the ticket; logged."""
    actor = actor_of(request)
    found = tickets_for(actor).filter(pk=ticket, attachment__isnull=False).first()
    if found is None or found.attachment_id is None:
        raise Http404
    answer = file_answer(found.attachment_id)
    why = gettext("核实数据异议")
    access_log.look(actor.ref, "party.ticket_file", f"party:{found.party_id}", why, timezone.now())
    return answer


def _facts(found: DataTicket, now: datetime) -> list[Fact]:
    """Both values: while the ticket is open in plain, for whoever answers has to compare them."""
    personal = found.party.is_person and found.state != DataTicket.OPEN
    correction = shown_value(found.key, open_value(found.correction), personal=personal)
    said = shown_value(found.key, open_value(found.said), personal=personal) if found.said else "—"
    facts = [
        Fact(gettext("主体"), services.shown_name(found.party.file)),
        Fact(gettext("信息项"), gettext(found.label) if found.label else found.key),
        Fact(gettext("来源"), gettext(found.owner) if found.owner else "—"),
        Fact(gettext("来源的内容"), said),
        Fact(gettext("申请人的内容"), correction),
        Fact(gettext("申请人的依据"), found.evidence or "—"),
        Fact(gettext("提出时间"), moment_text(found.opened_at, now)),
    ]
    if found.attachment_id is not None:
        url = reverse("desk:data-ticket-file", args=[found.pk])
        facts.insert(6, Fact(gettext("证明材料"), gettext("打开文件"), url=url))
    if found.answered_at is not None:
        facts.append(Fact(gettext("答复时间"), moment_text(found.answered_at, now)))
        facts.append(Fact(gettext("答复说明"), found.reason or "—"))
    return facts

"""我的: what the city knows of whom one acts for, corrections, mandates."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.faces.portal.account.forms import CorrectForm, MandateForm, ReasonForm, put_error
from yishi.foundation.access import portal_accounts
from yishi.foundation.access.actors import Actor
from yishi.foundation.audit.models import Look
from yishi.foundation.papers.uploads import accept_uploads, store
from yishi.foundation.parties import field_labels, services
from yishi.foundation.parties.models import HeldMaterial, Mandate, Party
from yishi.foundation.parties.naming import open_name, shown_name
from yishi.foundation.parties.registering import today_of
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import (
    MineSection,
    applicant_of,
    applicants_only,
    party_of,
    person_of,
    sections_of,
)
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.rendering import render_page

PURPOSE = "本人在门户办理授权"


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One known value as the party itself sees it."""

    key: str
    label: str
    value: str
    known: services.Known


def acted_for(request: HttpRequest) -> tuple[Actor, Party]:
    """The actor and the party for whom it acts (1 statement)."""
    actor = applicant_of(request)
    if actor is None:
        raise Http404
    return actor, party_of(actor)


@applicants_only
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The first page of one's own: the sections that systems registered."""
    actor, party = acted_for(request)
    now = timezone.now()
    context = {
        "party": party,
        "name": actor.name,
        "person": open_name(person_of(actor)) if actor.mandate_id else "",
        "sections": [
            (section, {**values, "now": now, "actor": actor})
            for section, values in sections_of(actor, now)
        ],
        "lapsed": portal_accounts.said_lapsed(request),
    }
    return render_page(request, "portal/account/mine.html", context)


def materials_section(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """Papers on file, those that count first."""
    party = party_of(actor)
    today = today_of(now)
    rows = services.all_of(party)
    return {"materials": [(row, standing(row, today)) for row in rows]}


def standing(row: HeldMaterial, today: date) -> tuple[str, str]:
    """(label, tone) of a paper at a day: what is stored, or that it has expired."""
    if row.status != HeldMaterial.VALID:
        return str(row.get_status_display()), "bad"
    if row.valid_to is not None and row.valid_to < today:
        return gettext("已过期"), "bad"
    if row.valid_to is not None and (row.valid_to - today).days <= 60:
        return gettext("即将到期"), "warn"
    return gettext("有效"), "good"


def fields_section(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """Known values with their sources, and the tickets."""
    party = party_of(actor)
    known = services.known_fields(party, today_of(now))
    lines = [
        FieldLine(key, field_labels.label(key), field_labels.value_label(key, value.value), value)
        for key, value in known.items()
    ]
    tickets = services.tickets_of([party])[:10]
    return {"lines": lines, "tickets": tickets, "may_correct": actor.acts_in("*")}


def mandates_section(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """Who acts for whom one acts for."""
    party = party_of(actor)
    person = person_of(actor)
    today = today_of(now)
    rows = [
        (m, open_name(m.agent.file), services.may_revoke(m, person, today))
        for m in services.mandates_of(party, today)
    ]
    return {"mandates": rows, "may_give": may_give(actor, party, person, today)}


def looks_section(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """Who looked into the file lately, and why: without the officers' names."""
    rows = Look.objects.filter(
        subject=f"party:{actor.party_id}", action__in=("party.reveal", "party.find")
    ).exclude(actor_ref__startswith="account:")
    return {"looks": list(rows.exclude(actor_ref="public").order_by("-at")[:10])}


def may_give(actor: Actor, party: Party, person: Party, today: date) -> bool:
    """Whether the signed-in person may let others act: for themselves, by law, or passing on."""
    if party.file_id == person.file_id:
        return True
    held = [m for m in services.mandates_of(party, today) if m.agent.file_id == person.file_id]
    return any(m.kind in Mandate.BY_LAW or m.may_pass_on for m in held)


@transaction.atomic
def _correct(
    actor: Actor, party: Party, key: str, form: CorrectForm, label: str, now: datetime
) -> None:
    """Store the evidence and the correction, or nothing."""
    given = form.cleaned_data["file"]
    rows = accept_uploads(
        [given] if given else [],
        actor_ref=actor.ref,
        now=now,
        field="file",
        purpose="evidence",
        photos_only=False,
        most=1,
    )
    for row in rows:
        row["about_kind"], row["about_id"] = "data_ticket", f"party:{party.id}"
    stored = store(rows) if rows else []
    services.correct_field(
        party,
        key,
        form.cleaned_data["value"],
        actor=actor,
        now=now,
        evidence=form.cleaned_data["evidence"],
        attachment_id=stored[0].pk if stored else None,
        label=label,
        personal=party.is_person,
    )


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def _correct_page(request: HttpRequest, key: str) -> HttpResponse:
    """Say that a value is wrong: the right one counts from now on, and its owner is told."""
    actor, party = acted_for(request)
    now = timezone.now()
    known = services.known_fields(party, today_of(now)).get(key)
    if known is None or not actor.acts_in("*"):
        raise Http404
    posted = request.method == "POST"
    form = CorrectForm(request.POST if posted else None, request.FILES if posted else None)
    label = field_labels.label(key)
    with override("zh-hans"):  # stored, and read by officers
        kept = field_labels.label(key)
    if posted and form.is_valid():
        try:
            _correct(actor, party, key, form, kept, now)
            messages.success(request, gettext("已按您填写的内容更正，并通知信息的来源单位核实。"))
            return HttpResponseRedirect(reverse("portal:mine"))
        except FieldError as error:
            put_error(form, error)
    shown = field_labels.value_label(key, known.value)
    context = {"form": form, "known": known, "label": label, "shown": shown}
    status = 422 if form.errors else 200
    return render_page(request, "portal/account/correct.html", context, status=status)


correct = largest_body(21, _("文件超过 20 MB，没有上传。请压缩后再试。"))(_correct_page)


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def mandate_new(request: HttpRequest) -> HttpResponse:
    """Let somebody act."""
    actor, party = acted_for(request)
    now = timezone.now()
    person = person_of(actor)
    if not may_give(actor, party, person, today_of(now)):
        raise Http404
    matters = field_labels.matters()
    form = MandateForm(request.POST if request.method == "POST" else None, matters=matters)
    if request.method == "POST" and form.is_valid():
        try:
            _give(actor, party, person, form.cleaned_data, now)
            messages.success(request, gettext("授权已生效。对方登录后可以选择以这个身份办事。"))
            return HttpResponseRedirect(reverse("portal:mine"))
        except FieldError as error:
            put_error(form, error, {"agent": "identifier"})
    context = {"form": form, "name": actor.name}
    status = 422 if form.errors else 200
    return render_page(request, "portal/account/mandate.html", context, status=status)


def _give(
    actor: Actor, party: Party, person: Party, said: Mapping[str, Any], now: datetime
) -> None:
    raw = services.PartyInput(
        said["name"], said["identifier"], said["identifier_kind"], simulated=party.simulated
    )
    agent, _made = services.find_or_create(raw, actor=actor, purpose=PURPOSE, now=now)
    services.give(
        party,
        agent,
        services.MandateInput(
            Mandate.AGENT,
            tuple(said.get("scope") or ("*",)),
            valid_to=said["valid_to"],
            may_pass_on=said["may_pass_on"],
        ),
        giver=person,
        actor=actor,
        now=now,
    )


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def mandate_end(request: HttpRequest, mandate: uuid.UUID) -> HttpResponse:
    """End a mandate."""
    actor, party = acted_for(request)
    now = timezone.now()
    person = person_of(actor)
    today = today_of(now)
    rows = {m.pk: m for m in services.mandates_of(party, today)}
    found = rows.get(mandate)
    if found is None or not services.may_revoke(found, person, today):
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.revoke(found, form.cleaned_data["reason"], actor=actor, now=now)
            messages.success(request, gettext("授权已撤销，立即失效。"))
            return HttpResponseRedirect(reverse("portal:mine"))
        except FieldError as error:
            put_error(form, error)
    context = {"form": form, "mandate": found, "agent": shown_name(found.agent.file)}
    status = 422 if form.errors else 200
    return render_page(request, "portal/account/mandate_end.html", context, status=status)


SECTIONS = (
    MineSection(
        "materials", _("我的证照和材料"), "portal/account/materials.html", materials_section, 200
    ),
    MineSection("fields", _("已有信息"), "portal/account/fields.html", fields_section, 300),
    MineSection("mandates", _("谁可以代办"), "portal/account/mandates.html", mandates_section, 400),
    MineSection("looks", _("查阅记录"), "portal/account/looks.html", looks_section, 900),
)

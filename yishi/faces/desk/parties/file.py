"""The file of a party (一人一档、一企一档): who it is, what it has, and its cases."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yishi.faces.desk.parties.common import (
    PurposeForm,
    keeps_files,
    party_of,
    state_purpose,
    stated_purpose,
)
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import LIFECYCLES
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.party_access import cases_of, visible_parties
from yishi.foundation.credit import effects, policy
from yishi.foundation.credit.book import book as credit_book
from yishi.foundation.credit.desk.common import line_of
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.parties import field_labels, services
from yishi.foundation.parties.fields import shown_value
from yishi.foundation.parties.identifier_codes import LEGAL_KIND_LABELS
from yishi.foundation.parties.identifiers import LABELS
from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.materials import shown_number
from yishi.foundation.parties.models import (
    Alias,
    HeldMaterial,
    Identifier,
    Mandate,
    Party,
    PartyMerge,
    Succession,
)
from yishi.foundation.parties.naming import open_alias
from yishi.foundation.parties.registering import today_of
from yishi.foundation.ui.desk import systems
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk
from yishi.foundation.ui.parts import Fact

MOST_CASES = 50


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper on file as drawn."""

    row: HeldMaterial
    number: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Value:
    """A known value as drawn."""

    label: str
    value: str
    known: services.Known


@dataclass(frozen=True, slots=True)
class Acting:
    """A mandate as drawn, with the other side of it."""

    mandate: Mandate
    name: str
    party_id: uuid.UUID
    open: bool


@never_cache
@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def party(request: HttpRequest, party: uuid.UUID) -> HttpResponse:
    """The file; the purpose is asked first, unless a search or a case said it."""
    found = party_of(request, party)
    form = PurposeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        state_purpose(request, found, form.cleaned_data["purpose"])
    purpose = stated_purpose(request, found)
    if not purpose:
        context = {"form": form, "back": reverse("desk:parties")}
        status = 422 if form.errors else 200
        return render_desk(request, "desk/parties/purpose.html", context, status=status)
    actor, now = actor_of(request), timezone.now()
    return render_desk(
        request, "desk/parties/file.html", _file(actor, found, now) | {"purpose": purpose}
    )


def _file(actor: Actor, found: Party, now: datetime) -> dict[str, Any]:
    today = today_of(now)
    cases = list(cases_of(actor, found).defer("trace_head", "data")[: MOST_CASES + 1])
    return {
        "party": found,
        "name": services.shown_name(found),
        "facts": _facts(found),
        "numbers": _numbers(found),
        "names": _names(found),
        "mandates": _acting(actor, services.mandates_of(found, today), of_agent=True),
        "acts_for": _acting(actor, services.acts_for(found, today), of_agent=False),
        "papers": [_paper(row, today) for row in services.all_of(found)],
        "values": _values(found, today),
        "tickets": services.tickets_of([found])[:20],
        "cases": [_case(case) for case in cases[:MOST_CASES]],
        "more_cases": len(cases) > MOST_CASES,
        "successions": _successions(actor, found),
        "merges": _merges(found),
        "keeps": keeps_files(actor),
        "now": now,
        **_credit(actor, found, now),
    }


def _credit(actor: Actor, found: Party, now: datetime) -> dict[str, Any]:
    """The party's credit as the officer may see it: records, measures, the last screenings."""
    known = credit_book()
    rows = CreditRecord.objects.visible_to(actor).filter(party__file_id=found.id)
    credit = list(rows.order_by("-document_date", "-id")[:MOST_CASES])
    measures = {one.measure for one in effects.of_records(credit, now)}
    return {
        "credit": [line_of(one, known) for one in credit],
        "measures": sorted(str(known.measures.get(one, one)) for one in measures),
        "opens_credit": policy.works_here(actor),
    }


def _facts(found: Party) -> list[Fact]:
    kind = str(LEGAL_KIND_LABELS.get(found.legal_kind, found.legal_kind))
    facts = [Fact(gettext("类型"), kind), Fact(gettext("状态"), found.get_state_display())]
    if found.ended_on:
        facts.append(Fact(gettext("终止日期"), f"{found.ended_on}", hint=found.end_reason))
    return facts


def _numbers(found: Party) -> list[tuple[str, str, Identifier]]:
    rows = Identifier.objects.filter(party__file_id=found.id).order_by("ended_on", "created_at")
    labels = {str(kind): str(label) for kind, label in LABELS.items()}
    return [(labels[row.kind], services.shown_identifier(row), row) for row in rows]


def _names(found: Party) -> list[tuple[Alias, str]]:
    rows = Alias.objects.filter(party__file_id=found.id).order_by("-valid_to", "created_at")
    return [(row, row.name or mask_name(open_alias(row))) for row in rows]


def _acting(actor: Actor, rows: Iterable[Mandate], *, of_agent: bool) -> list[Acting]:
    """Mandates with the other side's name; its file opens where the officer may see it."""
    sides = [(row, row.agent.file if of_agent else row.principal.file) for row in rows]
    seen = _seen(actor, [other.id for _, other in sides])
    return [
        Acting(row, services.shown_name(other), other.id, other.id in seen) for row, other in sides
    ]


def _seen(actor: Actor, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Those of *ids* whose files the officer may see (1 statement, none for none)."""
    if not ids:
        return set()
    return set(visible_parties(actor).filter(pk__in=ids).values_list("pk", flat=True))


def _paper(row: HeldMaterial, today: date) -> Paper:
    if row.status != HeldMaterial.VALID:
        label, tone = str(row.get_status_display()), "bad"
    elif row.valid_to is not None and row.valid_to < today:
        label, tone = gettext("已过期"), "bad"
    else:
        label, tone = gettext("有效"), "good"
    return Paper(row, shown_number(row), label, tone)


def _values(found: Party, today: date) -> list[Value]:
    return [
        Value(
            field_labels.label(key),
            field_labels.value_label(key, _shown(found, key, known.value)),
            known,
        )
        for key, known in services.known_fields(found, today).items()
    ]


def _shown(found: Party, key: str, value: str) -> str:
    personal = found.is_person or key.startswith(("legal_", "applicant_", "agent_"))
    return shown_value(key, value, personal=personal)


def _case(case: Case) -> dict[str, Any]:
    labels = {system.system: system.label for system in systems()}
    lifecycle = LIFECYCLES.get(case.system)
    state = lifecycle.states.get(case.state) if lifecycle else None
    return {
        "case": case,
        "system": labels.get(case.system, case.system),
        "state": str(state.label) if state else case.state,
    }


def _successions(actor: Actor, found: Party) -> list[tuple[Succession, str, uuid.UUID, bool]]:
    rows = Succession.objects.filter(
        Q(predecessor__file_id=found.id) | Q(successor__file_id=found.id)
    ).select_related("predecessor__file", "successor__file")
    sides = [
        (row, row.successor.file if row.predecessor.file_id == found.id else row.predecessor.file)
        for row in rows.order_by("on")
    ]
    seen = _seen(actor, [other.id for _, other in sides])
    return [(row, services.shown_name(other), other.id, other.id in seen) for row, other in sides]


def _merges(found: Party) -> list[PartyMerge]:
    rows = PartyMerge.objects.filter(kept__file_id=found.id)
    return list(rows.order_by("-made_at"))


@never_cache
@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, party: uuid.UUID) -> HttpResponse:
    """Names and numbers in plain, with a purpose that is logged."""
    found = party_of(request, party)
    form = PurposeForm(request.POST if request.method == "POST" else None)
    opened = None
    if form.is_bound and form.is_valid():
        opened = services.reveal(
            found,
            actor=actor_of(request),
            purpose=form.cleaned_data["purpose"],
            now=timezone.now(),
        )
    labels = {str(kind): str(label) for kind, label in LABELS.items()}
    context = {
        "form": form,
        "opened": opened,
        "numbers": [(labels[kind], value) for kind, value in opened.numbers] if opened else [],
        "back": reverse("desk:party", args=[found.pk]),
        "name": services.shown_name(found),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/parties/reveal.html", context, status=status)

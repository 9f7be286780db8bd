"""Handing an application in: the draft becomes a case, with its parties, papers and tickets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import PUBLIC, Actor
from yishi.foundation.approvals.routing import body_for
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import load_states, reserve
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.models.parties import AGENT, APPLICANT, CO_APPLICANT
from yishi.foundation.cases.party_access import party_row
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.fields import correct_field
from yishi.foundation.parties.file_models import Mandate
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.party_models import Party
from yishi.foundation.parties.registering import PartyInput, find_or_create
from yishi.foundation.places.values import Place, PlaceError, Responsibility
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import applications, notices, paperwork, together
from yishi.systems.life_events import states as s
from yishi.systems.life_events.applications import CORRECTED, Sealed
from yishi.systems.life_events.lifecycle import LIFECYCLE, day_of
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.versions import Registers, registers

NUMBER = "YS"
WINDOW_FUNCTION = "government_services"
PAPER_STEP = "paper"
#: Which fields say who applies: number, name, kind of number.
_NAMED = (
    ("uscc", "organisation_name", IdentifierKind.USCC),
    ("applicant_id", "applicant_name", IdentifierKind.RESIDENT_ID),
)


def applicant(application: Application, case_id: int | None = None) -> Actor:
    """The applicant as an actor: sees and moves his own case, nothing else."""
    own = case_id or application.case_id
    return replace(
        PUBLIC,
        kind="reporter",
        ref=applications.owner_of(application),
        name="申请人",
        own_cases=frozenset({own} if own else ()),
    )


def bodies(
    application: Application, made: Made, found: Registers, at: date
) -> dict[str, Responsibility]:
    """The body of each item by its level and the place (§S1.8 nr 9); items without one are left
    out."""
    place = found.register.place_of_division(application.division)
    answer: dict[str, Responsibility] = {}
    for key in made.route.items:
        item = made.book.items[key]
        try:
            unit = body_for(item, place, found.register, at)
        except PlaceError:
            continue
        if unit is not None:
            answer[key] = unit
    return answer


def submit(application_id: uuid.UUID, actor: Actor, now: datetime) -> CaseState:
    """Hand the draft in; a second time gives the same case.

    Raises:
        FieldError: for what is missing or contradicts a register; nothing is stored.
    """
    with transaction.atomic():
        rows = Application.objects.unscoped("the draft is the actor's own")
        rows = rows.select_for_update(of=("self",))
        application = rows.select_related("party__file").get(pk=application_id)
        if application.case_id is not None:
            return load_states([application.case_id])[0]
        found = registers()
        having = applications.owned(application, now)
        made = applications.made(application, having)
        content = applications.unseal(application)
        together_with = together.settle(application)
        content.values |= together.confirmed_values(together_with)
        _complete(application, made, content, having)
        notices.check(application, made, content.values, now)
        _find_party(application, content.values, actor, now)
        (case_id,) = reserve(1)
        if actor.kind == "reporter":
            actor = applicant(application, case_id)
        case = new_case(application, made, found, case_id, now)
        facts = first_facts(application, found, made, now)
        context = found.new_case(made.theme, made.book)
        change = plan(LIFECYCLE, case, "submit", actor, facts, now, context)
        change.rows += paper_rows(application, case_id, now)
        change.rows += _party_rows(application, case_id, now)
        change.rows += [
            party_row(case_id, one.party.file_id, CO_APPLICANT, now) for one in together_with
        ]
        commit([change])
        application.papers = _as_handed_in(application, made, having)
        application.marks = {}
        if together_with:
            applications.seal(application, content)
        application.case_id, application.submitted_at, application.updated_at = case_id, now, now
        application.save()
        _open_tickets(application, made, content, actor, now)
    return change.after


def _complete(
    application: Application, made: Made, content: Sealed, having: applications.Owned
) -> None:
    if applications.next_question(application) is not None:
        raise FieldError("answers", "还有引导问题没有回答", "required")
    if not application.division:
        raise FieldError("division", "请选择办理地点", "required")
    if not made.to_do:
        raise FieldError("items", "您已持有所需证照，没有需要办理的事项", "exempt")
    for one in applications.missing_fields(made, content.values):
        raise FieldError(one.key, f"请填写{one.label}", "required")
    for key in paperwork.missing_papers(application, made, having):
        paper = made.paper(key)
        raise FieldError(key, f"缺少材料：{paper.name if paper else key}", "required")


def _find_party(
    application: Application, values: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    """Who applies without having signed in is found or taken up by number and name."""
    if application.party is not None:
        return
    for number, name, kind in _NAMED:
        if not values.get(number) or not values.get(name):
            continue
        raw = PartyInput(name=values[name], identifier=values[number], identifier_kind=kind)
        try:
            party, _new = find_or_create(raw, actor=actor, purpose="一件事申请", now=now)
        except FieldError as error:
            field = {"identifier": number, "name": name}.get(error.field, error.field)
            raise FieldError(field, error.message, error.code) from error
        application.party = party
        return


def new_case(
    application: Application, made: Made, found: Registers, case_id: int, now: datetime
) -> CaseState:
    """The case of an application before its first move."""
    place = found.register.place_of_division(application.division)
    today = day_of(now)
    prefix = found.register.number_prefix
    return CaseState(
        id=case_id,
        number=f"{prefix}{NUMBER}{today:%Y%m%d}{case_id % 1_000_000:06d}",
        system=s.SYSTEM,
        type_key=made.theme.key,
        catalogue_id=application.catalogue_id,
        subject=made.theme.name,
        division=place.division,
        managed_path=place.managed_path,
        received_at=now,
        received_on=today,
    )


def first_facts(
    application: Application, found: Registers, made: Made, now: datetime
) -> dict[str, Any]:
    """What the first move is told. Raises FieldError where an item or the window has no body."""
    place = found.register.place_of_division(application.division)
    window = window_of(found, place, day_of(now))
    orphans = [made.book.items[k].name for k in _orphans(application, made, found, now)]
    if orphans:
        raise FieldError("division", f"该地点没有承办单位：{'、'.join(orphans)}", "no_unit")
    return {
        "unit": window.unit_id,
        "reason": window.reason,
        "items": application.items_id,
        "channel": application.channel,
        "answers": application.answers,
    }


def _orphans(application: Application, made: Made, found: Registers, now: datetime) -> list[str]:
    known = bodies(application, made, found, day_of(now))
    return [key for key in made.to_do if key not in known]


def window_of(found: Registers, place: Place, at: date) -> Responsibility:
    """The unit that keeps the place's unified window. Raises FieldError where there is none."""
    try:
        window = found.register.responsible(WINDOW_FUNCTION, place, at=at)
    except PlaceError as error:
        raise FieldError("division", error.message, "no_unit") from error
    if window is None:
        raise FieldError("division", "该地点没有综合窗口", "no_unit")
    return window


def paper_rows(application: Application, case_id: int, now: datetime) -> list[Any]:
    """The uploads as papers of the case."""
    rows: list[Any] = []
    seen: set[str] = set()
    for said in application.papers.values():
        for one in said.get("files", []):
            if one["id"] not in seen:
                seen.add(one["id"])
                row = {"case_id": case_id, "attachment_id": uuid.UUID(one["id"])}
                rows.append((CasePaper, row | {"step": PAPER_STEP, "at": now}))
    return rows


def _party_rows(application: Application, case_id: int, now: datetime) -> list[Any]:
    rows: list[Any] = []
    if application.party_id is not None:
        rows.append(party_row(case_id, application.party_id, APPLICANT, now))
    if application.mandate is not None:
        mandate = Mandate.objects.get(pk=application.mandate)
        rows.append(party_row(case_id, mandate.agent_id, AGENT, now, mandate.id))
    return rows


def _as_handed_in(
    application: Application, made: Made, having: applications.Owned
) -> dict[str, Any]:
    """The papers as they were handed in: also those on file, so that it stays known which."""
    states = paperwork.paper_states(application, made, having)
    return {key: state for key, state in states.items() if state}


def _file(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def _open_tickets(
    application: Application, made: Made, content: Sealed, actor: Actor, now: datetime
) -> None:
    """A known value that the applicant corrected: theirs counts, its owner is told."""
    party: Party | None = application.party
    if party is None:
        return
    for one in made.form:
        if application.sources.get(one.key, {}).get("said") != CORRECTED:
            continue
        correct_field(
            party,
            one.key,
            content.values[one.key],
            actor=actor,
            now=now,
            evidence=content.proofs.get(one.key, ""),
            attachment_id=_file(content.evidence.get(one.key, "")),
            label=one.label,
            personal=one.spec.personal,
        )

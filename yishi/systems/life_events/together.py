"""Several people in one application: each confirms the own part with the own real-name account.

The applicant names who else applies and which fields are theirs. Nothing is handed in before all
who are needed have confirmed; whoever is not needed and has not answered is left out. What a
co-applicant confirmed counts, whatever stands in the form; when the applicant writes something else
there, it is confirmed anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.values import read_value
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.parties.crypto import TokenError, decrypt, encrypt
from yishi.foundation.parties.file_models import Mandate
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.parties.party_models import Party
from yishi.foundation.parties.registering import PartyInput, find_or_create
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events.catalogue.form import FormField
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application, CoApplicant

PURPOSE = "一件事共同申请"
MOST = 10
#: Parts of the form that belong to somebody; the rest is about the matter.
PERSONAL_SECTIONS = frozenset({"applicant", "persons"})


def people_of(application: Application) -> list[CoApplicant]:
    """Who applies together with the applicant, in the order of asking (1 statement)."""
    rows = CoApplicant.objects.unscoped("the application was found by its owner or in scope")
    return list(rows.filter(application=application).select_related("party__file").order_by("id"))


def fields_to_share(made: Made) -> list[FormField]:
    """The fields that may be somebody's own part."""
    return [one for one in made.form if one.spec.section in PERSONAL_SECTIONS]


def ask(
    application: Application, made: Made, raw: Mapping[str, Any], actor: Actor, now: datetime
) -> CoApplicant:
    """Name somebody who applies too, by name and number.

    Raises:
        FieldError: ``name``, ``identifier``, ``relation`` or ``fields``.
    """
    known = {one.key for one in fields_to_share(made)}
    fields = [str(key) for key in raw.get("fields") or ()]
    if not set(fields) <= known:
        raise FieldError("fields", "申请表中没有这一项", "unknown")
    relation = clean_text("relation", raw.get("relation"), 20)
    if not relation:
        raise FieldError("relation", "请写明与申请人的关系，例如配偶、买受人", "required")
    person = PartyInput(
        name=clean_text("name", raw.get("name"), 60),
        identifier=clean_text("identifier", raw.get("identifier"), 40),
        identifier_kind=IdentifierKind.RESIDENT_ID,
    )
    with transaction.atomic():
        party, _new = find_or_create(person, actor=actor, purpose=PURPOSE, now=now)
        there = people_of(application)
        if len(there) >= MOST:
            raise FieldError("name", f"共同申请人最多 {MOST} 人", "too_many")
        if application.party is not None and application.party.file_id == party.file_id:
            raise FieldError("identifier", "申请人本人不用列为共同申请人", "self")
        taken = {key for one in there for key in one.fields}
        if taken & set(fields):
            raise FieldError("fields", "有一项已经由另一位共同申请人确认", "taken")
        try:
            with transaction.atomic():
                return CoApplicant.objects.create(
                    application=application,
                    party=party,
                    relation=relation,
                    required=bool(raw.get("required")),
                    fields=fields,
                    created_at=now,
                )
        except IntegrityError as error:
            raise FieldError("identifier", "这个人已经是共同申请人", "double") from error


def drop(application: Application, person: int) -> None:
    """Apply without somebody after all."""
    rows = CoApplicant.objects.unscoped("of the applicant's own draft")
    rows.filter(application=application, application__case__isnull=True, pk=person).delete()


def values_of(row: CoApplicant) -> dict[str, str]:
    """What the person confirmed, in plain; nothing before."""
    if not row.sealed:
        return {}
    try:
        found: dict[str, str] = json.loads(decrypt(row.sealed, context_of(row)))
    except (TokenError, ValueError):
        return {}
    return found


def context_of(row: CoApplicant) -> str:
    """What the sealed values are bound to."""
    return f"life_events.person:{row.pk}"


def own_part(row: CoApplicant, made: Made) -> list[FormField]:
    """The fields that are this person's, as far as the form still has them."""
    return [one for one in made.form if one.key in row.fields]


def confirm(
    row: CoApplicant, made: Made, raw: Mapping[str, object], by: str, now: datetime
) -> dict[str, str]:
    """The person has read the own part, corrected it where it was wrong, and agrees. Returns what
    is wrong by field; nothing is kept then."""
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for one in own_part(row, made):
        try:
            values[one.key] = read_value(one.key, one.spec, raw.get(one.key, ""), day_of(now))
        except FieldError as error:
            wrong[one.key] = error.message
            continue
        if not values[one.key]:
            wrong[one.key] = "请填写" + one.label
    if wrong:
        return wrong
    sealed = encrypt(json.dumps(values, ensure_ascii=False), context_of(row))
    _answer(row, CoApplicant.CONFIRMED, by, now, sealed=sealed)
    return {}


def refuse(row: CoApplicant, reason: str, by: str, now: datetime) -> None:
    """The person does not apply, or takes the agreement back before it was handed in."""
    text = clean_text("reason", reason, 200)
    if not text:
        raise FieldError("reason", "请写明原因，申请人会看到", "required")
    _answer(row, CoApplicant.REFUSED, by, now, reason=text)


def _answer(row: CoApplicant, state: str, by: str, now: datetime, **more: Any) -> None:
    with transaction.atomic():
        rows = Application.objects.unscoped("the person was asked").select_for_update()
        application = rows.get(pk=row.application_id)
        if application.case_id is not None:
            raise FieldError("state", "申请已经提交，不能再改", "handed_in")
        values = {"sealed": "", "reason": "", **more}
        people = CoApplicant.objects.unscoped("the person was asked").filter(pk=row.pk)
        people.update(state=state, answered_by=by, answered_at=now, **values)


def unsettle(application: Application, values: Mapping[str, str]) -> None:
    """The applicant wrote *values* into the form: whoever had confirmed something else is asked
    anew."""
    for row in people_of(application):
        said = values_of(row)
        if any(key in values and values[key] != value for key, value in said.items()):
            rows = CoApplicant.objects.unscoped("of the applicant's own draft")
            rows.filter(pk=row.pk).update(
                state=CoApplicant.ASKED, sealed="", answered_at=None, answered_by=""
            )


def confirmed_values(people: Iterable[CoApplicant]) -> dict[str, str]:
    """What all co-applicants confirmed: it stands in the form."""
    found: dict[str, str] = {}
    for row in people:
        if row.state == CoApplicant.CONFIRMED:
            found |= values_of(row)
    return found


def waited_for(people: Iterable[CoApplicant]) -> list[CoApplicant]:
    """Who must confirm before it can be handed in."""
    return [one for one in people if one.required and one.state != CoApplicant.CONFIRMED]


def settle(application: Application) -> list[CoApplicant]:
    """Before it is handed in: those who confirmed, the others being left out.

    Raises:
        FieldError: ``people``, while somebody who is needed has not confirmed.
    """
    people = people_of(application)
    missing = waited_for(people)
    if missing:
        names = "、".join(f"{shown_name(one.party.file)}（{one.relation}）" for one in missing)
        raise FieldError("people", f"还在等共同申请人确认：{names}", "waiting")
    rows = CoApplicant.objects.unscoped("of the applicant's own draft")
    rows.filter(application=application, state=CoApplicant.ASKED).update(state=CoApplicant.LEFT_OUT)
    return [one for one in people if one.state == CoApplicant.CONFIRMED]


def asked_of(actor: Actor) -> list[CoApplicant]:
    """What waits for the confirmation of whoever is signed in (1 statement)."""
    rows = CoApplicant.objects.unscoped("asked of the person who is signed in")
    own = rows.filter(
        party__file_id=actor.party_id,
        state=CoApplicant.ASKED,
        application__case__isnull=True,
    )
    return list(own.select_related("application").order_by("-id")[:20])


def row_for(actor: Actor, person: int) -> CoApplicant | None:
    """The request that *actor* may answer: the person, or a guardian by law, never an agent."""
    rows = CoApplicant.objects.unscoped("answered by the person who was asked")
    row: CoApplicant | None = (
        rows.filter(pk=person, party__file_id=actor.party_id)
        .select_related("application__party__file", "party__file")
        .first()
    )
    if row is None or actor.mandate_id is None:
        return row
    guardian = Mandate.objects.filter(pk=actor.mandate_id, kind=Mandate.GUARDIAN)
    return row if guardian.exists() else None


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts for the applicant, under which mandate."""

    name: str
    kind: str
    scope: tuple[str, ...]
    valid_from: Any
    valid_to: Any


def agent_of(application: Application) -> Agent | None:
    """The agent with the mandate that the application was made under (1 statement)."""
    if application.mandate is None:
        return None
    rows = Mandate.objects.select_related("agent__file").filter(pk=application.mandate)
    mandate = rows.first()
    if mandate is None:
        return None
    return Agent(
        shown_name(mandate.agent.file),
        str(mandate.get_kind_display()),
        tuple(mandate.scope),
        mandate.valid_from,
        mandate.valid_to,
    )


def follows(actor: Actor | None, application: Application) -> bool:
    """Whether *actor* is a co-applicant of an application that was handed in (1 statement)."""
    if actor is None or actor.mandate_id is not None:
        return False
    rows = CoApplicant.objects.unscoped("the person's own application")
    return bool(
        rows.filter(
            application=application, party__file_id=actor.party_id, state=CoApplicant.CONFIRMED
        ).exists()
    )


def name_of(party: Party | None) -> str:
    """The applicant's name as others may see it."""
    return shown_name(party.file) if party is not None else ""

"""Registering a project, verifying its code with the platform, and correcting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from yishi.foundation.access.actors import Actor, within
from yishi.foundation.cases.advance import one_locked
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import CaseParty
from yishi.foundation.cases.models.parties import APPLICANT
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties import contacts
from yishi.foundation.parties.models import Contact
from yishi.foundation.parties.services import PartyInput, find_or_create
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.context import City, city
from yishi.systems.construction.lifecycle import LIFECYCLE
from yishi.systems.construction.lifecycle.offices import office_for
from yishi.systems.construction.models import Parcel, ProjectCode, Unit
from yishi.systems.construction.owner_keys import key_row, new_code
from yishi.systems.construction.rules import codes
from yishi.systems.construction.rules.codes import Verdict, Verification
from yishi.systems.construction.rules.union import day_of
from yishi.systems.construction.services.inputs import ProjectInput, read_project
from yishi.systems.construction.states import SYSTEM, WINDOW

#: What the platform's no means for the field.
_REFUSED = {
    Verdict.UNKNOWN: "投资项目在线审批监管平台没有此项目代码，未通过核验的不得受理",
    Verdict.VOID: "此项目代码已作废，未通过核验的不得受理",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered project and the owner's query code, shown once."""

    case: CaseState
    owner_code: str


def verifier() -> codes.ProjectCodeVerifier:
    """The port to the platform: what the settings name, else the stub that says it is one."""
    path = getattr(settings, "PROJECT_CODE_VERIFIER", "")
    made: codes.ProjectCodeVerifier = import_string(path)() if path else codes.StubVerifier()
    return made


def register(actor: Actor, raw: Mapping[str, Any], now: datetime) -> Registered:
    """Register a project; with a verified code its first stage is open at once.

    Raises:
        FieldError: naming the field; nothing is stored. A code that the platform does not know or
            calls void is refused; one that cannot be verified now waits.
        MoveRefused: for an officer who is no window clerk there.
    """
    registers = city()
    number, book = registers.catalogue(now)
    wanted = read_project(raw, book, registers.register, day_of(now))
    verification = _verified(wanted)
    with transaction.atomic():
        (case_id,) = reserve(1)
        case = _new_case(case_id, number, wanted, registers, now)
        _may_register(actor, case, secret=wanted.code is None)
        changes = _planned(case, wanted, verification, actor, registers, now)
        owner_code = new_code()
        rows = [key_row(case_id, owner_code, now), *_rows(case_id, wanted, verification, now)]
        contact = _contact(wanted, now)
        if contact is not None:
            rows.append((Contact, dict(contact)))
        _refuse_taken(wanted)
        try:
            commit(changes, rows)
        except IntegrityError as error:
            raise FieldError("code", "此项目代码已经登记", "taken") from error
        _note_owner(actor, case_id, wanted, now)
    return Registered(changes[-1].after, owner_code)


def _verified(wanted: ProjectInput) -> Verification | None:
    if wanted.code is None:
        return None
    answer = verifier().verify(wanted.code)
    if answer.verdict in _REFUSED:
        raise FieldError("code", _REFUSED[answer.verdict], str(answer.verdict))
    return answer


def _may_register(actor: Actor, case: CaseState, *, secret: bool) -> None:
    windows = [grant for grant in actor.grants if grant.role == WINDOW]
    if actor.kind == "user" and not any(within(case.managed_path, g.scope) for g in windows):
        raise MoveRefused("role", "登记项目由项目所在地的综合窗口办理", case)
    if secret and not windows and actor.kind != "system":
        raise FieldError("secret", "涉密项目请到综合窗口登记，不在网上办理", "secret")


def _new_case(
    case_id: int, version: int, wanted: ProjectInput, registers: City, now: datetime
) -> CaseState:
    today = day_of(now)
    return CaseState(
        id=case_id,
        number=f"{registers.register.number_prefix}GC{today:%Y%m%d}{case_id % 1_000_000:06d}",
        system=SYSTEM,
        type_key=wanted.kind,
        catalogue_id=version,
        subject=wanted.name,
        division=wanted.place.division,
        managed_path=wanted.place.managed_path,
        lon=wanted.place.lon,
        lat=wanted.place.lat,
        received_at=now,
        received_on=today,
        secret=wanted.code is None,
    )


def _planned(
    case: CaseState,
    wanted: ProjectInput,
    verification: Verification | None,
    actor: Actor,
    registers: City,
    now: datetime,
) -> list[Change]:
    context = registers.for_case(case)
    policy = context.catalogue.policy
    office = office_for(registers.register, policy.window, case, now)
    facts = {"project": dict(wanted.data), "window": office}
    first = "register" if wanted.code is not None else "register_secret"
    changes = [plan(LIFECYCLE, case, first, actor, facts, now, context, trusted=True)]
    if verification is not None:
        changes.append(_answered(changes[-1].after, verification, registers, now))
    return changes


def _answered(
    case: CaseState, verification: Verification, registers: City, now: datetime
) -> Change:
    from yishi.foundation.access.actors import SYSTEM as ITSELF

    valid = verification.verdict is Verdict.VALID
    move = "verify_code" if valid else "code_not_verified"
    facts = {"verdict": str(verification.verdict), "source": verification.source}
    context = registers.for_case(case)
    return plan(LIFECYCLE, case, move, ITSELF, facts, now, context, trusted=True)


def _rows(
    case: int, wanted: ProjectInput, verification: Verification | None, now: datetime
) -> list[tuple[Any, dict[str, Any]]]:
    rows: list[tuple[Any, dict[str, Any]]] = []
    if wanted.code is not None and verification is not None:
        rows.append((ProjectCode, _code_row(case, wanted.code, verification, "", now)))
    for unit in wanted.units:
        rows.append((Unit, unit_row(case, unit)))
    for parcel in wanted.parcels:
        row = {"number": parcel.number, "use": parcel.use, "area": parcel.area}
        rows.append((Parcel, {"case_id": case, **row}))
    return rows


def unit_row(case: int, unit: Any) -> dict[str, Any]:
    """A unit as a row."""
    return {
        "case_id": case,
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind,
        "use": unit.use,
        "area": unit.area,
        "fire_class": unit.fire_class,
        "in_permit": True,
        "declared": [],
        "early": False,
    }


def _code_row(
    case: int, code: codes.ProjectCode, answer: Verification, reason: str, now: datetime
) -> dict[str, Any]:
    return {
        "case_id": case,
        "code": code.text,
        "legacy": code.legacy,
        "state": ProjectCode.CURRENT,
        "verdict": str(answer.verdict),
        "source": answer.source,
        "reason": reason,
        "begins_at": now,
    }


def _contact(wanted: ProjectInput, now: datetime) -> contacts.ContactRow | None:
    if not wanted.agent["phone"]:
        return None
    name, phone = wanted.agent["name"], wanted.agent["phone"]
    row = contacts.contact_row(name=name, phone=phone, now=now, prefix="agent_", area_code="0710")
    wanted.data["contacts"] = [[str(row["id"]), "sms"]]
    return row


def _refuse_taken(wanted: ProjectInput) -> None:
    if wanted.code is None:
        return
    taken = ProjectCode.objects.unscoped("codes are unique in the city").filter(
        code=wanted.code.text, state=ProjectCode.CURRENT
    )
    if taken.exists():
        raise FieldError("code", "此项目代码已经登记", "taken")


def _note_owner(actor: Actor, case: int, wanted: ProjectInput, now: datetime) -> None:
    """The project stands in its owner's file too."""
    asked = PartyInput(wanted.owner_name, wanted.owner_uscc, "uscc", prefix="owner_")
    try:
        party, _new = find_or_create(asked, actor=actor, purpose="登记工程建设项目", now=now)
    except FieldError as error:
        field = {"owner_identifier": "owner_uscc"}.get(error.field, error.field)
        raise FieldError(field, error.message, error.code) from error
    CaseParty.objects.create(case_id=case, party=party, role=APPLICANT, at=now)


def verify_again(actor: Actor, number: str, now: datetime) -> CaseState:
    """Ask the platform once more for a project that waits.

    Raises:
        CaseNotFound, MoveRefused, FieldError: the last for a code that is not valid.
    """
    registers = city()
    with transaction.atomic():
        case = one_locked(actor, number)
        if case.state != "code_pending":
            raise MoveRefused("state", "项目代码已经核验", case)
        code = codes.read_code("code", str(case.data["code"]), day_of(now))
        answer = verifier().verify(code)
        change = _answered(case, answer, registers, now)
        rows = ProjectCode.objects.unscoped("the locked project's own").filter(
            case_id=case.id, state=ProjectCode.CURRENT
        )
        rows.update(verdict=str(answer.verdict), source=answer.source)
        commit([change])
    return change.after


def correct_code(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Give a project another code; the old one stays in its history, and the new one is verified.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    from yishi.foundation.cases.inputs import read_facts

    registers = city()
    facts = read_facts(LIFECYCLE.moves["correct_code"], raw)
    code = codes.read_code("code", facts["code"], day_of(now))
    if not codes.in_city(code, registers.register.root):
        raise FieldError("code", f"项目代码的地区段 {code.region} 不属于本市", "region")
    answer = verifier().verify(code)
    if answer.verdict in _REFUSED:
        raise FieldError("code", _REFUSED[answer.verdict], str(answer.verdict))
    with transaction.atomic():
        case = one_locked(actor, number)
        if case.secret:
            raise MoveRefused("guard", "涉密项目没有项目代码", case)
        facts["code"] = code.text
        context = registers.for_case(case)
        changes = [plan(LIFECYCLE, case, "correct_code", actor, facts, now, context)]
        if case.state == "code_pending":
            changes.append(_answered(changes[-1].after, answer, registers, now))
        old = ProjectCode.objects.unscoped("the locked project's own").filter(
            case_id=case.id, state=ProjectCode.CURRENT
        )
        old.update(state=ProjectCode.REPLACED, ends_at=now, reason=facts["reason"])
        row = _code_row(case.id, code, answer, facts["reason"], now)
        try:
            commit(changes, [(ProjectCode, row)])
        except IntegrityError as error:
            raise FieldError("code", "此项目代码已经登记", "taken") from error
    return changes[-1].after

"""Ways out before the licence: withdrawn, to the ordinary route with one click, refused for fraud;
and the holder's own giving up afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import owning
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.models import Certificate
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.context import city, day_of, locked
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import CreditFact
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import bars, facts, ordinary, tasks_of
from yishi.systems.pledge_licences.services.beginning import pledge_of, unseal


def withdraw(actor: Actor, number: str, now: datetime, *, note: str = "") -> CaseState:
    """Take the pledge back: until the decision. Raises CaseNotFound, MoveRefused."""
    return _left(actor, number, "withdraw", {"note": clean_text("note", note)}, now)


def _left(
    actor: Actor, number: str, move: str, facts: Mapping[str, Any], now: datetime
) -> CaseState:
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        change = plan(LIFECYCLE, case, move, owning(actor, case), facts, now, found.for_case(case))
        commit([change])
    return change.after


def to_ordinary(actor: Actor, number: str, now: datetime) -> CaseState:
    """Open the ordinary application with the values already given, and end this one: one commit.
    Returns the item's case; its number stands in ``data["item_number"]`` of the pledge's.

    The way back is always open: excluded, unknown, or only not wanting to pledge.

    Raises CaseNotFound, MoveRefused, FieldError.
    """
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        actor = owning(actor, case)
        pledge = pledge_of(case)
        item = found.items(now).items[found.for_case(case).catalogue.licences[case.type_key].item]
        where = (case.division, case.data["channel"])
        opened = ordinary.opened(actor, item, pledge.holder, unseal(pledge), where, now)
        told = {"item_number": opened.after.number}
        ended = plan(LIFECYCLE, case, "to_ordinary", actor, told, now, found.for_case(case))
        trade, premises = case.data["trade"], case.data["premises_key"]
        rows = [ordinary.trade_row(opened, pledge.holder, trade, premises, now)] if trade else []
        commit([ended, opened], rows)
    return opened.after


def refuse_false(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """不予许可 for false papers caught before the grant: ``note`` (facts and reasons). Where health
    or safety is concerned nobody applies again for one year (行政许可法 art. 78); a credit record
    is written in the same commit.

    Raises CaseNotFound, MoveRefused, FieldError.
    """
    found = city()
    note = clean_text("note", raw.get("note"))
    if not note:
        raise FieldError("note", "请写明事实和理由", "required")
    with transaction.atomic():
        case = locked(actor, number)
        pledge = pledge_of(case)
        context = found.for_case(case)
        licence = context.catalogue.licences[case.type_key]
        rows: list[Any] = bars.rows_after(
            pledge.holder,
            case.id,
            licence.item,
            day_of(now),
            health_or_safety=licence.health_or_safety,
            granted=False,
        )
        until = max((row["until"] for _model, row in rows if row["until"]), default=None)
        told = {"note": note, "bar_until": until.isoformat() if until else ""}
        change = plan(LIFECYCLE, case, "refuse_false", actor, told, now, context)
        record, more = credit.record_of(
            credit.FALSE,
            pledge.holder,
            licence,
            case_id=case.id,
            document_no=f"{case.number}不予许可",
            authority=found.base.places.unit_name(case.unit_id),
            unit_id=case.unit_id or case.data["regulator"],
            on=day_of(now),
            actor=actor,
            now=now,
        )
        commit([change], [*rows, *more, facts.row(case, CreditFact.FALSE, now)])
        credit.tell(record, now)
    return change.after


def give_up(actor: Actor, number: str, now: datetime, *, note: str = "") -> CaseState:
    """The holder gives the licence up (申请注销): cancelled at once, the composite with it.

    Raises CaseNotFound, MoveRefused.
    """
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        told = {"note": clean_text("note", note)}
        change = plan(
            LIFECYCLE, case, "give_up", owning(actor, case), told, now, found.for_case(case)
        )
        end_licence(case, Held.CANCELLED, now)
        tasks_of.void(case.id, now)
        set_certificate(case, "cancelled", "持证人申请注销", actor, now)
        commit([change])
    return change.after


def end_licence(case: CaseState, state: str, now: datetime) -> None:
    """The licence counts no longer (1 statement)."""
    rows = Held.objects.unscoped("the locked case's own").filter(case_id=case.id)
    rows.filter(state=Held.VALID).update(state=state, ended_at=now)


def set_certificate(
    case: CaseState, status: str, reason: str, actor: Actor, now: datetime
) -> Certificate:
    """The certificate's status, in the same transaction; the composite follows by listener.

    Raises:
        MoveRefused: when the certificate may not become that.
    """
    certificate = Certificate.objects.get(pk=case.data["certificate"])
    try:
        return certificates.set_status(certificate, status, reason, actor=actor, now=now)
    except FieldError as error:
        raise MoveRefused("guard", error.message, case) from error

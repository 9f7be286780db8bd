"""异议: anybody may object to a party on the notice; it stops that party, the others go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.parties import crypto
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.context import City, city, day_of
from yishi.systems.direct_benefits.models import Batch, Objection, Payout
from yishi.systems.direct_benefits.services import funding, listing, moving, opening
from yishi.systems.direct_benefits.services.moving import Step
from yishi.systems.direct_benefits.sight import BatchNotFound, objection_of

SEALED = "direct_benefits.objections"


def object_to(number: str, payout_id: int, raw: Mapping[str, Any], now: datetime) -> Objection:
    """Take in an objection of the public: ``name``, ``contact`` and ``reason``, kept sealed.

    Raises:
        FieldError: naming the field; ``payout`` when the notice is over or it is not on it.
        BatchNotFound: for a batch without a notice.
    """
    words = _words(raw)
    with transaction.atomic():
        batch = _noticed(number)
        found = city()
        if batch.notice_until is None or now > batch.notice_until:
            raise FieldError("payout", "公示期已结束", "over")
        rows = Payout.objects.unscoped("what is on notice is everybody's").select_related("party")
        payout = rows.filter(batch=batch, pk=payout_id).first()
        if payout is None or payout.state not in ("noticed", "suspended"):
            raise FieldError("payout", "公示名单中没有该企业", "unknown")
        days = found.limits_at(now)[1].limits["objection"]
        objection = Objection.objects.create(
            number=_number(found, now),
            payout=payout,
            sealed=seal(words),
            raised_at=now,
            due_at=opening.due(found, days, now),
        )
        if payout.state == "noticed":
            _suspend(payout, objection, days.clock, now, found)
            moving.recount(batch)
    return objection


def _words(raw: Mapping[str, Any]) -> dict[str, str]:
    found = {
        "name": clean_text("name", raw.get("name"), 60),
        "contact": clean_text("contact", raw.get("contact"), 60),
        "reason": clean_text("reason", raw.get("reason"), 1000),
    }
    for field, asked in (("contact", "请留下联系方式，以便告知核实结果"), ("reason", "请写明理由")):
        if not found[field]:
            raise FieldError(field, asked, "required")
    return found


def _noticed(number: str) -> Batch:
    rows = Batch.objects.unscoped("what is on notice is everybody's").filter(
        number=number[:40], notice_from__isnull=False
    )
    batch: Batch | None = rows.select_for_update().first()
    if batch is None:
        raise BatchNotFound(number)
    return batch


def _number(found: City, now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('direct_benefits_objection', 'id'))")
        serial = int(cursor.fetchone()[0])
    return f"{found.places.number_prefix}DY{day_of(now):%Y%m%d}{serial % 1_000_000:06d}"


def _suspend(
    payout: Payout, objection: Objection, limit: tuple[str, str], now: datetime, found: City
) -> None:
    facts = {"objection": objection.number, "limit": limit}
    gone = {"reason_code": "objection", "reason": "收到异议，正在核实"}
    moving.move_many(ITSELF, "suspend", [Step(payout, facts, gone)], now, found)


def decide_objection(
    actor: Actor, number: str, upheld: bool, finding: str, now: datetime
) -> Objection:
    """Decide an objection: upheld, the party is struck; rejected, it goes on once nothing else is
    open against it, and where the others' money was asked for meanwhile, with what was set aside.

    Raises:
        FieldError: ``finding`` missing, ``objection`` decided before.
        CaseNotFound, MoveRefused.
    """
    said = clean_text("finding", finding, 500)
    if not said:
        raise FieldError("finding", "请写明核实情况", "required")
    with transaction.atomic():
        seen = objection_of(actor, number)
        batch, found = listing.mine(actor, seen.payout.batch.number), city()
        rows = Objection.objects.unscoped("seen above").select_related("payout__party")
        objection: Objection = rows.select_for_update(of=("self",)).get(pk=seen.pk)
        if objection.state != Objection.OPEN:
            raise FieldError("objection", "该异议已有结论", "decided")
        objection.state = Objection.UPHELD if upheld else Objection.REJECTED
        objection.decided_at, objection.decided_by, objection.finding = now, actor.ref, said
        objection.save(update_fields=["state", "decided_at", "decided_by", "finding"])
        _apply(actor, batch, objection, said, now, found)
        listing.finish(batch)
    return objection


def _apply(
    actor: Actor, batch: Batch, objection: Objection, said: str, now: datetime, found: City
) -> None:
    payout = objection.payout
    if payout.state != "suspended":
        return  # struck or declined meanwhile
    if objection.state == Objection.UPHELD:
        listing.take_off(actor, batch, [payout], "objection", f"异议成立：{said}", now, found)
        others = Objection.objects.unscoped("of the payout that was struck")
        others.filter(payout=payout, state=Objection.OPEN).update(
            state=Objection.UPHELD,
            decided_at=now,
            decided_by=actor.ref,
            finding=f"已按异议{objection.number}剔除",
        )
        return
    still = Objection.objects.unscoped("of one payout").filter(payout=payout, state=Objection.OPEN)
    if still.exists():
        return
    facts: dict[str, Any] = {"objection": objection.number, "note": said}
    move = "reject_objection"
    if payout.reserved:
        move = "reject_objection_late"
        facts |= funding.asked_facts(batch, payout, found, now)
    gone = {"reason_code": "", "reason": ""}
    moving.move_many(actor, move, [Step(payout, facts, gone)], now, found)


def seal(words: Mapping[str, str]) -> str:
    """Who objects, and what is said, as a token."""
    return crypto.encrypt(orjson.dumps(dict(words)).decode(), SEALED)


def unseal(objection: Objection) -> dict[str, str]:
    """The words in plain: for whoever looks into the objection."""
    if not objection.sealed:
        return {}
    found: dict[str, str] = orjson.loads(crypto.decrypt(objection.sealed, SEALED))
    return found

"""追回: notice → views → decision → repayment by a plan → set-off only where item and law allow.

Grounds and who erred are kept apart: a credit record follows fraud only (false data of the party),
never an error of the administration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, models, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.parties import crypto
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import City, city, day_of
from yishi.systems.direct_benefits.models import Batch, Clawback, Payout, Repayment
from yishi.systems.direct_benefits.ports import credit, items, money
from yishi.systems.direct_benefits.services import funding, moving, opening
from yishi.systems.direct_benefits.services.moving import Step
from yishi.systems.direct_benefits.sight import payout_of

VIEWS = "direct_benefits.views"
GROUNDS = dict(Clawback.GROUNDS)
ERRED = dict(Clawback.ERRED)
MOST_PARTS = 60


def notice(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> Clawback:
    """告知: ``ground``, ``erred``, ``facts``, ``basis`` and ``amount_fen`` (all that was paid
    unless said otherwise). The party may be heard for the days of the city's rule.

    Raises:
        FieldError: naming the field.
        CaseNotFound, MoveRefused.
    """
    with transaction.atomic():
        payout, batch, found = _locked(actor, number)
        _officer(actor, batch)
        values = _noticed(payout, raw)
        days = found.limits_at(now)[1].limits["views"]
        until = opening.due(found, days, now)
        claw = Clawback.objects.create(
            number=_number(found, now),
            payout=payout,
            noticed_at=now,
            views_until=until,
            **values,
        )
        facts = {
            "unit": batch.unit_id,
            "clawback": claw.number,
            "ground": claw.ground,
            "erred": claw.erred,
            "amount": claw.amount_fen,
            "views_until": until,
            "note": claw.facts,
        }
        moving.move_many(actor, "claw_notice", [Step(payout, facts)], now, found)
        moving.recount(batch)
    return claw


def _noticed(payout: Payout, raw: Mapping[str, Any]) -> dict[str, Any]:
    ground = clean_text("ground", raw.get("ground"), 24)
    if ground not in GROUNDS:
        raise FieldError("ground", "请选择追回的事由", "required")
    erred = clean_text("erred", raw.get("erred"), 16)
    if erred not in ERRED:
        raise FieldError("erred", "请写明由谁的过错造成", "required")
    facts = clean_text("facts", raw.get("facts"), 1000)
    if not facts:
        raise FieldError("facts", "请写明事实和证据", "required")
    item = items.benefit(payout.batch.item_version_id)
    basis = clean_text("basis", raw.get("basis"), 200) or item.recovery.basis
    if not basis:
        raise FieldError("basis", "请写明追回的依据", "required")
    paid = payout.paid_fen + payout.set_off_fen
    most = paid - _repaid_before(payout)
    fen = raw.get("amount_fen")
    fen = most if fen in (None, "") else _fen("amount_fen", fen)
    if not 0 < fen <= most:
        raise FieldError("amount_fen", "追回金额应大于零且不超过已兑现未退还的金额")
    return {"ground": ground, "erred": erred, "facts": facts, "basis": basis, "amount_fen": fen}


def _repaid_before(payout: Payout) -> int:
    rows = Clawback.objects.unscoped("of one payout").filter(payout=payout)
    return int(rows.aggregate(total=models.Sum("repaid_fen"))["total"] or 0)


def _fen(field: str, value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise FieldError(field, "应为整数（分）") from None


def views(actor: Actor, number: str, text: str, now: datetime) -> Clawback:
    """陈述申辩: what the party says, kept sealed; only while its time runs.

    Raises:
        FieldError: ``text`` missing or too late.
        CaseNotFound, MoveRefused.
    """
    said = clean_text("text", text, 2000)
    if not said:
        raise FieldError("text", "请写明您的意见", "required")
    with transaction.atomic():
        payout, _batch, found = _locked(actor, number)
        claw = _open(payout, Clawback.NOTICED)
        if now > claw.views_until:
            raise FieldError("text", "陈述申辩期限已过", "late")
        claw.views_sealed, claw.views_at = crypto.encrypt(said, VIEWS), now
        claw.save(update_fields=["views_sealed", "views_at"])
        moving.move_many(actor, "views", [Step(payout, {"clawback": claw.number})], now, found)
    return claw


def said(claw: Clawback) -> str:
    """What the party said, in plain: for whoever decides and the party itself."""
    return crypto.decrypt(claw.views_sealed, VIEWS) if claw.views_sealed else ""


def decide(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> Clawback:
    """决定追回: ``decision`` in words and ``plan``, parts with their days that add up to the sum.

    Raises:
        FieldError: naming the field.
        CaseNotFound, MoveRefused: also while the party may still be heard.
    """
    words = clean_text("decision", raw.get("decision"), 1000)
    if not words:
        raise FieldError("decision", "请写明决定的理由", "required")
    with transaction.atomic():
        payout, batch, found = _locked(actor, number)
        _officer(actor, batch)
        claw = _open(payout, Clawback.NOTICED)
        parts = plan_of(raw.get("plan"), claw.amount_fen, day_of(now))
        until = datetime.combine(
            date.fromisoformat(parts[-1]["due"]) + timedelta(days=1), time.min, SHANGHAI
        ) - timedelta(microseconds=1)
        record, rows = _record(actor, batch, claw, found, now)
        claw.state, claw.decided_at, claw.decided_by = Clawback.DECIDED, now, actor.ref
        claw.decision, claw.plan = words, parts
        claw.credit_record = record.pk if record is not None else None
        claw.save(
            update_fields=["state", "decided_at", "decided_by", "decision", "plan", "credit_record"]
        )
        facts = {
            "clawback": claw.number,
            "amount": claw.amount_fen,
            "plan": parts,
            "repay_until": until,
            "finance": funding.finance_of(batch, found, now),
            "record": str(record.pk) if record is not None else None,
            "note": words,
        }
        moving.move_many(actor, "claw_decide", [Step(payout, facts)], now, found, rows=rows)
        if record is not None:
            credit.tell(record, now)
        moving.recount(batch)
    return claw


def plan_of(raw: Any, fen: int, today: date) -> list[dict[str, Any]]:
    """A plan of repayment, checked: days in their order from today, parts that add up.

    Raises:
        FieldError: ``plan``.
    """
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not 0 < len(raw) <= MOST_PARTS:
        raise FieldError("plan", "请列出退还计划：日期和金额", "required")
    parts: list[dict[str, Any]] = []
    last = today
    for one in raw:
        if not isinstance(one, Mapping):
            raise FieldError("plan", "每期应有日期和金额")
        try:
            due = date.fromisoformat(str(one.get("due")))
        except ValueError:
            raise FieldError("plan", "日期应为 年-月-日") from None
        part = _fen("plan", one.get("fen"))
        if part <= 0 or due < last:
            raise FieldError("plan", "金额应大于零，日期应从今天起依次排列")
        last = due
        parts.append({"due": due.isoformat(), "fen": part})
    if sum(part["fen"] for part in parts) != fen:
        raise FieldError("plan", "各期金额之和应等于追回金额", "sum")
    return parts


def _record(
    actor: Actor, batch: Batch, claw: Clawback, found: City, now: datetime
) -> tuple[Any, moving.Rows]:
    """A credit record for fraud, and for nothing else."""
    if claw.ground != "false_data" or claw.erred != "party":
        return None, []
    return credit.fraud_record(
        claw.payout.party,
        number=claw.number,
        item=batch.item_name,
        authority=found.places.unit_name(batch.unit_id),
        unit_id=batch.unit_id,
        case_id=claw.payout.case_id,
        actor=actor,
        now=now,
    )


def drop(actor: Actor, number: str, note: str, now: datetime) -> Clawback:
    """不予追回: what was paid stands. Raises FieldError ``note``, CaseNotFound, MoveRefused."""
    words = clean_text("note", note, 1000)
    if not words:
        raise FieldError("note", "请写明理由", "required")
    with transaction.atomic():
        payout, batch, found = _locked(actor, number)
        _officer(actor, batch)
        claw = _open(payout, Clawback.NOTICED)
        claw.state, claw.decided_at, claw.decided_by = Clawback.DROPPED, now, actor.ref
        claw.decision = words
        claw.save(update_fields=["state", "decided_at", "decided_by", "decision"])
        facts = {"clawback": claw.number, "note": words}
        moving.move_many(actor, "claw_drop", [Step(payout, facts)], now, found)
        moving.recount(batch)
    return claw


def repay(actor: Actor, number: str, fen: int, key: str, now: datetime) -> Clawback:
    """Record that money came back, under the number of its receipt; the same receipt again changes
    nothing. The budget line gets it back.

    Raises:
        FieldError: ``fen`` more than is owed, ``key`` missing or another sum under it.
        CaseNotFound, MoveRefused.
    """
    receipt = clean_text("key", key, 60)
    if not receipt:
        raise FieldError("key", "请填写缴款凭证号", "required")
    with transaction.atomic():
        payout, batch, found = _locked(actor, number)
        if not actor.has(s.MAKER, s.CHECKER):
            _officer(actor, batch)
        known = Repayment.objects.filter(key=receipt).select_related("clawback").first()
        if known is not None:
            if known.clawback.payout_id == payout.pk and known.fen == fen:
                return known.clawback
            raise FieldError("key", "该凭证号已登记为其他款项", "conflict")
        claw = _open(payout, Clawback.DECIDED)
        _owed(claw, fen)
        row = Repayment(
            clawback=claw, kind=Repayment.MONEY, fen=fen, key=receipt, at=now, by=actor.ref
        )
        money.claw_back(batch, payout, fen, receipt, now)
        _take_back(actor, payout, batch, claw, row, now, found)
    return claw


def set_off(actor: Actor, number: str, against: int, fen: int, law: str, now: datetime) -> Clawback:
    """抵扣: take what is owed from another payout of the same party that waits for its money; only
    where the item's rule allows it and a law is named.

    Raises:
        FieldError: ``law`` without a law or where the item does not allow it; ``against`` another
            party's or not waiting; ``fen``.
        CaseNotFound, MoveRefused.
    """
    named = clean_text("law", law, 200)
    with transaction.atomic():
        payout, batch, found = _locked(actor, number)
        _officer(actor, batch)
        claw = _open(payout, Clawback.DECIDED)
        rule = items.benefit(batch.item_version_id).recovery
        if not rule.set_off:
            raise FieldError("law", "本事项未规定可以抵扣，应由企业缴回", "not_allowed")
        named = named or rule.law
        if not named:
            raise FieldError("law", "抵扣须有法律依据", "required")
        _owed(claw, fen)
        other, its_batch = _other(payout, against, fen)
        other.set_off_fen += fen
        moving.store([other])
        row = Repayment(
            clawback=claw,
            kind=Repayment.SET_OFF,
            fen=fen,
            key=f"set_off:{claw.pk}:{other.pk}",
            against=other,
            law=named,
            at=now,
            by=actor.ref,
        )
        money.set_off(its_batch, other, batch, payout, f"off:{claw.pk}", fen, now)
        _take_back(actor, payout, batch, claw, row, now, found)
    return claw


def _other(payout: Payout, against: int, fen: int) -> tuple[Payout, Batch]:
    """The payout that is reduced, its batch locked."""
    rows = Payout.objects.unscoped("another payout of the same party").select_related("party")
    other: Payout | None = rows.filter(pk=against).first()
    if other is None or other.party.file_id != payout.party.file_id:
        raise FieldError("against", "只能抵扣同一企业的其他款项", "unknown")
    batches = Batch.objects.unscoped("the batch of the payout that is reduced")
    batch: Batch = batches.select_for_update().get(pk=other.batch_id)
    other = rows.get(pk=against)  # as it is now that its batch stands still
    if other.state != "funds_asked":
        raise FieldError("against", "只能抵扣已申请、尚未支付的款项", "state")
    if fen > other.amount_fen - other.set_off_fen:
        raise FieldError("fen", "抵扣金额超过该笔可支付的金额")
    if Repayment.objects.filter(against=other, clawback__payout=payout).exists():
        raise FieldError("against", "该笔已抵扣过", "known")
    return other, batch


def _owed(claw: Clawback, fen: int) -> None:
    if isinstance(fen, bool) or not isinstance(fen, int) or fen <= 0:
        raise FieldError("fen", "金额应大于零（分）")
    if fen > claw.amount_fen - claw.repaid_fen:
        raise FieldError("fen", "金额超过尚欠的金额")


def _take_back(
    actor: Actor,
    payout: Payout,
    batch: Batch,
    claw: Clawback,
    row: Repayment,
    now: datetime,
    found: City,
) -> None:
    row.save(force_insert=True)
    claw.repaid_fen += row.fen
    whole = claw.repaid_fen == claw.amount_fen
    if whole:
        claw.state, claw.repaid_at = Clawback.REPAID, now
    claw.save(update_fields=["repaid_fen", "state", "repaid_at"])
    facts = {"clawback": claw.number, "amount": row.fen, "way": row.kind}
    move = "repaid" if whole else "repay"
    moving.move_many(actor, move, [Step(payout, facts)], now, found)
    moving.recount(batch)


def _locked(actor: Actor, number: str) -> tuple[Payout, Batch, City]:
    """The payout of a case in sight with its batch, which is locked."""
    seen = payout_of(actor, number)
    rows = Batch.objects.unscoped("the batch of a payout in sight")
    batch: Batch = rows.select_for_update().get(pk=seen.batch_id)
    payouts = Payout.objects.unscoped("seen above").select_related("party", "batch", "case")
    return payouts.get(pk=seen.pk), batch, city()


def _officer(actor: Actor, batch: Batch) -> None:
    if actor.kind == "system":
        return
    if not any(g.role == s.OFFICER and g.unit_id == batch.unit_id for g in actor.grants):
        raise FieldError("number", "需由承担该环节的岗位办理", "role")


def _open(payout: Payout, state: str) -> Clawback:
    rows = Clawback.objects.unscoped("of a payout in sight").select_related("payout__party")
    claw: Clawback | None = rows.filter(payout=payout, state=state).first()
    if claw is None:
        from yishi.foundation.cases.load import load_states

        (case,) = load_states([payout.case_id])
        raise MoveRefused("state", "没有处于这一环节的追回", case)
    return claw


def _number(found: City, now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('direct_benefits_clawback', 'id'))")
        serial = int(cursor.fetchone()[0])
    return f"{found.places.number_prefix}DZ{day_of(now):%Y%m%d}{serial % 1_000_000:06d}"

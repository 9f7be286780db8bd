"""An enterprise says that a fact about it is wrong; the data's owner looks and answers.

What is upheld is delivered at once, as a part of one row, so that the next look sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.facts import columnar, snapshots, store
from yishi.foundation.facts.columnar import PARTY
from yishi.foundation.facts.delivering import Said, deliver_rows, may_deliver
from yishi.foundation.facts.models import Correction, Delivery, Source
from yishi.foundation.facts.scope import codes_of
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.errors import FactError
from yishi.foundation.rulebook.facts import (
    Fact,
    FactType,
    Seen,
    from_json,
    is_nan,
    to_json,
    typed,
)

#: How long the owner of data has to answer.
ANSWER_WITHIN = "5工作日"


def fact_of(name: str) -> tuple[Source, Fact]:
    """The source that answers for a fact, and its declaration.

    Raises:
        FieldError: on ``fact`` when no source has it.
    """
    source = Source.objects.filter(columns__has_key=name).first()
    if source is None:
        raise FieldError("fact", "没有部门提供这项数据", "unknown")
    return source, columnar.declared(source.columns)[name]


def known(code: str, name: str) -> Seen | None:
    """What the newest snapshot says of one fact of a party."""
    snapshot = snapshots.latest()
    if snapshot is None:
        return None
    kept = store.opened(snapshot)
    fact = snapshots.declared(snapshot).get(name)
    row = int(kept.rows_of(np.array([code.encode("ascii", "replace")], "S18"))[0])
    return kept.seen(fact, row) if fact is not None and row >= 0 else None


def ask(
    code: str, name: str, claimed: Any, reason: object, actor: Actor, now: datetime
) -> Correction:
    """Ask for a fact to be corrected to *claimed* (a value of its type, None for "not so").

    Raises:
        FieldError: on ``party``, ``fact``, ``claimed`` or ``reason``.
    """
    if actor.kind != "system" and code not in codes_of(actor):
        raise FieldError("party", "只能更正本企业的数据", "forbidden")
    source, fact = fact_of(name)
    value = checked(fact, "claimed", claimed)
    said = clean_text("reason", reason, longest=500, required=True)
    seen = known(code, name) or Seen(None, None)
    if to_json(value) == to_json(seen.value):
        raise FieldError("claimed", "与现有数据相同，不需要更正", "same")
    due = active_calendar().due(now, parse_limit(ANSWER_WITHIN, "licence")).at
    try:
        with transaction.atomic():
            made: Correction = Correction.objects.create(
                party_code=code,
                source=source,
                fact=name,
                seen=to_json(seen.value),
                seen_as_of=seen.as_of,
                claimed=to_json(value),
                reason=said,
                asked_by=actor.ref,
                asked_at=now,
                due_at=due,
            )
    except IntegrityError as error:
        raise FieldError("fact", "这项数据已申请更正，正在核实", "open") from error
    return made


def checked(fact: Fact, field: str, value: Any) -> Any:
    """*value* as the fact's type, within its vocabulary and places. Raises FieldError."""
    if value is None:
        return None
    try:
        found = typed(fact.name, fact.type, value)
    except FactError as error:
        raise FieldError(field, error.message, "type") from error
    if is_nan(found):
        raise FieldError(field, "应为有限的数", "type")
    words = found if fact.type is FactType.SET else {found} if fact.type is FactType.TEXT else ()
    if fact.values and any(word not in fact.values for word in words):
        raise FieldError(field, "没有这个取值", "unknown")
    if any(columnar.JOIN in word or not word or len(word) > 200 for word in words):
        raise FieldError(field, "文字不能为空、过长或含 |", "format")
    if fact.type is FactType.DECIMAL and -found.as_tuple().exponent > fact.scale:
        raise FieldError(field, f"最多 {fact.scale} 位小数", "range")
    if isinstance(found, (int, Decimal)) and abs(found) >= 10 ** (15 - _places(fact)):
        raise FieldError(field, "数值过大", "range")
    return found


def _places(fact: Fact) -> int:
    return fact.scale if fact.type is FactType.DECIMAL else 0


def value_of(fact: Fact, stored: Any) -> Any:
    """The value of a stored form (``seen``, ``claimed``)."""
    return None if stored is None else from_json(fact.type, stored)


def of_party(code: str, actor: Actor) -> list[Correction]:
    """What was asked for a party, newest first (2 statements)."""
    rows = Correction.objects.visible_to(actor).filter(party_code=code)
    return list(rows.select_related("source").order_by("-asked_at", "-pk"))


def waiting(actor: Actor, *, closed: bool = False) -> Any:
    """The tasks that *actor* sees, most urgent first; or the answered ones."""
    rows = Correction.objects.visible_to(actor).select_related("source")
    if closed:
        return rows.exclude(state=Correction.State.OPEN).order_by("-answered_at", "-pk")
    return rows.filter(state=Correction.State.OPEN).order_by("due_at", "pk")


@transaction.atomic
def answer(
    correction: Correction, upheld: bool, value: Any, text: object, actor: Actor, now: datetime
) -> Correction:
    """The owner's answer: with *upheld* the fact is *value* from now on.

    Raises:
        FieldError: on ``state``, ``value`` or ``answer``.
    """
    row = _locked(correction)
    if not may_deliver(actor, row.source):
        raise FieldError("state", "只有数据所属单位可以答复", "forbidden")
    said = clean_text("answer", text, longest=500, required=not upheld)
    if upheld:
        fact = columnar.declared(row.source.columns)[row.fact]
        row.delivery = _deliver(row, fact, checked(fact, "value", value), actor, now)
    row.state = Correction.State.UPHELD if upheld else Correction.State.REJECTED
    row.answer, row.answered_by, row.answered_at = said, actor.ref, now
    row.save()
    return row


def _deliver(row: Correction, fact: Fact, value: Any, actor: Actor, now: datetime) -> Delivery:
    told = Said(row.source, Delivery.Kind.CORRECTION, now, False, actor, now, f"更正 {row.pk}")
    if fact.type is FactType.MONEY and value is not None:
        value = Decimal(value).scaleb(-2)
    fields: Mapping[str, Any] = {PARTY: row.party_code, fact.name: value}
    return deliver_rows(told, list(fields), [list(fields.values())]).delivery


@transaction.atomic
def withdraw(correction: Correction, actor: Actor, now: datetime) -> Correction:
    """The enterprise takes it back.

    Raises:
        FieldError: on ``state``.
    """
    row = _locked(correction)
    if row.asked_by != actor.ref and row.party_code not in codes_of(actor):
        raise FieldError("state", "只能撤回本企业的申请", "forbidden")
    row.state, row.answered_by, row.answered_at = Correction.State.WITHDRAWN, actor.ref, now
    row.save(update_fields=["state", "answered_by", "answered_at"])
    return row


def _locked(correction: Correction) -> Correction:
    rows = Correction.objects.unscoped("checked by the caller").select_for_update()
    row: Correction = rows.select_related("source").get(pk=correction.pk)
    if row.state != Correction.State.OPEN:
        raise FieldError("state", "已经答复或撤回", "closed")
    return row

"""An update that an Open311 client sends about a request.

On an open case it is one more report of the same thing: officers read it with the others, and its
sender is answered when the case is closed. On a closed case a status OPEN asks to have it done
again, which only the program that reported it may ask. No status that is sent closes a case:
somebody of the city looks first (核实).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import IntakeKey
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.open311 import Conflict, NotPublished, Sent
from yishi.systems.city_events import looking
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.filing import dispatched
from yishi.systems.city_events.intake import queue_messages, receipt_of, report_rows
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.lifecycle.common import place_of
from yishi.systems.city_events.merging import merged_into
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.open311.offered import effective_types
from yishi.systems.city_events.open311.published import CHANNEL, is_public, owner_prefix
from yishi.systems.city_events.open311.taking import (
    MOST_KEY,
    contact_of,
    key_for,
    translated,
    words_of,
)
from yishi.systems.city_events.reports import body_hash, read_report

_OPENING = frozenset({"OPEN", "REOPEN"})
#: What FixMyStreet sends besides; taken as words of the sender, never as a state of the case.
_OTHER = frozenset(
    {
        "CLOSED",
        "FIXED",
        "IN_PROGRESS",
        "ACTION_SCHEDULED",
        "INVESTIGATING",
        "DUPLICATE",
        "NOT_COUNCILS_RESPONSIBILITY",
        "NO_FURTHER_ACTION",
        "INTERNAL_REFERRAL",
    }
)


def supplement(actor: Actor, sent: Sent, now: datetime) -> str:
    """Take in an update and return its id (at most 8 statements, one commit).

    Raises:
        FieldError: naming the field as the protocol does; nothing is stored.
        NotPublished: for a request that is not published.
        Conflict: for a used ``update_id`` with other content, and on closed cases.
    """
    raw = _raw(actor, sent)
    status = sent.fields.get("status", "").strip().upper() or "OPEN"
    if status not in _OPENING | _OTHER:
        raise FieldError("status", "状态应为 OPEN、CLOSED 等", "choice")
    number = sent.fields.get("service_request_id", "")
    try:
        try:
            with transaction.atomic():
                return _taken(actor, number, status, raw, now)
        except IntegrityError as error:
            if "intake_once" not in str(error):
                raise
        with transaction.atomic():  # the same update was stored a moment ago
            return _taken(actor, number, status, raw, now)
    except FieldError as error:
        raise translated(error) from error
    except MoveRefused as error:
        raise Conflict(error.message) from error


def _raw(actor: Actor, sent: Sent) -> dict[str, Any]:
    if not sent.fields.get("service_request_id", ""):
        raise FieldError("service_request_id", "请给出案件编号", "required")
    words = words_of(sent, ())
    if not words:
        raise FieldError("description", "请写明补充的情况", "required")
    key = sent.key
    if len(key) > MOST_KEY:
        raise FieldError("update_id", f"编号最多{MOST_KEY}个字", "too_long")
    return {
        "description": words,
        **contact_of(sent.fields),
        "external_id": key_for(actor, "u", key),
    }


def _taken(actor: Actor, number: str, status: str, raw: dict[str, Any], now: datetime) -> str:
    content = body_hash({**raw, "number": number, "status": status})
    look = looking.look(CHANNEL, raw["external_id"])
    if look.earlier is not None:
        if look.earlier.body_hash != content:
            raise Conflict("这个 update_id 已用于另一份内容不同的补充")
        return str(look.earlier.answer["update_id"])
    registers = city(look.numbers)
    case = _locked(number, registers, now)
    if case.closed_at is None:
        return _added(case, raw, content, actor, registers, now)
    if status not in _OPENING:
        raise Conflict("案件已结案，补充请以 OPEN 状态申请重新办理，或另行上报")
    return _reopened(case, raw, content, actor, registers, now)


def _locked(number: str, registers: City, now: datetime) -> CaseState:
    _, types = effective_types(registers, now)
    storable = number.isascii() and number.isalnum() and len(number) <= 40
    states = load_states(number=number, lock=True) if storable else []
    keys = {kind.key for kind in types.values()}
    if not states or not is_public(states[0], keys):
        raise NotPublished("service_request_id", "没有这个案件，或者它没有公开")
    return states[0]


def _added(
    case: CaseState,
    raw: dict[str, Any],
    content: bytes,
    actor: Actor,
    registers: City,
    now: datetime,
) -> str:
    """One more report of the open case."""
    read = read_report(raw, CHANNEL, registers.register, now)
    where = str(case.data.get("where") or "")
    data = replace(
        read, type_key=case.type_key, place=place_of(case), where=where, body_hash=content
    )
    change = merged_into(case, data, actor, registers, now)
    receipt = receipt_of(change, data, registers, merged=True)
    update_id = _id_of(change.after)
    rows = report_rows(change, data, receipt, now)
    for model, row in rows:
        if model is IntakeKey:
            row["answer"] = {**row["answer"], "update_id": update_id}
    commit([change], rows)
    queue_messages(change)
    return update_id


def _reopened(
    case: CaseState,
    raw: dict[str, Any],
    content: bytes,
    actor: Actor,
    registers: City,
    now: datetime,
) -> str:
    """Done again, as the reporter of the case may ask for some days."""
    own = Report.objects.unscoped("a program asks for its own report").filter(
        case_id=case.id, channel=CHANNEL, external_id__startswith=owner_prefix(actor.ref)
    )
    report = own.order_by("id").first()
    if report is None:
        raise Conflict("案件已结案，只有原上报方可以申请重新办理")
    reporter = Actor("reporter", f"report:{report.pk}", "上报人", own_cases=frozenset({case.id}))
    facts = {"note": raw["description"]}
    change = plan(LIFECYCLE, case, "reopen", reporter, facts, now, registers.for_case(case))
    changes = [change, *dispatched(change.after, registers, now)]
    update_id = _id_of(change.after)
    key = {
        "channel": CHANNEL,
        "key": raw["external_id"],
        "body_hash": content,
        "case_id": case.id,
        "answer": {"number": case.number, "update_id": update_id},
        "at": now,
    }
    commit(changes, [(IntakeKey, key)])
    for each in changes:
        queue_messages(each)
    return update_id


def _id_of(case: CaseState) -> str:
    """The update is the trace row that it left."""
    return f"{case.number}-{case.trace_length}"

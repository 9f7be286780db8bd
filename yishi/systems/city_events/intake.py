"""From a report to a dispatched case: validate, de-duplicate, locate, file, dispatch, all at once.

One transaction: one statement to look (revision numbers, an earlier answer, a reserved id), one to
look for the same thing near by, one to store everything, one to queue the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.tracking import tracking_code, tracking_hash
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import CasePaper, IntakeKey
from yishi.foundation.cases.words import words_row
from yishi.foundation.messages.models import Message
from yishi.foundation.papers.uploads import own_uploads
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.parties.models import Contact
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import looking
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.filing import opened
from yishi.systems.city_events.hotline.tickets import TICKET
from yishi.systems.city_events.merging import merged_into
from yishi.systems.city_events.models import Report, words_part
from yishi.systems.city_events.reports import ReportInput, body_hash, read_report


class IntakeConflict(Exception):
    """A report key that was used before, with another body."""

    def __init__(self, number: str) -> None:
        super().__init__("这个外部编号已用于另一份内容不同的上报")
        self.number = number


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter gets. ``due_at`` is ISO time or ``None`` until the case is dispatched."""

    number: str
    tracking_code: str
    state: str
    unit: str | None
    due_at: str | None
    merged: bool
    reasons: list[str]
    replayed: bool = False
    #: Until when the reporter is promised a reply; ISO time, ``None`` without such a promise.
    reply_due_at: str | None = None


#: What is kept of a receipt for whoever sends the same report again; the code follows from its key.
_ANSWER = tuple(
    one.name for one in fields(Receipt) if one.name not in ("tracking_code", "replayed")
)
#: What refuses the second of two that bring the same key at once: whichever the database sees
#: first. The words of a report are named by its tracking code, which follows from the key.
_ONCE = ("intake_once", "words_once", "report_tracking_hash")
#: Makes the change for a checked report from the reserved id of a case.
Opening = Callable[[int, ReportInput, Actor, City, datetime], Change]


def merged_or_opened(
    case_id: int,
    data: ReportInput,
    actor: Actor,
    registers: City,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> Change:
    """One more report of an open case by the type's merge rule, else a case of its own, for which
    *more* are facts of its first move."""
    same = looking.same_thing(data, registers, now)
    if same is not None:
        return merged_into(same, data, actor, registers, now)
    return opened(case_id, data, actor, registers, now, more)


def report(
    actor: Actor,
    raw: Mapping[str, Any],
    channel: str,
    now: datetime,
    opening: Opening = merged_or_opened,
) -> Receipt:
    """Take in a report. When this returns it is stored, and filed and dispatched where certain.

    *opening* says what becomes of it, for reports of which somebody decided that.

    Raises:
        FieldError: for wrong input; nothing is stored.
        IntakeConflict: for a known ``external_id`` with another body.
    """
    external_id = raw.get("external_id")
    try:
        with transaction.atomic():
            return _report(actor, raw, channel, now, opening)
    except IntegrityError as error:
        refuse_repeated_photo(error)
        if not isinstance(external_id, str) or not any(name in str(error) for name in _ONCE):
            raise
    with transaction.atomic():  # somebody else stored the same key a moment ago: their answer
        return _report(actor, raw, channel, now, opening)


def refuse_repeated_photo(error: IntegrityError) -> None:
    """A photo documents one step of a case only; the database says so.

    Raises:
        FieldError: when *error* says that.
    """
    if "paper_once_on_a_case" in str(error):
        raise FieldError("photos", "照片已在本案件中使用，请换一张", "repeated") from error


def _report(
    actor: Actor, raw: Mapping[str, Any], channel: str, now: datetime, opening: Opening
) -> Receipt:
    key = raw.get("external_id")
    look = looking.look(channel, key.strip() if isinstance(key, str) else "")
    if look.earlier is not None:
        return _replayed(look.earlier, raw, channel)
    registers = city(look.numbers)
    data = recognised(read_report(raw, channel, registers.register, now), registers, now)
    own_uploads(data.photos, actor_ref=actor.ref)
    change = opening(look.case_id, data, actor, registers, now)
    receipt = receipt_of(change, data, registers, merged=change.before is not None)
    rows = report_rows(change, data, receipt, now)
    commit([change], rows)
    queue_messages(change)
    return receipt


def recognised(data: ReportInput, registers: City, now: datetime) -> ReportInput:
    """*data* with what its words mean, if nobody said the type; the type itself only when that is
    sure enough (no statement)."""
    if data.type_key:
        return data
    _version, catalogue = registers.catalogue(now)
    found = registers.recogniser.recognise(catalogue, data.description)
    if found is None:
        return data
    if found.confidence < registers.text_confidence(now, data.place.managed_path):
        return replace(data, recognised=found)
    return replace(data, recognised=found, type_key=found.key, type_by_text=True)


def _replayed(earlier: looking.Earlier, raw: Mapping[str, Any], channel: str) -> Receipt:
    if earlier.body_hash != body_hash(raw):
        raise IntakeConflict(earlier.answer["number"])
    code = tracking_code(channel, str(raw["external_id"]).strip())
    return Receipt(**earlier.answer | {"tracking_code": code, "replayed": True})


def receipt_of(change: Change, data: ReportInput, registers: City, *, merged: bool) -> Receipt:
    """What the reporter of *data* is told about *change*."""
    case = change.after
    clock, ticket = case.clock("handling"), case.clock(TICKET)
    return Receipt(
        number=case.number,
        tracking_code=tracking_code(data.channel, data.external_id),
        state=case.state,
        unit=registers.register.unit(case.unit_id).name if case.unit_id else None,
        due_at=clock.due_at.isoformat() if clock else None,
        merged=merged,
        reasons=list(case.data.get("dispatch_reason") or case.data.get("manual_reason") or ()),
        reply_due_at=ticket.due_at.isoformat() if ticket else None,
    )


def report_rows(
    change: Change, data: ReportInput, receipt: Receipt, now: datetime
) -> list[tuple[Any, dict[str, Any]]]:
    """The rows beside the case: the report, its words and key, the contact and the photos."""
    case = change.after
    contact = data.contact
    answer = {name: getattr(receipt, name) for name in _ANSWER}
    rows: list[tuple[Any, dict[str, Any]]] = [
        (
            Report,
            {
                "case_id": case.id,
                "channel": data.channel,
                "external_id": data.external_id,
                "text": data.description,
                "contact_id": contact["id"] if contact else None,
                "secret": data.secret,
                "tracking_hash": tracking_hash(receipt.tracking_code),
                "object_ref": data.object_ref,
                "received_at": now,
                "merged": receipt.merged,
                "appeal": data.appeal,
            },
        ),
        (
            IntakeKey,
            {
                "channel": data.channel,
                "key": data.external_id,
                "body_hash": data.body_hash,
                "case_id": case.id,
                "answer": answer,
                "at": now,
            },
        ),
    ]
    if data.description:
        # Without personal numbers, which are hidden from most of those who search.
        part = words_part(rows[0][1]["tracking_hash"])
        rows.append(words_row(case.id, part, mask_numbers(data.description)))
    if contact is not None:
        rows.append((Contact, dict(contact)))
    rows += [
        (CasePaper, {"case_id": case.id, "attachment_id": photo, "step": "before", "at": now})
        for photo in data.photos
    ]
    return rows


def queue_messages(change: Change) -> None:
    """Have the messages of *change* that leave the house delivered at once (0 or 1 statement)."""
    waiting = any(model is Message and row["state"] == "queued" for model, row in change.rows)
    if waiting:
        from yishi.foundation.messages.tasks import deliver

        deliver.defer()

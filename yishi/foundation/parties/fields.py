"""What is known of a party, who says so, and what happens when the applicant says it is wrong.

国发 rule on shared data: it is not asked for again, but if the applicant says that it is wrong the
applicant's material goes before it, and the data's owner is told (a ticket).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from yishi.foundation.audit import access_log
from yishi.foundation.calendars import active_calendar, parse_limit
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.parties.file_models import DataTicket, Mandate, PartyField
from yishi.foundation.parties.identifiers import IdentifierKind, mask_identifier
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.mandates import mandates_of
from yishi.foundation.parties.masking import mask_name, mask_numbers, mask_phone
from yishi.foundation.parties.naming import context, open_name
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import Party
from yishi.foundation.parties.registering import Looker, current, open_identifier, today_of
from yishi.foundation.revisions.errors import FieldError

#: Within which the owner answers a ticket (示意：未见襄阳规定).
ANSWER_WITHIN = "5工作日"
#: What registration or the real-name check says of a party itself.
OWN_RECORD = gettext_noop("主体登记")
CORRECTED = gettext_noop("申请人更正")
LONGEST_VALUE = 2000
_CHIEF = "legal_representative"


@dataclass(frozen=True, slots=True)
class Known:
    """One value with its origin. ``stale``: its freshness has passed, so the applicant is asked;
    ``corrected``: it is the applicant's, whose ticket ``ticket_id`` waits for the owner."""

    value: str
    source: str
    as_of: date
    stale: bool = False
    corrected: bool = False
    ticket_id: uuid.UUID | None = None

    def __iter__(self):  # type: ignore[no-untyped-def]
        """Value, source and day: the three that a form shows."""
        return iter((self.value, self.source, self.as_of))

    def __repr__(self) -> str:
        return f"Known({self.source}, {self.as_of})"


@dataclass(frozen=True, slots=True)
class FieldInput:
    """A value that a department's data say. ``personal`` values are sealed, people's always."""

    key: str
    value: object
    source: str
    as_of: date
    personal: bool = False
    unit_id: int | None = None
    fresh_days: int | None = None


def known_fields(party: Party, at: date) -> dict[str, Known]:
    """What is known of a party at a day, by field (4 statements): an applicant's correction that
    waits for its answer, else the newest that a department says, else the party's own record."""
    found = own_fields(party, at)
    rows = PartyField.objects.filter(
        party__file_id=party.file_id, state=PartyField.CURRENT, as_of__lte=at
    )
    open_tickets = dict(
        DataTicket.objects.filter(party__file_id=party.file_id, state=DataTicket.OPEN).values_list(
            "key", "id"
        )
    )
    corrections = {}
    for row in rows.order_by("as_of", "created_at"):
        if row.source == PartyField.APPLICANT:
            corrections[row.key] = row
        else:
            found[row.key] = _known(row, at)
    for key, row in corrections.items():
        known = _known(row, at)
        found[key] = Known(
            known.value, CORRECTED, row.as_of, corrected=True, ticket_id=open_tickets.get(key)
        )
    return found


def own_fields(party: Party, at: date) -> dict[str, Known]:
    """Name, number and legal representative as the party's own record has them (2 statements)."""
    day = party.name_since or today_of(party.created_at)
    found: dict[str, Known] = {}

    def put(key: str, value: str, as_of: date = day) -> None:
        found[key] = Known(value, OWN_RECORD, as_of)

    put("applicant_name" if party.is_person else "organisation_name", open_name(party))
    for row in current().filter(party__file_id=party.file_id).order_by("created_at"):
        key = {"resident_id": "applicant_id", "uscc": "uscc"}.get(row.kind)
        if key:
            put(key, open_identifier(row))
    if not party.is_person:
        for mandate in mandates_of(party, at):
            if mandate.kind in (Mandate.LEGAL, Mandate.OPERATOR):
                put("legal_representative", open_name(mandate.agent), mandate.valid_from)
    return found


def agent_fields(mandate: Mandate, at: date) -> dict[str, Known]:
    """What a form asks of whoever acts under a mandate, from that person's own file (5 statements):
    of an agent ``agent_name`` …, of the legal representative ``legal_representative`` …"""
    prefix = "agent" if mandate.kind in (Mandate.AGENT, Mandate.GUARDIAN) else _CHIEF
    own = known_fields(mandate.agent.file, at)
    found = {}
    for end in ("name", "id", "phone"):
        known = own.get(f"applicant_{end}")
        if known is not None:
            key = _CHIEF if (prefix, end) == (_CHIEF, "name") else f"{prefix}_{end}"
            found[key] = known
    return found


def record_field(party: Party, raw: FieldInput, *, actor: Looker, now: datetime) -> PartyField:
    """Take in what a department's data say; what the same source said before stays as history.

    Older data than the source's own newest are kept as history only. When they now say what the
    applicant corrected, the open ticket is confirmed by that. Raises `FieldError` on ``key`` or
    ``value``.
    """
    with transaction.atomic():
        row = field_row(party, raw, actor.ref, now)
        before = _locked(party, raw.key, raw.source)
        if before is not None and before.as_of > raw.as_of:
            row.state = PartyField.REPLACED
        elif before is not None:
            before.state = PartyField.REPLACED
            before.save(update_fields=["state"])
        row.save(force_insert=True)
        ticket = _open_ticket(party, raw.key)
        fresh = ticket is not None and row.state == PartyField.CURRENT
        if ticket is not None and fresh and open_value(row) == open_value(ticket.correction):
            _close(ticket, DataTicket.CONFIRMED, "来源数据已更新为一致", actor, now)
    return row


def field_row(party: Party, raw: FieldInput, by: str, now: datetime) -> PartyField:
    """The row of a value, checked (no statement). Raises `FieldError`."""
    key = clean_text("key", raw.key, longest=48, required=True)
    value = clean_text("value", raw.value, longest=LONGEST_VALUE, required=True)
    new = time_uuid(now)
    sealed = raw.personal or party.is_person
    fresh = None if raw.fresh_days is None else raw.as_of + timedelta(days=raw.fresh_days)
    return PartyField(
        id=new,
        party=party,
        key=key,
        value="" if sealed else value,
        value_enc=encrypt(value, context("field", "value", new)) if sealed else "",
        source=clean_text("source", raw.source, longest=60, required=True),
        unit_id=raw.unit_id,
        as_of=raw.as_of,
        fresh_until=fresh,
        recorded_by=by,
        created_at=now,
    )


def correct_field(
    party: Party,
    key: str,
    value: object,
    *,
    actor: Looker,
    now: datetime,
    evidence: object = "",
    attachment_id: uuid.UUID | None = None,
    label: str = "",
    personal: bool = False,
) -> DataTicket:
    """The applicant says that a known value is wrong: theirs counts from now on, and the owner of
    the data gets a ticket. A second correction of the same field before the answer replaces the
    first one in the same ticket.

    Raises:
        FieldError: ``value`` (empty, or what is known already), ``evidence``, ``key``.
    """
    said = _said(party, key)
    known = known_fields(party, today_of(now)).get(key)
    text = clean_text("value", value, longest=LONGEST_VALUE, required=True)
    proof = clean_text("evidence", evidence, longest=500)
    if not proof and attachment_id is None:
        raise FieldError("evidence", "请说明依据或上传证明材料", "required")
    if known is not None and known.value == text:
        raise FieldError("value", "与已有信息相同，无需更正", "same")
    raw = FieldInput(key, text, PartyField.APPLICANT, today_of(now), personal=personal)
    for _ in range(2):
        try:
            with transaction.atomic():
                return _corrected(party, raw, said, proof, attachment_id, label, actor, now)
        except IntegrityError:
            continue  # another correction of the field came in at the same moment
    raise FieldError("value", "这项信息正在更正，请稍后再试", "busy")


def _corrected(
    party: Party,
    raw: FieldInput,
    said: PartyField | None,
    proof: str,
    attachment_id: uuid.UUID | None,
    label: str,
    actor: Looker,
    now: datetime,
) -> DataTicket:
    before = _locked(party, raw.key, PartyField.APPLICANT)
    if before is not None:
        before.state = PartyField.REPLACED
        before.save(update_fields=["state"])
    row = field_row(party, raw, actor.ref, now)
    row.save(force_insert=True)
    ticket = _open_ticket(party, raw.key)
    if ticket is None:
        ticket = DataTicket(
            id=time_uuid(now),
            party=party,
            key=raw.key,
            label=label or raw.key,
            owner=said.source if said else OWN_RECORD,
            unit_id=said.unit_id if said else None,
            said=said,
            opened_by=actor.ref,
            opened_at=now,
            due_at=active_calendar().due(now, parse_limit(ANSWER_WITHIN)).at,
        )
    ticket.correction, ticket.evidence = row, proof
    ticket.attachment_id = attachment_id or ticket.attachment_id
    fresh = ticket._state.adding
    ticket.save(force_insert=fresh)
    access_log.look(actor.ref, "party.correct", f"party:{party.id}", f"{raw.key} {ticket.id}", now)
    if fresh:
        for told in _TOLD:
            told(ticket, now)
    return ticket


#: Who is told of a new ticket (the messages to a unit's desk register here).
_TOLD: list[Callable[[DataTicket, datetime], None]] = []


def register_told(told: Callable[[DataTicket, datetime], None]) -> None:
    """Let *told* know of every new ticket, in its transaction (called from an app's ``ready``)."""
    _TOLD.append(told)


@transaction.atomic
def answer_ticket(
    ticket: DataTicket, confirmed: bool, reason: object, *, actor: Looker, now: datetime
) -> DataTicket:
    """The owner's answer: the applicant is right, and the correction becomes the source's value; or
    not, with the reason, and what the source says counts again. A running case keeps what was
    handed in with it.

    Whether *actor* may answer is the caller's policy. Raises `FieldError` on ``reason`` (needed for
    a no) and on ``ticket`` when it was answered already.
    """
    why = clean_text("reason", reason, longest=500, required=not confirmed)
    locked = DataTicket.objects.select_for_update(of=("self",))
    row = locked.select_related("party", "said", "correction").get(pk=ticket.pk)
    if row.state != DataTicket.OPEN:
        raise FieldError("ticket", "这条异议已经答复", "answered")
    if not confirmed:
        row.correction.state = PartyField.REJECTED
        row.correction.save(update_fields=["state"])
        return _close(row, DataTicket.REJECTED, why, actor, now)
    if row.said is not None:
        _take_over(row, actor, now)
    return _close(row, DataTicket.CONFIRMED, why, actor, now)


def _take_over(ticket: DataTicket, actor: Looker, now: datetime) -> None:
    """The correction becomes the value of the source that was wrong."""
    said, correction = ticket.said, ticket.correction
    if said is None:
        return
    before = _locked(ticket.party, ticket.key, said.source)
    if before is not None:
        before.state = PartyField.REPLACED
        before.save(update_fields=["state"])
    raw = FieldInput(
        ticket.key,
        open_value(correction),
        said.source,
        today_of(now),
        personal=bool(correction.value_enc),
        unit_id=said.unit_id,
    )
    field_row(ticket.party, raw, actor.ref, now).save(force_insert=True)
    correction.state = PartyField.REPLACED
    correction.save(update_fields=["state"])


def _close(ticket: DataTicket, state: str, reason: str, actor: Looker, now: datetime) -> DataTicket:
    ticket.state, ticket.reason = state, reason
    ticket.answered_by, ticket.answered_at = actor.ref, now
    ticket.save(update_fields=["state", "reason", "answered_by", "answered_at"])
    taken_over = state == DataTicket.CONFIRMED and ticket.said is not None
    if taken_over and ticket.correction.state == PartyField.CURRENT:
        ticket.correction.state = PartyField.REPLACED
        ticket.correction.save(update_fields=["state"])
    subject = f"party:{ticket.party_id}"
    access_log.look(actor.ref, "party.ticket", subject, f"{ticket.id} {state}", now)
    return ticket


def open_value(row: PartyField) -> str:
    """A value in plain."""
    return row.value or decrypt(row.value_enc, context("field", "value", row.id))


def shown_value(key: str, value: str, *, personal: bool) -> str:
    """A value as an officer sees it in the file: of people no whole names and numbers."""
    if not personal:
        return value
    if key.endswith("_name") or key == "legal_representative":
        return mask_name(value)
    if key.endswith("_id"):
        return mask_identifier(IdentifierKind.RESIDENT_ID, value)
    if key.endswith("_phone"):
        return mask_phone(value)
    hidden = mask_numbers(value)
    return hidden if hidden != value or len(value) < 8 else value[:3] + "***" + value[-2:]


def _known(row: PartyField, at: date) -> Known:
    stale = row.fresh_until is not None and row.fresh_until < at
    return Known(open_value(row), row.source, row.as_of, stale=stale)


def _said(party: Party, key: str) -> PartyField | None:
    rows = PartyField.objects.filter(
        party__file_id=party.file_id, key=key, state=PartyField.CURRENT
    ).exclude(source=PartyField.APPLICANT)
    return rows.order_by("-as_of", "-created_at").first()


def _locked(party: Party, key: str, source: str) -> PartyField | None:
    rows = PartyField.objects.select_for_update().filter(
        party__file_id=party.file_id, key=key, source=source, state=PartyField.CURRENT
    )
    return rows.order_by("-as_of", "-created_at").first()


def _open_ticket(party: Party, key: str) -> DataTicket | None:
    rows = DataTicket.objects.select_for_update(of=("self",)).filter(
        party__file_id=party.file_id, key=key, state=DataTicket.OPEN
    )
    return rows.select_related("correction", "said").first()


def tickets_of(parties: Iterable[Party]) -> list[DataTicket]:
    """The tickets of some files, open ones first (1 statement)."""
    files = [party.file_id for party in parties]
    rows = DataTicket.objects.filter(party__file_id__in=files)
    return list(rows.select_related("unit").order_by("answered_at", "-opened_at")[:200])

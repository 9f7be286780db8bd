"""Finding and taking up parties by their numbers; names and numbers that change."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from yishi.foundation.audit import access_log
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.parties import naming
from yishi.foundation.parties.crypto import decrypt, encrypt, search_hash, search_hashes
from yishi.foundation.parties.identifiers import (
    PUBLIC_KINDS,
    Checked,
    IdentifierKind,
    check_identifier,
    mask_identifier,
)
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import (
    INDIVIDUAL_BUSINESS,
    ORGANISATION,
    PERSON,
    Alias,
    Identifier,
    Party,
)
from yishi.foundation.revisions.errors import FieldError

DECLARED, REAL_NAME, REGISTRY = "declared", "real_name", "registry"


class Looker(Protocol):
    """Whoever looks or writes: any actor with a reference that logs store."""

    @property
    def ref(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PartyInput:
    """Who somebody says to be. ``prefix`` stands before the names of fields in errors.

    ``source``: ``declared`` (a form), ``real_name`` (checked by an identity service) or
    ``registry`` (a register's data, which renames). ``since``: when the name began.
    """

    name: object
    identifier: object
    identifier_kind: object = IdentifierKind.RESIDENT_ID
    source: str = DECLARED
    since: date | None = None
    simulated: bool = False
    prefix: str = ""


def today_of(now: datetime) -> date:
    """The city's day at *now*."""
    return now.astimezone(SHANGHAI).date()


def stated(purpose: object) -> str:
    """The purpose of a look. Raises `FieldError` on ``purpose`` when none is given."""
    return clean_text("purpose", purpose, longest=200, required=True)


def identifier_hash(kind: str, value: str, party_id: uuid.UUID) -> str:
    """The search hash of a number. A 工商注册号 is looked for by number and name, never alone: its
    hash only keeps one party from having it twice."""
    if kind == IdentifierKind.REG_NO:
        return search_hash(f"identifier.{kind}", f"{value}\0{party_id}")
    return search_hash(f"identifier.{kind}", value)


def kind_of(checked: Checked) -> tuple[str, str]:
    """(kind of party, legal kind) that a number belongs to."""
    if checked.kind not in PUBLIC_KINDS:
        return PERSON, PERSON
    legal = checked.legal_kind or ORGANISATION
    return (INDIVIDUAL_BUSINESS if legal == INDIVIDUAL_BUSINESS else ORGANISATION), legal


def current() -> QuerySet[Identifier]:
    """Numbers in force, with the file that their party belongs to."""
    return Identifier.objects.filter(ended_on__isnull=True).select_related("party__file")


def find(checked: Checked, name: str = "") -> Party | None:
    """The file that holds a number now (1 statement). Unlogged: for the verbs of this package."""
    if checked.kind is IdentifierKind.REG_NO:
        return _by_reg_no(checked.value, name)
    hashes = search_hashes(f"identifier.{checked.kind}", checked.value)
    row = current().filter(kind=checked.kind, value_hash__in=hashes).first()
    return row.party.file if row else None


def _by_reg_no(value: str, name: str) -> Party | None:
    """The file with this 工商注册号 that bears the name, or bore it."""
    hashes = naming.name_hashes(name)
    named = Q(party__file__records__name_hash__in=hashes) | Q(
        party__file__records__aliases__name_hash__in=hashes
    )
    row = current().filter(named, kind=IdentifierKind.REG_NO, value=value).first()
    return row.party.file if row else None


def by_identifier(
    kind: object,
    value: object,
    *,
    actor: Looker,
    purpose: object,
    now: datetime,
    name: object = "",
) -> Party | None:
    """The file that holds exactly this number now; logged with its purpose, whatever is found.

    Whether *actor* may see what is found is the caller's policy (``cases.party_access``). A
    工商注册号 needs the *name* too. Raises `FieldError` on ``identifier``, ``identifier_kind``,
    ``name`` or ``purpose``.
    """
    why = stated(purpose)
    checked = check_identifier("identifier", kind, value, today_of(now))
    plain = ""
    if checked.kind is IdentifierKind.REG_NO:
        plain = naming.clean_name("name", name, ORGANISATION)
    party = find(checked, plain)
    _log(actor, "party.find", party, why, now)
    return party


def by_name(name: object, *, actor: Looker, purpose: object, now: datetime) -> list[Party]:
    """Files by name, at most 50: people by the exact name, others by any part of it; former names
    count. Logged with its purpose. Raises `FieldError` on ``name`` or ``purpose``."""
    why = stated(purpose)
    text = clean_text("name", name, longest=naming.LONGEST_OTHER, required=True)
    if len(text) < 2:
        raise FieldError("name", "请至少输入两个字", "length")
    hashes = naming.name_hashes(text)
    bracketed = text.replace("(", "（").replace(")", "）")
    exact = Q(name_hash__in=hashes) | Q(name__contains=bracketed)
    others = Alias.objects.filter(Q(name_hash__in=hashes) | Q(name__contains=bracketed))
    own = Party.objects.filter(exact).values_list("file_id", flat=True)[:200]
    files = {*own, *others.values_list("party__file_id", flat=True)[:200]}
    found = list(Party.objects.filter(pk__in=files).order_by("state", "name", "id")[:50])
    access_log.look(actor.ref, "party.search", "party", why, now, rows=len(found))
    return found


@transaction.atomic
def find_or_create(
    raw: PartyInput, *, actor: Looker, purpose: object, now: datetime
) -> tuple[Party, bool]:
    """The file for a number and name, taken up if there is none; whether it is new.

    A number never gets a second file. A declared name must be the present or a former one; a
    register's or the real-name check's name renames and keeps the old one as former.

    Raises:
        FieldError: ``name``, ``identifier``, ``identifier_kind`` (with the prefix), ``purpose``.
    """
    why = stated(purpose)
    checked, name = read(raw, today_of(now))
    if checked.kind is IdentifierKind.REG_NO:
        _one_at_a_time(checked.value)
    for _ in range(2):
        party = find(checked, name)
        if party is not None:
            _log(actor, "party.match", party, why, now)
            _vouch(party, checked, raw.source)
            return _agreed(party, name, raw, actor, now), False
        try:
            with transaction.atomic():
                return create(checked, name, raw, actor, now), True
        except IntegrityError:
            continue  # somebody else took the number up at the same moment
    raise FieldError(raw.prefix + "identifier", "号码正在登记，请稍后再试", "busy")


def _vouch(party: Party, checked: Checked, source: str) -> None:
    """A number that was only declared is now known from a check or a register (1 statement)."""
    if source != DECLARED:
        rows = Identifier.objects.filter(party__file_id=party.file_id, source=DECLARED)
        rows.filter(kind=checked.kind, ended_on__isnull=True).update(source=source)


def _one_at_a_time(value: str) -> None:
    """Wait for whoever takes up the same 工商注册号: no constraint can tell two of one number apart
    by their names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"parties.reg_no {value}"])


def read(raw: PartyInput, today: date) -> tuple[Checked, str]:
    """Number and name of *raw*, checked (no statement). Raises `FieldError`."""
    checked = check_identifier(
        raw.prefix + "identifier", raw.identifier_kind, raw.identifier, today
    )
    return checked, naming.clean_name(raw.prefix + "name", raw.name, kind_of(checked)[0])


def rows_of(
    checked: Checked, name: str, raw: PartyInput, now: datetime, party_id: uuid.UUID | None = None
) -> tuple[Party, Identifier]:
    """The two rows of a new party (no statement): bulk loads store many at once."""
    new = party_id or time_uuid(now)
    kind, legal = kind_of(checked)
    party = Party(
        id=new,
        kind=kind,
        legal_kind=legal,
        name_since=raw.since,
        file_id=new,
        simulated=raw.simulated,
        created_at=now,
        **naming.sealed_name(kind, "party", name, new),
    )
    return party, identifier_row(party, checked, raw.source, now)


def identifier_row(party: Party, checked: Checked, source: str, now: datetime) -> Identifier:
    """The row of a number (no statement)."""
    new = time_uuid(now)
    public = checked.kind in PUBLIC_KINDS
    return Identifier(
        id=new,
        party=party,
        kind=checked.kind,
        value=checked.value if public else "",
        value_enc=""
        if public
        else encrypt(checked.value, naming.context("identifier", "value", new)),
        value_hash=identifier_hash(checked.kind, checked.value, party.id),
        source=source,
        created_at=now,
    )


def create(checked: Checked, name: str, raw: PartyInput, actor: Looker, now: datetime) -> Party:
    """Store a new party (3 statements). Raises ``IntegrityError`` when the number is taken."""
    party, identifier = rows_of(checked, name, raw, now)
    party.save(force_insert=True)
    identifier.save(force_insert=True)
    access_log.look(actor.ref, "party.create", f"party:{party.id}", raw.source, now)
    return party


def _agreed(party: Party, name: str, raw: PartyInput, actor: Looker, now: datetime) -> Party:
    if naming.same_name(naming.open_name(party), name):
        return party
    if raw.source != DECLARED:
        return rename(party, name, raw.since or today_of(now), actor=actor, now=now)
    former = Alias.objects.filter(
        party__file_id=party.file_id, name_hash__in=naming.name_hashes(name)
    )
    if former.exists():
        return party
    field = raw.prefix + "name"
    if party.is_person:
        raise FieldError(field, "姓名与证件号码不一致，请核对", "mismatch")
    message = f"与该代码登记的名称“{party.name}”不一致；已变更名称的，以登记机关数据为准"
    raise FieldError(field, message, "mismatch")


@transaction.atomic
def rename(party: Party, name: object, since: date, *, actor: Looker, now: datetime) -> Party:
    """Give a party another name from *since* on; the old one stays as former (3 statements).

    Raises `FieldError` on ``name`` or ``since``.
    """
    party = Party.objects.select_for_update().get(pk=party.pk)
    fresh, old = naming.clean_name("name", name, party.kind), naming.open_name(party)
    if naming.same_name(fresh, old):
        return party
    if party.name_since and since < party.name_since:
        raise FieldError("since", "早于现用名称的启用日期", "date")
    alias = time_uuid(now)
    Alias.objects.create(
        id=alias,
        party=party,
        kind=Alias.FORMER,
        valid_from=party.name_since,
        valid_to=since,
        recorded_by=actor.ref,
        created_at=now,
        **naming.sealed_name(party.kind, "alias", old, alias),
    )
    for column, value in naming.sealed_name(party.kind, "party", fresh, party.id).items():
        setattr(party, column, value)
    party.name_since = since
    party.save(update_fields=["name", "name_enc", "name_hash", "name_since"])
    access_log.look(actor.ref, "party.rename", f"party:{party.id}", f"{since}", now)
    return party


@transaction.atomic
def add_identifier(
    party: Party, kind: object, value: object, *, source: str, actor: Looker, now: datetime
) -> Identifier:
    """Give a party another number. Raises `FieldError` on ``identifier`` when it is malformed, of
    the wrong kind of party, or somebody else's."""
    checked = check_identifier("identifier", kind, value, today_of(now))
    if (kind_of(checked)[0] == PERSON and not party.is_person) or (
        party.is_person and kind_of(checked)[0] != PERSON
    ):
        raise FieldError("identifier_kind", "这种证件不属于该类主体", "kind")
    name = naming.open_name(party)
    holder = find(checked, name)
    if holder is not None and holder.file_id != party.file_id:
        raise FieldError("identifier", "这个号码已登记在另一个主体名下", "taken")
    if holder is not None:
        raise FieldError("identifier", "这个号码已经登记", "known")
    row = identifier_row(party, checked, source, now)
    row.save(force_insert=True)
    access_log.look(actor.ref, "party.identifier", f"party:{party.id}", f"{checked.kind}", now)
    return row


def end_identifier(
    identifier: Identifier, on: date, reason: object, *, actor: Looker, now: datetime
) -> None:
    """Say that a number no longer is the party's (换发、登记错误). Raises `FieldError`."""
    why = clean_text("reason", reason, longest=200, required=True)
    identifier.ended_on, identifier.end_reason = on, why
    identifier.save(update_fields=["ended_on", "end_reason"])
    subject = f"party:{identifier.party_id}"
    access_log.look(actor.ref, "party.identifier_end", subject, why, now)


def open_identifier(row: Identifier) -> str:
    """A number in plain; people's only for writers and the logged :func:`reveal`."""
    return row.value or decrypt(row.value_enc, naming.context("identifier", "value", row.id))


def shown_identifier(row: Identifier) -> str:
    """A number as whoever may see the party may see it."""
    return mask_identifier(row.kind, open_identifier(row))


def files(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Party]:
    """The kept files of some parties, by the ids asked for (1 statement)."""
    rows = Party.objects.filter(pk__in=set(ids)).select_related("file")
    return {row.pk: row.file for row in rows}


def _log(actor: Looker, what: str, party: Party | None, why: str, now: datetime) -> None:
    subject = f"party:{party.id}" if party else "party"
    access_log.look(actor.ref, what, subject, why, now, rows=int(party is not None))

"""Near matches: what waits for a person's eye, and what a person answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log
from yishi.foundation.credit import sources
from yishi.foundation.credit.entries import seal_entry
from yishi.foundation.credit.judging import Answers, Finding, Near
from yishi.foundation.credit.models import CreditSource, ListEntry, NearMatch, Screening
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError

_STATES = {
    sources.OK: "ok",
    sources.STALE: "stale",
    sources.NEVER: "never",
    sources.GARBLED: "garbled",
    sources.EMPTY: "garbled",
}


def source_state(state: str) -> str:
    """The state that is kept with a source."""
    return _STATES.get(state, "down")


def answers(keys: Sequence[str]) -> Answers:
    """What people answered about some subjects (1 statement)."""
    rows = NearMatch.objects.filter(subject_key__in=keys, state__in=["SAME", "DIFFERENT"])
    return {(row.subject_key, _ref(row)): row.state for row in rows.select_related("entry__source")}


def _ref(row: NearMatch) -> str:
    if row.entry is None:
        return f"record:{row.record_id}"
    source = row.entry.source
    return (
        f"live:{source.key}:{row.entry.external_id}"
        if source.kind == "live"
        else f"entry:{row.entry_id}"
    )


def store(finding: Finding, screening: Screening, now: datetime) -> None:
    """Keep the near matches of a screening (1 statement, and 2 for each that came live); what a
    person answered stays, what only seemed distinct waits for a person again."""
    rows = [_row(one, screening, now) for one in finding.near]
    NearMatch.objects.bulk_create(rows, ignore_conflicts=True)
    again = Q(pk__in=[])
    for row in rows:
        if row.state == NearMatch.OPEN:
            again |= Q(subject_key=row.subject_key, record_id=row.record_id, entry_id=row.entry_id)
    if again != Q(pk__in=[]):
        NearMatch.objects.filter(again, state=NearMatch.DISTINCT).update(
            state=NearMatch.OPEN, screening=screening
        )


def _row(one: Near, screening: Screening, now: datetime) -> NearMatch:
    kind, _, found = one.listing.ref.partition(":")
    numbers = {k: sorted(v) for k, v in one.asked.numbers.items()}
    stated = {"name": one.asked.name, "numbers": numbers}
    own = one.asked.party_id is not None
    text = "" if own else json.dumps(stated, ensure_ascii=False)
    entry = _live_entry(one, now) if kind == "live" else int(found) if kind == "entry" else None
    record = UUID(found) if kind == "record" else None
    return NearMatch(
        subject_key=one.asked.key,
        party_id=one.asked.party_id,
        subject_enc=encrypt(text, bound(record, entry)) if text else "",
        record_id=record,
        entry_id=entry,
        screening=screening,
        score=one.found.score,
        why=list(one.found.why),
        state=NearMatch.OPEN if one.open else NearMatch.DISTINCT,
        created_at=now,
    )


def _live_entry(one: Near, now: datetime) -> int:
    """A row for an entry that a platform told of, for a person to look at and to answer about. It
    is not screened by: the platform is asked again each time."""
    listing, key = one.listing, one.listing.ref.split(":", 2)
    source = CreditSource.objects.get(key=key[1])
    row = ListEntry(
        source=source,
        list_key=listing.list_key,
        ground=listing.ground,
        external_id=key[2],
        person=listing.person,
        name_hash=listing.name_hash,
        identifier_kind=listing.identifier_kind,
        identifier_hash=listing.identifier_hash,
        masked=listing.masked,
        authority=listing.authority,
        document_no=listing.document_no,
        listed_on=listing.listed_on,
        ends_on=listing.ends_on,
        loaded_at=now,
    )
    seal_entry(row, listing.name, "")
    known = ListEntry.objects.filter(source=source, external_id=key[2], removed_at=None)
    found = known.values_list("pk", flat=True).first()
    if found is None:
        row.save()
        found = row.pk
    return int(found)


def stated(match: NearMatch) -> dict[str, object]:
    """Name and numbers of a subject without a file, in plain; the caller logs the look."""
    if not match.subject_enc:
        return {}
    found: dict[str, object] = json.loads(
        decrypt(match.subject_enc, bound(match.record_id, match.entry_id))
    )
    return found


def bound(record: UUID | None, entry: int | None) -> str:
    """What the sealed subject is bound to: the listing, for the key changes with the lookup key."""
    return f"credit.near:{record or ''}:{entry or ''}"


@transaction.atomic
def answer(match: NearMatch, same: bool, note: object, actor: Actor, now: datetime) -> NearMatch:
    """Say whether a near match is the same subject; it holds from the next screening on. An answer
    may be corrected. Raises `FieldError` on ``note``."""
    why = clean_text("note", note, longest=200, required=True)
    row = NearMatch.objects.select_for_update().get(pk=match.pk)
    if row.state == NearMatch.DISTINCT:
        raise FieldError("state", "号码不同，已确定不是同一主体", "distinct")
    row.state = NearMatch.SAME if same else NearMatch.DIFFERENT
    row.answered_by, row.answered_at, row.note = actor.ref, now, why
    row.save(update_fields=["state", "answered_by", "answered_at", "note"])
    access_log.look(actor.ref, "credit.near", f"near:{row.pk}", row.state, now)
    return row

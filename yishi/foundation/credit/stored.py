"""The sources of this installation: what is recorded here, lists that were loaded, live ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from yishi.foundation.credit import standing
from yishi.foundation.credit.asking import Asked
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.listings import Likeness, Listing, clean_masked, is_masked
from yishi.foundation.credit.models import CreditRecord, CreditSource, ListEntry
from yishi.foundation.credit.near_names import similar_entries
from yishi.foundation.credit.sources import Answer, Source, SourceGarbled
from yishi.foundation.credit.subjects import number_hash
from yishi.foundation.parties.identifiers import check_identifier
from yishi.foundation.parties.naming import compared, name_hash
from yishi.foundation.revisions.errors import FieldError


@dataclass(frozen=True, slots=True)
class OwnSource:
    """The records of this city's credit file that are in force (1 statement)."""

    key: str
    name: str
    kind: str = "own"
    lists: tuple[str, ...] = ()
    max_age: timedelta | None = None
    stored: bool = True

    def ask(self, asked: Sequence[Asked], now: datetime, timeout: float) -> Answer:
        known = book()
        wanted = Q(identifier_hash__in=[one for who in asked for one in who.every_hash])
        wanted |= Q(name_hash__in=[one for who in asked for one in who.name_hashes])
        files = [who.party_id for who in asked if who.party_id]
        if files:
            wanted |= Q(party__file_id__in=files)
        rows = CreditRecord.objects.unscoped("screening sees every record in force").filter(
            wanted, in_force=True
        )
        today = standing.today_of(now)
        listings = [
            _of_record(row, self.key, known)
            for row in rows.exclude(ground="").select_related("party").order_by("pk")
            if standing.counts(row, today, known)
        ]
        return Answer(now, f"rules {known.version}", None, listings)


@dataclass(frozen=True, slots=True)
class ListSource:
    """Lists that were loaded from a file (2 statements)."""

    key: str
    name: str
    pk: int
    lists: tuple[str, ...]
    max_age: timedelta | None
    kind: str = "list"
    stored: bool = True

    def ask(self, asked: Sequence[Asked], now: datetime, timeout: float) -> Answer:
        row = CreditSource.objects.get(pk=self.pk)
        wanted = Q(identifier_hash__in=[one for who in asked for one in who.every_hash])
        wanted |= Q(name_hash__in=[one for who in asked for one in who.name_hashes])
        similar = similar_entries(self.pk, asked)
        if similar:
            wanted |= Q(pk__in=list(similar))
        rows = ListEntry.objects.filter(wanted, source_id=self.pk, removed_at__isnull=True)
        listings = [_of_entry(one, self.key, similar) for one in rows.order_by("pk")]
        return Answer(row.as_of, row.version, row.rows, listings)


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A platform that is asked at the moment of the decision, by HTTP and JSON.

    It is told numbers and names and answers ``{"as_of", "version", "total", "listings": [{"id",
    "list", "name", "identifier", "identifier_kind", "person", "document_no", "authority",
    "listed_on", "ends_on"}]}``. Anything else is garbled.
    """

    key: str
    name: str
    address: str
    lists: tuple[str, ...]
    max_age: timedelta | None
    book: CreditBook
    kind: str = "live"
    stored: bool = False

    def ask(self, asked: Sequence[Asked], now: datetime, timeout: float) -> Answer:
        from yishi.foundation.credit.fetching import fetch

        question = {
            "lists": list(self.lists),
            "subjects": [
                {
                    "names": list(who.names),
                    "numbers": {k: sorted(v) for k, v in who.numbers.items()},
                }
                for who in asked
            ],
        }
        body = json.dumps(question, ensure_ascii=False).encode()
        raw = fetch(self.address, body, timeout)
        return self.read(raw, now)

    def read(self, raw: bytes, now: datetime) -> Answer:
        """The answer in *raw*. Raises `SourceGarbled`."""
        try:
            content = json.loads(raw)
            as_of = datetime.fromisoformat(content["as_of"])
            listings = [self._listing(one) for one in content["listings"]]
            return Answer(as_of, content["version"], content["total"], listings)
        except (ValueError, KeyError, TypeError, AttributeError, FieldError) as error:
            raise SourceGarbled(f"答复无法识别（{type(error).__name__}）") from None

    def _listing(self, raw: Mapping[str, Any]) -> Listing:
        listed = self.book.lists[raw["list"]]
        if raw["list"] not in self.lists:
            raise ValueError("a list that was not asked for")
        name, number = str(raw["name"]), str(raw.get("identifier") or "")
        listed_on = date.fromisoformat(raw["listed_on"])
        ends = raw.get("ends_on")
        kind, hashed, masked = "", "", ""
        if number and is_masked(number):
            masked = clean_masked("identifier", number)
        elif number:
            checked = check_identifier(
                "identifier", raw.get("identifier_kind") or "uscc", number, date.max
            )
            kind, hashed = checked.kind, number_hash(checked, name)
        if not compared(name):
            raise ValueError("no name")
        return Listing(
            ref=f"live:{self.key}:{str(raw['id'])[:80]}",
            source=self.key,
            ground=listed.ground,
            list_key=listed.key,
            name_hash=name_hash(name),
            listed_on=listed_on,
            ends_on=date.fromisoformat(ends) if ends else None,
            identifier_kind=kind,
            identifier_hash=hashed,
            masked=masked,
            document_no=str(raw.get("document_no") or "")[:120],
            authority=str(raw.get("authority") or "")[:120],
            person=raw.get("person") is True,
            name=name[:200],
        )


def configured() -> list[Source]:
    """The sources of this city (1 statement)."""
    known, found = book(), list[Source]()
    for row in CreditSource.objects.order_by("pk"):
        lists = tuple(row.lists)
        if row.kind == "own":
            found.append(OwnSource(row.key, row.name))
        elif row.kind == "list":
            found.append(ListSource(row.key, row.name, row.pk, lists, row.max_age))
        else:
            found.append(LiveSource(row.key, row.name, row.address, lists, row.max_age, known))
    return found


def _of_record(row: CreditRecord, source: str, known: CreditBook) -> Listing:
    return Listing(
        ref=f"record:{row.pk}",
        source=source,
        ground=row.ground,
        list_key=row.list_key,
        name_hash=row.name_hash,
        listed_on=row.document_date,
        party_id=row.party.file_id if row.party else None,
        identifier_kind=row.identifier_kind,
        identifier_hash=row.identifier_hash,
        document_no=row.document_no,
        authority=row.authority,
    )


def _of_entry(
    row: ListEntry, source: str, similar: Mapping[int, Mapping[str, Likeness]]
) -> Listing:
    return Listing(
        ref=f"entry:{row.pk}",
        source=source,
        ground=row.ground,
        list_key=row.list_key,
        name_hash=row.name_hash,
        listed_on=row.listed_on,
        ends_on=row.ends_on,
        identifier_kind=row.identifier_kind,
        identifier_hash=row.identifier_hash,
        masked=row.masked,
        document_no=row.document_no,
        authority=row.authority,
        person=row.person,
        similar=similar.get(row.pk, {}),
    )

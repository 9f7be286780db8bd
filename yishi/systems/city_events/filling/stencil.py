"""A planned case as a stencil: copies of it, other ids and whole weeks earlier or later.

A copy is what the plans would have stored, had everything happened so many weeks before: the same
steps at the same distances, in an unbroken trace with hashes of its own. Only the calendar is not
asked anew: a copy that comes to lie over a holiday keeps the distances of the first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import models

from yishi.foundation.access.tracking import tracking_code, tracking_hash
from yishi.foundation.audit import chain
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import COLUMNS, rows_of
from yishi.foundation.cases.models import CasePaper, Exemption, IntakeKey, RollUpDelta
from yishi.foundation.cases.writer import column_types
from yishi.foundation.parties.contacts import contact_row
from yishi.foundation.parties.models import Contact
from yishi.foundation.rulebook.models import Decision, DecisionRow
from yishi.systems.city_events.filing import case_number
from yishi.systems.city_events.filling.binary import Places, write_row
from yishi.systems.city_events.models import Card, Report, words_part

CITY_TIME = ZoneInfo("Asia/Shanghai")
#: Ids of copies and of what they are copied from have this many digits.
DIGITS = 8
LOWEST = 10 ** (DIGITS - 1)
_WEEK = 7 * 86_400 * 1_000_000
_FIRST_DAY = date(2000, 1, 1).toordinal()
#: Dates as they are written, by days since 2000.
_WRITTEN = np.frombuffer(
    b"".join(date.fromordinal(_FIRST_DAY + n).isoformat().encode() for n in range(365 * 80)),
    dtype=np.uint8,
).reshape(-1, 10)


def _columns(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a model but its key, which the database gives."""
    return tuple(
        str(field.column) for field in model._meta.concrete_fields if not field.primary_key
    )


#: The tables that a case has rows in, with the columns that its writers name.
TABLES: Mapping[type[models.Model], tuple[str, ...]] = {
    **COLUMNS,
    Decision: DecisionRow.columns,
    **{model: _columns(model) for model in (Report, IntakeKey, CasePaper, Card, Exemption)},
}
Bytes = Any
"""An array of bytes, or of places in one (numpy's types say no more than that)."""


class NotCopied(ValueError):
    """A case that holds its id where a stencil does not know it."""


def external_id(case_id: int) -> str:
    """The reporter's key of a simulated report: as long for every copy."""
    return f"simulated-{case_id}"


@dataclass(frozen=True, slots=True)
class _Sender:
    """What a report was, as far as a copy's own values follow from it."""

    channel: str
    #: The canonical form of what was sent, before and after the key.
    around: tuple[bytes, bytes]
    contact: dict[str, str] | None


class Stencil:
    """A case with all its rows, ready to be copied."""

    __slots__ = (
        "_body_hash",
        "_bytes",
        "_contact_ids",
        "_contact_texts",
        "_days",
        "_days_at",
        "_head",
        "_ids_at",
        "_keys_at",
        "_numbers_at",
        "_parts",
        "_prefix",
        "_received_at",
        "_sender",
        "_texts_at",
        "_times",
        "_times_at",
        "_traces",
        "_tracking",
        "_words",
        "_written",
        "_written_at",
    )

    def __init__(
        self,
        change: Change,
        raw: dict[str, Any],
        channel: str,
        prefix: str,
    ) -> None:
        case = change.after
        key, number = external_id(case.id), case.number
        contact = change.after.data.get("contacts") or [[""]]
        where = Places(texts={text.encode(): [] for text in (str(case.id), number, key)})
        if contact[0][0]:
            where.texts[contact[0][0].encode()] = []
        out = bytearray()
        rows = rows_of(change)
        rows.pop(RollUpDelta, None)
        rows.pop(Contact, None)
        self._parts = []
        for model, names in TABLES.items():
            start, kinds = len(out), column_types(model, names)
            for row in rows.pop(model, ()):
                values = [row[name] for name in names]
                write_row(out, model.__name__, names, values, kinds, where)
            self._parts.append((start, len(out)))
        if rows:
            raise NotCopied(f"rows of {', '.join(model.__name__ for model in rows)}")
        self._bytes: Bytes = np.frombuffer(bytes(out), dtype=np.uint8)
        self._prefix, self._received_at = prefix, case.received_at
        self._place_values(where)
        self._place_texts(where, case.id, number, key, contact[0][0])
        before, _, after = chain.canonical(_said(raw)).partition(key.encode())
        known = {name: str(raw[name]) for name in ("name", "phone", "email") if raw.get(name)}
        self._sender = _Sender(channel, (before, after), known or None)

    def _place_values(self, where: Places) -> None:
        values = where.values
        self._times_at = _spread([at for at, _ in where.times], 8)
        self._times = np.array([value for _, value in where.times], dtype=np.int64)
        self._days_at = _spread([at for at, _ in where.days], 4)
        self._days = np.array([value for _, value in where.days], dtype=np.int32)
        self._written_at = _spread([at for at, _ in where.written_days], 10)
        self._written = np.array(
            [day - _FIRST_DAY for _, day in where.written_days], dtype=np.int32
        )
        own = [("Case", "id"), ("Decision", "subject_id")]
        own += [key for key in values if key[1] == "case_id"]
        self._ids_at = _spread([start for key in own for start, _ in values.get(key, ())], 8)
        bodies, hashes = values["Trace", "body"], values["Trace", "hash"]
        self._traces = [(*body, at) for body, (at, _) in zip(bodies, hashes, strict=True)]
        self._head = values["Case", "trace_head"][0][0]
        self._tracking = values["Report", "tracking_hash"][0][0]
        self._body_hash = values["IntakeKey", "body_hash"][0][0]
        self._words = [end - 24 for _, end in values["CaseWords", "part"][1:]]
        self._contact_ids = [start for start, _ in values.get(("Report", "contact_id"), ())]

    def _place_texts(
        self, where: Places, case_id: int, number: str, key: str, contact: str
    ) -> None:
        places = {text.decode(): found for text, found in where.texts.items()}
        within_keys = [at + len(key) - DIGITS for at in places[key]]
        numbers = {at + n for at in places[number] for n in range(len(number))}
        left = set(places[str(case_id)]) - {*within_keys, *numbers}
        starts = b'"case":'
        for at in left:
            if self._bytes[at - len(starts) : at].tobytes() != starts:
                raise NotCopied(f"{number}: the id stands at an unknown place")
        self._texts_at = _spread([*left, *within_keys], DIGITS)
        self._numbers_at = _spread(places[number], len(number))
        self._contact_texts = places[contact] if contact else []

    def print(
        self, case_id: int, weeks: int, out: Sequence[list[bytes]], contacts: list[dict[str, Any]]
    ) -> None:
        """Add a copy with the id *case_id*, *weeks* later (or earlier), to the rows in *out*."""
        buffer = self._bytes.copy()
        self._move(buffer, weeks)
        received = self._received_at + timedelta(weeks=weeks)
        written = str(case_id).encode()
        buffer[self._ids_at] = _tiled(struct.pack(">q", case_id), self._ids_at)
        buffer[self._texts_at] = _tiled(written, self._texts_at)
        number = case_number(self._prefix, case_id, received).encode()
        buffer[self._numbers_at] = _tiled(number, self._numbers_at)
        data = memoryview(buffer)
        self._own_report(data, case_id, received, contacts)
        head = chain.GENESIS
        for start, end, at in self._traces:
            head = chain.link(data[start:end].tobytes(), head)
            data[at : at + len(head)] = head
        data[self._head : self._head + len(head)] = head
        for rows, (start, end) in zip(out, self._parts, strict=True):
            if end > start:
                rows.append(data[start:end].tobytes())

    def _move(self, buffer: Bytes, weeks: int) -> None:
        """Let everything happen so many weeks later."""
        times = (self._times + weeks * _WEEK).astype(">i8")
        buffer[self._times_at] = times.view(np.uint8)
        buffer[self._days_at] = (self._days + weeks * 7).astype(">i4").view(np.uint8)
        buffer[self._written_at] = _WRITTEN[self._written + weeks * 7].ravel()

    def _own_report(
        self,
        data: memoryview[int],
        case_id: int,
        received: datetime,
        contacts: list[dict[str, Any]],
    ) -> None:
        sender, key = self._sender, external_id(case_id)
        tracking = tracking_hash(tracking_code(sender.channel, key))
        data[self._tracking : self._tracking + 32] = tracking
        for at in self._words:
            data[at : at + 24] = words_part(tracking)[-24:].encode()
        before, after = sender.around
        digest = chain.digest(before + key.encode() + after)
        data[self._body_hash : self._body_hash + len(digest)] = digest
        if sender.contact is None:
            return
        known = sender.contact
        row = contact_row(
            name=known.get("name", ""),
            phone=known.get("phone", ""),
            email=known.get("email", ""),
            now=received,
        )
        contacts.append(dict(row))
        for at in self._contact_ids:
            data[at : at + 16] = row["id"].bytes
        for at in self._contact_texts:
            data[at : at + 36] = str(row["id"]).encode()


def _said(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if value not in (None, "")}


def _spread(starts: Iterable[int], size: int) -> Bytes:
    """The places of *size* bytes from each start, in a row."""
    places = np.array(list(starts), dtype=np.intp).reshape(-1, 1) + np.arange(size)
    return places.ravel().astype(np.uint16 if places.size and places.max() < 65_536 else np.intp)


def _tiled(text: bytes, places: Bytes) -> Bytes:
    """*text* as often as it fits into *places*."""
    return np.frombuffer(text * (len(places) // len(text)), dtype=np.uint8)

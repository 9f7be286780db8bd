"""Taking in one entry of a phone's queue: each key once, whatever is sent how often."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import chain
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text, read_int, read_uuid
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.uploads import accept_uploads, store
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import City
from yishi.systems.city_events.intake import Opening, Receipt, merged_or_opened, report
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.onsite.models import Submission
from yishi.systems.city_events.onsite.presence import Position, read_position
from yishi.systems.city_events.onsite.settling import Settling
from yishi.systems.city_events.reports import ReportInput

#: Moves that are made on site.
MOVES = ("sign", "report_check", "report_verification", "finish", "confirm")
#: Who works on site.
ROLES = frozenset({"collector", "handler", "unit_officer"})
PHOTO_FIELDS = ("photos_before", "photos")
CHANNEL = "collector"
_FIELDS = frozenset({"key", "kind", "number", "move", "version", "facts", "place", "entered"})


class Upload(Protocol):
    """An uploaded file as Django gives it."""

    name: str | None
    content_type: str | None

    def read(self, num_bytes: int | None = None) -> bytes: ...

    def seek(self, offset: int) -> int: ...


Files = Mapping[str, Sequence[Upload]]


class KeyUsed(Exception):
    """The key came before, with something else in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was written down on the phone. ``version``: of the case as it was seen."""

    key: uuid.UUID
    kind: str
    number: str
    move: str
    version: int | None
    facts: Mapping[str, Any]
    on_site: Position | None
    body_hash: bytes


def read_entry(body: Any, files: Files) -> Entry:
    """Check the frame of an entry; what its move asks for is checked where it is made.

    Raises:
        FieldError: naming the field.
    """
    if not isinstance(body, Mapping):
        raise FieldError("body", "应为一条填报", "type")
    for name in body:
        if name not in _FIELDS:
            raise FieldError(str(name)[:64], "没有这个字段", "unknown")
    kind = body.get("kind")
    if kind not in _MAKERS:
        raise FieldError("kind", "应为 move、report 或 settle", "choice")
    facts = body.get("facts")
    if not isinstance(facts, Mapping):
        raise FieldError("facts", "应为填报内容", "type")
    for name in files:
        if name not in PHOTO_FIELDS:
            raise FieldError(str(name)[:64], "没有这个字段", "unknown")
    move = clean_text("move", body.get("move"), 40)
    if kind == "move" and move not in MOVES:
        raise FieldError("move", "现场没有这个步骤", "unknown")
    version = body.get("version")
    return Entry(
        key=read_uuid("key", body.get("key")),
        kind=str(kind),
        number=clean_text("number", body.get("number"), 40),
        move=move,
        version=None if version in (None, "") else read_int("version", version),
        facts=facts,
        on_site=read_position(body.get("place"), body.get("entered")),
        body_hash=_digest(body, files),
    )


def _digest(body: Mapping[str, Any], files: Files) -> bytes:
    """Of what was entered. The version is none of it: what the case looked like may be brought up
    to date between two sendings."""
    kept = {name: value for name, value in body.items() if name != "version"}
    kept["files"] = {name: [_file_digest(file) for file in files[name]] for name in sorted(files)}
    try:
        return chain.digest(chain.canonical(kept))
    except (TypeError, ValueError) as error:
        raise FieldError("body", "含有无法保存的字符", "characters") from error


def _file_digest(file: Upload) -> str:
    found = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    return found


def send(actor: Actor, entry: Entry, files: Files, now: datetime) -> dict[str, Any]:
    """Carry *entry* out, or give the answer that it got before (``replayed``). One transaction:
    the key first, so that a second sending at the same moment waits for the first.

    Raises:
        KeyUsed: for a key that came with something else.
        MoveRefused, CaseNotFound, FieldError, AlreadyOpen: nothing is stored; the key stays free.
    """
    with transaction.atomic():
        row, made = Submission.objects.get_or_create(
            user_id=actor.user_id or 0,
            key=entry.key,
            defaults={"kind": entry.kind, "body_hash": entry.body_hash, "at": now},
        )
        if not made:
            if bytes(row.body_hash) != entry.body_hash:
                raise KeyUsed(str(entry.key))
            return {**row.answer, "replayed": True}
        photos = _stored(actor, files, now)
        row.answer = _MAKERS[entry.kind](actor, entry, photos, now)
        row.save(update_fields=["answer"])
    return {**row.answer, "replayed": False}


def _stored(actor: Actor, files: Files, now: datetime) -> dict[str, list[str]]:
    stored: dict[str, list[str]] = {}
    for name, given in files.items():
        rows = accept_uploads(given, actor_ref=actor.ref, now=now, field=name)
        if rows:
            stored[name] = [str(attachment.id) for attachment in store(rows)]
    return stored


def _move(
    actor: Actor, entry: Entry, photos: Mapping[str, list[str]], now: datetime
) -> dict[str, Any]:
    raw = {**entry.facts, **photos}
    case = moves.advance(
        actor,
        entry.number,
        entry.move,
        raw,
        now,
        expected_version=entry.version,
        on_site=entry.on_site,
    )
    return {"number": case.number, "state": case.state, "version": case.version}


def _report(
    actor: Actor, entry: Entry, photos: Mapping[str, list[str]], now: datetime
) -> dict[str, Any]:
    if "photos_before" in photos:
        raise FieldError("photos_before", "上报只有一组照片", "unknown")
    raw = {**entry.facts, "external_id": f"onsite-{actor.user_id}-{entry.key}", **photos}
    return _told(report(actor, raw, CHANNEL, now, _opening(entry.on_site)))


def _opening(on_site: Position | None) -> Opening:
    """As every report, with the place check as a fact of a case that it opens."""

    def opening(
        case_id: int, data: ReportInput, actor: Actor, registers: City, now: datetime
    ) -> Any:
        if on_site is None:
            return merged_or_opened(case_id, data, actor, registers, now)
        more = {"on_site": on_site.fact(data.place.lon, data.place.lat)}
        return merged_or_opened(case_id, data, actor, registers, now, more)

    return opening


def _settle(
    actor: Actor, entry: Entry, photos: Mapping[str, list[str]], now: datetime
) -> dict[str, Any]:
    facts = dict(entry.facts)
    note = clean_text("note", facts.pop("note", None))
    raw = {**facts, "external_id": f"onsite-{actor.user_id}-{entry.key}"}
    raw["photos"] = photos.get("photos_before", [])
    after = [uuid.UUID(photo) for photo in photos.get("photos", ())]
    settling = Settling(after, note, entry.on_site)
    return _told(report(actor, raw, CHANNEL, now, settling.opening))


def _told(receipt: Receipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "state": receipt.state,
        "unit": receipt.unit,
        "merged": receipt.merged,
    }


_MAKERS: Mapping[
    str, Callable[[Actor, Entry, Mapping[str, list[str]], datetime], dict[str, Any]]
] = {"move": _move, "report": _report, "settle": _settle}


def state_label(state: str) -> str:
    """What a state is called; empty for none."""
    found = LIFECYCLE.states.get(state)
    return gettext(found.label) if found else ""


def standing(actor: Actor, error: MoveRefused) -> dict[str, Any]:
    """How the case stands that refused a move, for whoever may still see it (1 statement)."""
    cases = [case for case in load_states(number=error.number) if sees(actor, case)]
    if not cases:
        return {"number": error.number, "state_label": state_label(error.state)}
    case: CaseState = cases[0]
    return {
        "number": case.number,
        "state": case.state,
        "state_label": state_label(case.state),
        "version": case.version,
    }

"""A check record as a form or a phone sends it, with its photos by condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.uploads import accept_uploads, store
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.models import Finding
from yishi.systems.pledge_licences.services import checking

MET, NOT_MET, FALSE = Finding.MET, Finding.NOT_MET, Finding.FALSE
PHOTO = "photo_"
OTHER = "other"
MOST_PHOTOS = 9


def conclude(answers: Mapping[str, str]) -> str:
    """What the conditions come to together: false before not met before met."""
    for result in (FALSE, NOT_MET):
        if result in answers.values():
            return result
    return MET


def record(
    actor: Actor,
    number: str,
    licence: Licence,
    raw: Mapping[str, Any],
    files: Mapping[str, Sequence[Any]],
    now: datetime,
    *,
    exception: bool = False,
) -> CaseState:
    """Store photos and finding together: ``found_<condition>`` met, not_met or false,
    ``note_<condition>``, ``second``, ``rectify_by``, ``evidence``, ``note``, ``key``,
    ``found_at``, ``lon``, ``lat``; files ``photo_<condition>``.

    Raises CaseNotFound, MoveRefused, FieldError; nothing is stored then.
    """
    answers, conditions = _conditions(licence, raw)
    wanted = ("second", "rectify_by", "evidence", "note", "key", "found_at", "lon", "lat")
    given = {name: raw.get(name) for name in wanted}
    with transaction.atomic():
        photos = _photos(actor, licence, files, now)
        finding = {
            **given,
            "result": conclude(answers),
            "conditions": conditions,
            "photos": photos,
        }
        verb = checking.ask_exception if exception else checking.record_finding
        return verb(actor, number, finding, now)


def _conditions(
    licence: Licence, raw: Mapping[str, Any]
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    answers: dict[str, str] = {}
    found = []
    for one in licence.conditions:
        answer = str(raw.get(f"found_{one.key}") or "")
        if not answer:
            continue
        if answer not in (MET, NOT_MET, FALSE):
            raise FieldError(f"found_{one.key}", "应为相符、不符或虚假", "choice")
        answers[one.key] = answer
        note = raw.get(f"note_{one.key}") or ""
        found.append({"key": one.key, "met": answer == MET, "note": note})
    return answers, found


def _photos(
    actor: Actor, licence: Licence, files: Mapping[str, Sequence[Any]], now: datetime
) -> list[str]:
    known = {f"{PHOTO}{one.key}": one.key for one in licence.conditions} | {
        f"{PHOTO}{OTHER}": OTHER
    }
    rows: list[Any] = []
    for name, given in files.items():
        if name not in known:
            raise FieldError(str(name)[:64], "没有这个字段", "unknown")
        for file in given:
            # The name says which condition a photo shows; the case page reads it.
            file.name = f"{known[name]}.jpg"
        rows += accept_uploads(given, actor_ref=actor.ref, now=now, field=name)
    if len(rows) > MOST_PHOTOS:
        raise FieldError("photos", f"最多{MOST_PHOTOS}张照片", "too_many")
    return [str(one.id) for one in store(rows)]

"""What the applicant said and handed in, as the body that decides may see it.

A parent's system keeps the one form and the one set of papers; its items ask it for their part. A
single item without a parent keeps its own, sealed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.catalogue import Book, Item
from yishi.foundation.approvals.models import Submission
from yishi.foundation.approvals.roles import READERS
from yishi.foundation.approvals.values import read_value, shown_value
from yishi.foundation.cases.models import Case, CasePaper
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties import crypto
from yishi.foundation.revisions.errors import FieldError

CONTEXT = "approvals.submission"


@dataclass(frozen=True, slots=True)
class SubmittedField:
    """One field: what was said, and where it came from (``""``: the applicant)."""

    label: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class SubmittedPaper:
    """One paper: its name here, what the applicant was told it is called, how it stands."""

    name: str
    told_as: str = ""
    status: str = ""
    attachments: Sequence[uuid.UUID] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """The part of an application that one item asked for."""

    applicant: str = ""
    fields: Sequence[SubmittedField] = ()
    papers: Sequence[SubmittedPaper] = ()
    #: Who may open which file besides those of the case itself.
    attachments: frozenset[uuid.UUID] = field(default_factory=frozenset)


#: Called with the actor, the id of the root, the item's case, and the time.
Show = Callable[[Actor, int, CaseState, datetime], Submitted]
_SHOWS: dict[str, Show] = {}


def register(system: str, show: Show) -> None:
    """Let *show* say what was submitted for items whose parent belongs to *system*."""
    _SHOWS[system] = show


def submitted_for(actor: Actor, case: CaseState, book: Book, now: datetime) -> Submitted:
    """What was submitted for *case*, which *actor* sees (1 to 3 statements). Whoever has the case
    in scope without working on items sees nothing of it."""
    if actor.kind == "user" and not actor.has(*READERS):
        return Submitted()
    if case.root_id is not None:
        roots = Case.objects.unscoped("the parent of a case that is in sight")
        system = roots.values_list("system", flat=True).get(pk=case.root_id)
        show = _SHOWS.get(system)
        return show(actor, case.root_id, case, now) if show is not None else Submitted()
    return _own(actor, case, book)


def _own(actor: Actor, case: CaseState, book: Book) -> Submitted:
    row = Submission.objects.visible_to(actor).filter(case_id=case.id).first()
    item = book.items[case.type_key]
    values: Mapping[str, Any] = orjson.loads(crypto.decrypt(row.sealed, CONTEXT)) if row else {}
    papers = CasePaper.objects.visible_to(actor).filter(case_id=case.id, step__in=_steps(item))
    found: dict[str, list[uuid.UUID]] = {}
    for step, attachment in papers.order_by("id").values_list("step", "attachment_id"):
        found.setdefault(step, []).append(attachment)
    return Submitted(
        str(values.get("applicant_name") or values.get("organisation_name") or ""),
        [
            SubmittedField(book.fields[key].label, shown_value(book.fields[key], values[key]))
            for key in item.fields
            if key in values
        ],
        list(_papers(item, case, found)),
    )


def _steps(item: Item) -> list[str]:
    return [paper_step(wanted.material) for wanted in item.materials]


def paper_step(material: str) -> str:
    """The step under which a paper of a single item hangs on its case."""
    return material[:16]


def _papers(
    item: Item, case: CaseState, found: Mapping[str, Sequence[uuid.UUID]]
) -> Iterator[SubmittedPaper]:
    deferred = case.data.get("deferred") or {}
    for wanted in item.materials:
        until = deferred.get(wanted.material)
        files = found.get(paper_step(wanted.material), ())
        status = f"容缺，{until}前补交" if until else ("已提交" if files else "窗口收取")
        yield SubmittedPaper(wanted.named, wanted.material, status, files)


def read_values(item: Item, book: Book, raw: Mapping[str, Any], today: date) -> dict[str, str]:
    """The values of *item*'s fields in *raw*; nothing beyond the guide is taken.

    Raises:
        FieldError: naming the field.
    """
    for name in raw:
        if name not in item.fields:
            raise FieldError(str(name)[:48], "办事指南没有要求这一项", "unknown")
    found = {
        key: read_value(key, book.fields[key], raw[key], today) for key in item.fields if key in raw
    }
    return {key: value for key, value in found.items() if value}


def seal(values: Mapping[str, Any]) -> str:
    """*values* as a token."""
    return crypto.encrypt(orjson.dumps(values).decode(), CONTEXT)

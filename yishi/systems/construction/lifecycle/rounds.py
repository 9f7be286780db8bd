"""Acceptance rounds begin when their item is accepted, and end with it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.catalogue.types import Book, ProjectItem
from yishi.systems.construction.lifecycle.offices import assign_once, office_for
from yishi.systems.construction.models import DepartmentOpinion, Round
from yishi.systems.construction.states import CONCLUDE, OPINION

_SPACE = uuid.UUID("6f1c1c52-6a3e-4a53-9d6a-0b7d1f7a4b10")


def round_id(item: int, number: int) -> uuid.UUID:
    """The id of a round: known before it is stored, and the same whenever it is planned."""
    return uuid.uuid5(_SPACE, f"{item}:{number}")


def acceptance_items(book: Book) -> tuple[str, str]:
    """The items that are acceptances: of the project, of a unit."""
    return book.policy.joint_item, book.policy.unit_item


def parts_of(book: Book, case: CaseState, unit: str) -> list[ProjectItem]:
    """Whose opinion an acceptance needs. A unit's planning check came before; land, greening and
    archives are looked at with the project as a whole."""
    members = book.joint_members(case.type_key, case.data.get("traits") or ())
    if not unit:
        return members
    own = [item for item in members if item.joint == "statutory"]
    return [item for item in own if item.key not in (book.policy.planning_item, "gc_land_check")]


def follow_acceptances(draft: Draft, members: Sequence[CaseState]) -> None:
    """Open the first round of each acceptance that was accepted; end the duties of those that are
    over."""
    book = draft.context.catalogue
    rounds: dict[str, Any] = dict(draft.case.data.get("rounds") or {})
    for member in members:
        if member.type_key not in acceptance_items(book):
            continue
        key = str(member.id)
        if key not in rounds and member.clock("promise") is not None and not member.outcome:
            rounds[key] = {"number": 1, "unit": member.data.get("unit", ""), "open": True}
            _open_first(draft, book, member)
        elif key in rounds and member.outcome and rounds[key]["open"]:
            rounds[key] = rounds[key] | {"open": False}
    draft.case.data["rounds"] = rounds
    if not any(entry["open"] for entry in rounds.values()):
        for role in (OPINION, CONCLUDE):
            for held in draft.case.duties(role):
                draft.end_of(role, held.unit_id)


def _open_first(draft: Draft, book: Book, member: CaseState) -> None:
    unit_id = member.data.get("unit_id")
    begin = round_id(member.id, 1)
    draft.rows.append(
        (
            Round,
            {
                "id": begin,
                "case_id": draft.case.id,
                "item_id": member.id,
                "unit_id": unit_id,
                "number": 1,
                "state": "on_site",
                "opened_at": draft.now,
                "notice": "",
                "note": "",
            },
        )
    )
    for item in parts_of(book, draft.case, member.data.get("unit", "")):
        office = office_for(draft.context.register, item.function, draft.case, draft.now)
        draft.rows.append((DepartmentOpinion, opinion_row(draft.case.id, begin, item, office)))
        assign_once(draft, OPINION, office)


def opinion_row(case: int, begin: uuid.UUID, item: ProjectItem, office: int) -> dict[str, Any]:
    """An empty opinion of one department."""
    return {
        "case_id": case,
        "round_id": begin,
        "item_key": item.key,
        "office_id": office,
        "statutory": item.joint == "statutory",
        "opinion": "",
        "later": [],
        "text": "",
        "carried": False,
        "given_by": "",
    }

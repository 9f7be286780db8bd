"""Which office is responsible for a function at a project's place."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.rules.union import day_of


def office_for(register: Register, function: str, case: CaseState, now: datetime) -> int:
    """The unit that has *function* where the project is; a zone's own unit goes first.

    Raises:
        FieldError: ``division`` when nobody has it.
    """
    place = register.place_of_division(case.division)
    try:
        found = register.responsible(function, place, at=day_of(now))
    except PlaceError as error:
        raise FieldError("division", error.message, "no_unit") from error
    if found is None:
        name = register.functions.get(function, function)
        raise FieldError("division", f"该区域没有承担“{name}”职能的单位", "no_unit")
    return found.unit_id


def assign_once(draft: Draft, role: str, unit_id: int) -> None:
    """Open an assignment of *role* unless the unit holds one."""
    if all(held.unit_id != unit_id for held in draft.case.duties(role)):
        draft.assign_also(role, unit_id)


def lead_stage(draft: Draft, number: int) -> None:
    """Give the stage's lead department the project."""
    book = draft.context.catalogue
    stage = book.stage[number]
    unit = office_for(draft.context.register, stage.lead, draft.case, draft.now)
    draft.case.unit_id = unit
    draft.assign("lead", unit)
    stages = dict(draft.case.data.get("stages") or {})
    stages[str(number)] = {"opened": day_of(draft.now).isoformat(), "lead": unit}
    draft.case.data["stages"] = stages

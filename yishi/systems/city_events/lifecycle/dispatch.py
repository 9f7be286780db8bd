"""Step three: giving the case to a unit, and its answer to the check (任务派遣、批转核实)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import (
    CENTRE,
    CONTINUOUS,
    HALF,
    NOTE,
    QUARTER,
    REASON,
    from_level,
    iso,
    limit_in_force,
    names,
    place_of,
    start_handling,
    to_centre,
    unit_for,
)

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft


def may_dispatch(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """After so many returns nobody guesses again: the arbitration body decides."""
    return "退单次数已达上限，请提请争议裁定" if case.data.get("must_rule") else None


def dispatch(draft: Draft, facts: Facts) -> None:
    """任务派遣: the dispatcher's clock stops, the unit has the case."""
    draft.stop_clock("dispatch")
    draft.end(roles.DISPATCH)
    if draft.case.data.get("designated") != facts["unit"]:
        draft.case.data.pop("designated", None)
    if facts.get("row"):
        draft.tell(row=facts["row"])
    give_to(draft, facts["unit"], facts.get("reason") or ())


def give_to(draft: Draft, unit_id: int, reason: Iterable[str]) -> None:
    """The handling clock starts, or runs on when the unit that returned the case gets it back;
    an open order of a leader goes to whoever has the case."""
    case = draft.case
    waiting = case.clock("handling")
    if waiting is not None and case.data.get("returned_by") == unit_id:
        draft.resume_clock("handling")
    else:
        draft.stop_clock("handling")
        case.data.pop("extended", None)
        limit_in_force(draft)
        start_handling(draft)
    case.unit_id = unit_id
    case.data.pop("reworked", None)
    case.data["dispatched_at"] = iso(draft.now)
    case.data["dispatch_reason"] = list(reason)
    case.data["unit_level"] = draft.context.register.unit(unit_id).level
    case.data.pop("returned_by", None)
    draft.assign(roles.MAIN, unit_id)
    if (case.data.get("order") or {}).get("state") == "open":
        draft.assign(roles.ORDER, unit_id)
    draft.topics.add(f"unit:{unit_id}")
    notices.to_unit(draft, unit_id, "case.dispatched")


def back_to_acceptor(draft: Draft, facts: Facts) -> None:
    """退回受理: the filing is undone and the acceptor decides again."""
    draft.stop_clock("dispatch")
    draft.stop_clock("handling")
    draft.end(roles.DISPATCH)
    draft.end(roles.FORCE)
    for name in ("returned_by", "must_rule", "designated", "forced"):
        draft.case.data.pop(name, None)
    if draft.case.data.pop("level", None):
        draft.case.data["centre"] = unit_for(draft, "operations", "county")
    draft.start_clock("acceptance", QUARTER, CONTINUOUS)
    to_centre(draft, roles.ACCEPT)


def forward(draft: Draft, facts: Facts) -> None:
    """批转核实: the nearest collector looks whether it is really done."""
    draft.stop_clock("dispatch")
    draft.end(roles.DISPATCH)
    draft.start_clock("verify", HALF, CONTINUOUS)
    unit = draft.assign(roles.VERIFY, verifying_unit(draft)).unit_id
    notices.to_unit(draft, unit, "case.check")


def verifying_unit(draft: Draft) -> int:
    """The nearest collecting unit that had no part in the handling, from the township upwards:
    whoever handled a case cannot verify it. Where every one had, the nearest."""
    data = draft.case.data
    handled = {data.get("handled_unit"), *data.get("co_units", ())}
    nearest = unit_for(draft, "collection", "township")
    if nearest not in handled:
        return nearest
    for level in ("county", "city"):
        place = from_level(place_of(draft.case), level)
        register, at = draft.context.register, draft.now.date()
        found = register.responsible("collection", place, order="territory", at=at)
        if found is not None and found.unit_id not in handled:
            return int(found.unit_id)
    return nearest


MOVES = (
    Move(
        "dispatch",
        "派遣",
        CENTRE,
        names("filed", "returned"),
        "assigned",
        duty=roles.DISPATCH,
        needs=(Need("unit", "处置部门", "unit", required=True), NOTE),
        guard=may_dispatch,
        effect=dispatch,
        clock="派遣时钟停止，处置时钟开始；退回原部门时继续，改派时重新开始",
        automatic=True,
        primary=True,
    ),
    Move(
        "back_to_acceptor",
        "退回受理员",
        CENTRE,
        names("filed", "returned"),
        "reported",
        duty=roles.DISPATCH,
        needs=(REASON,),
        effect=back_to_acceptor,
        clock="派遣时钟停止，受理时钟重新开始",
    ),
    Move(
        "forward",
        "批转核实",
        CENTRE,
        names("fed_back"),
        "verifying",
        duty=roles.DISPATCH,
        needs=(NOTE,),
        effect=forward,
        clock="派遣时钟停止，核实时钟30分钟开始",
        automatic=True,
        primary=True,
    ),
)

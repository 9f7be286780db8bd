"""What the moves of city events do to clocks, assignments and data.

Stage limits (§S2.5): acceptance 15, dispatch 15, 核查 and 核实 30 minutes, all continuous. The
handling clock runs from dispatch to the department until the department confirms back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.plan import LATE, ON_TIME
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles

if TYPE_CHECKING:
    from yishi.foundation.cases.plan import Draft
    from yishi.foundation.places.values import Place

QUARTER, HALF = "15分钟", "30分钟"
CONTINUOUS = "events"


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def place_of(case: Any) -> Place:
    """The case's place as the register's value (what a person set counts as certain)."""
    from yishi.foundation.places.values import Place

    return Place(
        lon=case.lon,
        lat=case.lat,
        cell=case.data.get("cell"),
        division=case.division,
        managed_path=case.managed_path,
        certain=bool(case.data.get("place_certain")),
    )


#: Steps of a managed path down to each level.
_DEPTH = {"city": 1, "county": 2, "township": 3, "community": 4}


def from_level(place: Place, level: str) -> Place:
    """*place* with its path cut at *level*: what counties handle is not sought in a community."""
    steps = place.managed_path.split("/")[: _DEPTH[level]]
    return replace(place, managed_path="/".join(steps))


def _unit_for(draft: Draft, function: str, level: str) -> int:
    """The unit with *function* at the case's place, sought from *level* upwards.

    Raises:
        FieldError: when nobody has the function; a city without such a unit is set up wrongly.
    """
    place = from_level(place_of(draft.case), level)
    at = draft.now.date()
    found = draft.context.register.responsible(function, place, order="territory", at=at)
    if found is None:
        raise FieldError("place", f"该地点没有承担“{function}”职能的单位", "no_unit")
    return int(found.unit_id)


def _centre(draft: Draft, role: str) -> None:
    draft.assign(role, draft.case.data["centre"])


def receive(draft: Draft, facts: Facts) -> None:
    """信息收集: the report stands in the centre's list with 15 minutes to be accepted."""
    draft.case.data["centre"] = _unit_for(draft, "operations", "county")
    draft.start_clock("acceptance", QUARTER, CONTINUOUS)
    _centre(draft, roles.ACCEPT)


def set_standard(draft: Draft, facts: Facts) -> None:
    """Put type and standard of the filing into the case.

    Raises:
        FieldError: when the type or standard is unknown in the case's catalogue.
    """
    case = draft.case
    key = facts.get("type") or case.type_key
    kind = draft.context.catalogue.by_key.get(key)
    if kind is None:
        raise FieldError("type", "请选择事部件类别", "required")
    only = kind.standards[0].code if len(kind.standards) == 1 else ""
    standard = kind.standard(facts.get("standard") or only)
    if standard is None:
        raise FieldError("standard", "请选择符合的立案条件", "required")
    case.type_key = key
    case.data.update(
        type_name=kind.name,
        standard=standard.code,
        limit=standard.limit,
        urgent=standard.urgent,
    )
    if case.data.get("where"):
        case.subject = f"{kind.name} · {case.data['where']}"[:200]
    else:
        case.subject = kind.name


def file(draft: Draft, facts: Facts) -> None:
    """案卷建立: type and standard stand; the dispatcher has 15 minutes."""
    set_standard(draft, facts)
    draft.stop_clock("acceptance")
    draft.end(roles.ACCEPT)
    draft.case.data["filed_at"] = _iso(draft.now)
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    _centre(draft, roles.DISPATCH)
    draft.tell(type=draft.case.type_key, standard=draft.case.data["standard"])


def request_check(draft: Draft, facts: Facts) -> None:
    """核查: a collector looks before filing; the acceptance clock waits meanwhile."""
    draft.pause_clock("acceptance")
    draft.end(roles.ACCEPT)
    draft.start_clock("check", HALF, CONTINUOUS)
    notices.to_unit(
        draft,
        draft.assign(roles.CHECK, _unit_for(draft, "collection", "township")).unit_id,
        "case.check",
    )


def report_check(draft: Draft, facts: Facts) -> None:
    """The collector's answer goes back to the acceptor, whose clock runs on."""
    draft.stop_clock("check")
    draft.end(roles.CHECK)
    draft.resume_clock("acceptance")
    _centre(draft, roles.ACCEPT)
    draft.case.data["check"] = {"result": facts["result"], "at": _iso(draft.now)}
    draft.tell(result=facts["result"])


def reject(draft: Draft, facts: Facts) -> None:
    """不予立案: the reporter is told the reason and the right channel."""
    draft.stop_clock("acceptance")
    draft.end(roles.ACCEPT)
    draft.case.outcome = "rejected"
    draft.case.data["reason_code"] = facts["reason"]
    draft.tell(reason=facts["reason"])
    notices.to_reporters(draft, "report.rejected", {"reason": facts["reason"]})


def withdraw(draft: Draft, facts: Facts) -> None:
    """The reporter takes the report back before anybody was sent."""
    for kind in ("acceptance", "dispatch"):
        draft.stop_clock(kind)
    for role in (roles.ACCEPT, roles.DISPATCH):
        draft.end(role)
    draft.case.outcome = "withdrawn"


def _start_handling(draft: Draft) -> None:
    """The handling clock of the case's standard; a seasonal one waits for its season to open."""
    case = draft.case
    kind = draft.context.catalogue.by_key[case.type_key]
    season = kind.standard(case.data["standard"]).season
    begin = season.clock_start(draft.now) if season is not None else draft.now
    draft.start_clock("handling", case.data["limit"], begin=begin)


def dispatch(draft: Draft, facts: Facts) -> None:
    """任务派遣: the handling clock starts, or runs on when the same unit gets the case back."""
    case, unit_id = draft.case, facts["unit"]
    draft.stop_clock("dispatch")
    draft.end(roles.DISPATCH)
    waiting = case.clock("handling")
    if waiting is not None and case.data.get("returned_by") == unit_id:
        draft.resume_clock("handling")
    else:
        draft.stop_clock("handling")
        _start_handling(draft)
    case.unit_id = unit_id
    case.data["dispatched_at"] = _iso(draft.now)
    case.data["dispatch_reason"] = list(facts.get("reason") or ())
    case.data.pop("returned_by", None)
    draft.assign(roles.MAIN, unit_id)
    draft.topics.add(f"unit:{unit_id}")
    notices.to_unit(draft, unit_id, "case.dispatched")


def back_to_acceptor(draft: Draft, facts: Facts) -> None:
    """退回受理: the filing is undone and the acceptor decides again."""
    draft.stop_clock("dispatch")
    draft.stop_clock("handling")
    draft.end(roles.DISPATCH)
    draft.case.data.pop("returned_by", None)
    draft.start_clock("acceptance", QUARTER, CONTINUOUS)
    _centre(draft, roles.ACCEPT)


def sign(draft: Draft, facts: Facts) -> None:
    """签收 by the department."""
    draft.case.data["signed_at"] = _iso(draft.now)


def assign_person(draft: Draft, facts: Facts) -> None:
    """The department gives the work to one of its people."""
    main = draft.case.duty(roles.MAIN)
    assert main is not None  # the state guarantees it
    draft.assign(roles.MAIN, main.unit_id, facts["person"])
    notices.to_person(draft, facts["person"], "case.assigned")
    handlers = set(draft.case.data.get("handlers", ())) | {facts["person"]}
    draft.case.data["handlers"] = sorted(handlers)


def revoke_person(draft: Draft, facts: Facts) -> None:
    """The department takes the work back from its person."""
    main = draft.case.duty(roles.MAIN)
    assert main is not None
    draft.assign(roles.MAIN, main.unit_id)


def give_back(draft: Draft, facts: Facts) -> None:
    """退单: the handling clock waits, the dispatcher has 15 minutes anew."""
    case = draft.case
    draft.pause_clock("handling")
    draft.end(roles.MAIN)
    case.data["returned_by"] = case.unit_id
    case.data["returns"] = case.data.get("returns", 0) + 1
    case.unit_id = None
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    _centre(draft, roles.DISPATCH)


def finish(draft: Draft, facts: Facts) -> None:
    """现场完成: the result on site. The handling clock runs on until the unit confirms."""
    case = draft.case
    if not facts.get("photos") and not facts.get("note"):
        raise FieldError("photos", "请上传处置后照片，或在说明中写明无法拍照的原因", "required")
    case.data["result"] = {"at": _iso(draft.now), "photos": len(facts.get("photos") or ())}
    if draft.actor.user_id is not None:
        handlers = set(case.data.get("handlers", ())) | {draft.actor.user_id}
        case.data["handlers"] = sorted(handlers)


def redo(draft: Draft, facts: Facts) -> None:
    """The department is not content with its own result."""
    draft.case.data.pop("result", None)


def confirm(draft: Draft, facts: Facts) -> None:
    """处理反馈: the handling clock stops here, and lateness becomes a fact."""
    case = draft.case
    clock = draft.stop_clock("handling")
    if clock is not None:
        late = clock.late or case.timeliness == LATE
        case.timeliness = LATE if late else ON_TIME
    draft.end(roles.MAIN)
    case.data["handled_unit"] = case.unit_id
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    _centre(draft, roles.DISPATCH)


def forward(draft: Draft, facts: Facts) -> None:
    """批转核实: the nearest collector looks whether it is really done."""
    draft.stop_clock("dispatch")
    draft.end(roles.DISPATCH)
    draft.start_clock("verify", HALF, CONTINUOUS)
    notices.to_unit(
        draft,
        draft.assign(roles.VERIFY, _unit_for(draft, "collection", "township")).unit_id,
        "case.check",
    )


def report_verification(draft: Draft, facts: Facts) -> None:
    """核实反馈: passed or not; the acceptor closes or sends it back."""
    draft.stop_clock("verify")
    draft.end(roles.VERIFY)
    draft.case.data["verification"] = {
        "result": facts["result"],
        "at": _iso(draft.now),
        "by": draft.actor.ref,
    }
    draft.tell(result=facts["result"])
    draft.start_clock("closing", QUARTER, CONTINUOUS)
    _centre(draft, roles.CLOSE)


def rework(draft: Draft, facts: Facts) -> None:
    """返工: the same department again, data kept, with a fresh handling clock; it is counted."""
    case = draft.case
    for kind, role in (("dispatch", roles.DISPATCH), ("closing", roles.CLOSE)):
        draft.stop_clock(kind)
        draft.end(role)
    for name in ("result", "verification"):
        case.data.pop(name, None)
    case.data["rework"] = case.data.get("rework", 0) + 1
    case.data["dispatched_at"] = _iso(draft.now)
    _start_handling(draft)
    draft.assign(roles.MAIN, case.unit_id or case.data["handled_unit"])
    notices.to_unit(draft, case.unit_id or case.data["handled_unit"], "case.rework")


def close(draft: Draft, facts: Facts) -> None:
    """结案: everybody who reported it is answered."""
    draft.stop_clock("closing")
    draft.end(roles.CLOSE)
    draft.case.outcome = "solved"
    notices.to_reporters(draft, "report.closed", {})


def reopen(draft: Draft, facts: Facts) -> None:
    """重开: dispatched anew with a fresh clock. What was late stays late."""
    case = draft.case
    case.closed_at = None
    case.outcome = ""
    case.data["round"] = case.data.get("round", 1) + 1
    for name in ("result", "verification", "extension"):
        case.data.pop(name, None)
    case.data["filed_at"] = _iso(draft.now)
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    _centre(draft, roles.DISPATCH)
    notices.to_reporters(draft, "report.reopened", {})


def ask_extension(draft: Draft, facts: Facts) -> None:
    """延期申请 goes to the dispatcher; nothing changes until it is decided."""
    draft.case.data["extension"] = {"at": _iso(draft.now), "by": draft.actor.ref}
    _centre(draft, roles.EXTEND)


def grant_extension(draft: Draft, facts: Facts) -> None:
    """The original limit once more, from the current deadline."""
    draft.case.data.pop("extension", None)
    draft.end(roles.EXTEND)
    draft.extend_clock("handling")


def refuse_extension(draft: Draft, facts: Facts) -> None:
    """A refusal does not count towards the two extensions."""
    draft.case.data.pop("extension", None)
    draft.end(roles.EXTEND)


def amend(draft: Draft, facts: Facts) -> None:
    """补正: type, standard or place are put right before the case is dispatched."""
    case = draft.case
    place = facts.get("place")
    if place is not None:
        case.lon, case.lat = place.lon, place.lat
        case.division, case.managed_path = place.division, place.managed_path
        case.data.update(cell=place.cell, place_certain=True, where=facts.get("where") or "")
        case.data["centre"] = _unit_for(draft, "operations", "county")
        for role in (roles.ACCEPT, roles.DISPATCH):
            if case.duty(role) is not None:
                _centre(draft, role)
        case.assignments = [assignment.clone() for assignment in case.assignments]
        for assignment in case.assignments:  # they carry the path that work lists narrow by
            assignment.dirty = assignment.dirty or assignment.id is not None
    if facts.get("type") or facts.get("standard"):
        set_standard(draft, facts)
    draft.tell(type=case.type_key, division=case.division)


def recalculate(draft: Draft, facts: Facts) -> None:
    """A calendar was published: open deadlines are computed under it, decided ones never."""
    draft.recalculate()


def merge_report(draft: Draft, facts: Facts) -> None:
    """并案: one more report of the same thing; closing answers every reporter."""
    draft.case.data["reports"] = draft.case.data.get("reports", 1) + 1
    draft.tell(report=facts["report"])


def unmerge_report(draft: Draft, facts: Facts) -> None:
    """拆案: a report leaves for a case of its own."""
    draft.case.data["reports"] = max(draft.case.data.get("reports", 1) - 1, 1)
    draft.tell(report=facts["report"], case_opened=facts["opened"])

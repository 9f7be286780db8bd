"""Steps one and two: collecting a report and making it a case (信息收集、案卷建立)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.hotline import tickets
from yishi.systems.city_events.lifecycle.common import (
    ACCEPTOR,
    CONTINUOUS,
    HALF,
    NOTE,
    PHOTOS,
    QUARTER,
    REASON,
    STANDARD,
    TYPE,
    iso,
    names,
    note_presence,
    to_centre,
    unit_for,
)
from yishi.systems.city_events.models import Correction
from yishi.systems.city_events.states import REJECT_REASONS

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft


def place_known(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Filing needs a place that somebody is responsible for."""
    return None if case.data.get("place_certain") else "请先补正案发地点，再立案"


def may_withdraw(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A case that several people reported does not end because one withdraws."""
    return "案件有多位上报人，不能撤回" if case.data.get("reports", 1) > 1 else None


def receive(draft: Draft, facts: Facts) -> None:
    """信息收集: the report stands in the centre's list with 15 minutes to be accepted."""
    draft.case.data["centre"] = unit_for(draft, "operations", "county")
    note_presence(draft, facts)
    draft.start_clock("acceptance", QUARTER, CONTINUOUS)
    to_centre(draft, roles.ACCEPT)


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


def learn_from(draft: Draft, before: str) -> None:
    """Keep the type that a person decided, and what stood or was recognised *before*: the next
    model learns from it."""
    case = draft.case
    said = case.data.get("recognition") or {}
    if draft.actor.user_id is None or not (said or before != case.type_key):
        return
    guesses = said.get("guesses") or [[before]]
    row = {
        "case_id": case.id,
        "type_key": case.type_key,
        "guessed": guesses[0][0],
        "model": said.get("model", ""),
        "actor_ref": draft.actor.ref,
        "at": draft.now,
    }
    draft.rows.append((Correction, row))


def file(draft: Draft, facts: Facts) -> None:
    """案卷建立: type and standard stand; the dispatcher has 15 minutes."""
    before = draft.case.type_key
    set_standard(draft, facts)
    learn_from(draft, before)
    draft.stop_clock("acceptance")
    draft.end(roles.ACCEPT)
    draft.case.data["filed_at"] = iso(draft.now)
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    to_centre(draft, roles.DISPATCH)
    draft.tell(type=draft.case.type_key, standard=draft.case.data["standard"])


def request_check(draft: Draft, facts: Facts) -> None:
    """核查: a collector looks before filing; the acceptance clock waits meanwhile."""
    draft.pause_clock("acceptance")
    draft.end(roles.ACCEPT)
    draft.start_clock("check", HALF, CONTINUOUS)
    notices.to_unit(
        draft,
        draft.assign(roles.CHECK, unit_for(draft, "collection", "township")).unit_id,
        "case.check",
    )


def report_check(draft: Draft, facts: Facts) -> None:
    """The collector's answer goes back to the acceptor, whose clock runs on."""
    draft.stop_clock("check")
    draft.end(roles.CHECK)
    draft.resume_clock("acceptance")
    to_centre(draft, roles.ACCEPT)
    draft.case.data["check"] = {"result": facts["result"], "at": iso(draft.now)}
    draft.tell(result=facts["result"])
    note_presence(draft, facts)


def reject(draft: Draft, facts: Facts) -> None:
    """不予立案: the reporter is told the reason and the right channel."""
    draft.end_all()
    draft.case.outcome = "rejected"
    tickets.refused(draft, facts)
    notices.to_reporters(draft, "report.rejected", tickets.why_refused(facts))


def withdraw(draft: Draft, facts: Facts) -> None:
    """The reporter takes the report back before anybody was sent."""
    draft.end_all()
    draft.case.outcome = "withdrawn"


def amend(draft: Draft, facts: Facts) -> None:
    """补正: type, standard or place are put right before the case is dispatched."""
    case = draft.case
    place = facts.get("place")
    if place is not None:
        case.lon, case.lat = place.lon, place.lat
        case.division, case.managed_path = place.division, place.managed_path
        case.data.update(cell=place.cell, place_certain=True, where=facts.get("where") or "")
        case.data["centre"] = unit_for(draft, "operations", "county")
        case.data.pop("level", None)
        for role in (roles.ACCEPT, roles.DISPATCH):
            if case.duty(role) is not None:
                to_centre(draft, role)
        case.assignments = [assignment.clone() for assignment in case.assignments]
        for assignment in case.assignments:  # they carry the path that work lists narrow by
            assignment.managed_path = case.managed_path
            assignment.dirty = assignment.dirty or assignment.id is not None
    if facts.get("type") or facts.get("standard"):
        before = case.type_key
        set_standard(draft, facts)
        if before != case.type_key:
            learn_from(draft, before)
    draft.tell(type=case.type_key, division=case.division)


MOVES = (
    Move(
        "receive",
        "上报",
        names("reporter"),
        names(""),
        "reported",
        effect=receive,
        clock="受理时钟15分钟开始",
        automatic=True,
    ),
    Move(
        "file",
        "立案",
        ACCEPTOR,
        names("reported"),
        "filed",
        duty=roles.ACCEPT,
        needs=(TYPE, STANDARD, NOTE),
        guard=place_known,
        effect=file,
        clock="受理时钟停止，派遣时钟15分钟开始",
        automatic=True,
        primary=True,
        basis="GB/T 30428.8 立案条件",
    ),
    Move(
        "amend",
        "补正类别或地点",
        names("acceptor", "dispatcher"),
        names("reported", "filed", "returned"),
        None,
        needs=(Need("place", "案发地点", "place"), TYPE, STANDARD, NOTE),
        effect=amend,
    ),
    Move(
        "request_check",
        "发起核查",
        ACCEPTOR,
        names("reported"),
        "checking",
        duty=roles.ACCEPT,
        needs=(NOTE,),
        guard=place_known,
        effect=request_check,
        clock="受理时钟暂停，核查时钟30分钟开始",
    ),
    Move(
        "report_check",
        "核查反馈",
        names("collector"),
        names("checking"),
        "reported",
        duty=roles.CHECK,
        needs=(
            Need(
                "result",
                "核查结论",
                "choice",
                required=True,
                choices=(("true", "情况属实"), ("false", "情况不属实"), ("unclear", "无法核查")),
            ),
            NOTE,
            PHOTOS,
        ),
        effect=report_check,
        clock="核查时钟停止，受理时钟继续",
        primary=True,
    ),
    Move(
        "reject",
        "不予立案",
        ACCEPTOR,
        names("reported"),
        "voided",
        duty=roles.ACCEPT,
        needs=(
            Need("reason", "不予立案原因", "choice", required=True, choices=REJECT_REASONS),
            tickets.REFERRAL,
            REASON,
        ),
        effect=reject,
        clock="受理时钟停止",
        danger=True,
        basis="北京市接诉即办工作条例第十一条",
    ),
    Move(
        "withdraw",
        "撤回上报",
        names("reporter"),
        names("reported", "filed"),
        "voided",
        needs=(REASON,),
        guard=may_withdraw,
        effect=withdraw,
        danger=True,
    ),
)

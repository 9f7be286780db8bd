"""The four stages: items are applied for, members report, days are counted."""

from __future__ import annotations

from datetime import date, datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.lifecycle.counting import count_days
from yishi.systems.construction.lifecycle.offices import assign_once, lead_stage
from yishi.systems.construction.lifecycle.registering import WHO
from yishi.systems.construction.lifecycle.rounds import follow_acceptances
from yishi.systems.construction.rules import units
from yishi.systems.construction.rules.union import day_of
from yishi.systems.construction.states import (
    GRANTING,
    INVOLVED,
    RUNNING,
    START,
    STATE_OF_STAGE,
    WINDOW,
    stage_number,
)


def apply(draft: Draft, facts: Facts) -> None:
    """Items are applied for: their offices see the project from now on."""
    for item in facts["items"]:
        assign_once(draft, INVOLVED, item["office"])
    draft.tell(items=[[item["number"], item["key"], item["mode"]] for item in facts["items"]])


def hand_in(draft: Draft, facts: Facts) -> None:
    """A paper was handed in for one of the items."""
    draft.tell(item=facts["item"], material=facts["material"], file=facts["file"])


def open_stage(draft: Draft, facts: Facts) -> None:
    """The first item of a later stage opens it, under its own lead department."""
    lead_stage(draft, stage_number(draft.case.state))


def member_changed(draft: Draft, facts: Facts) -> None:
    """An item moved: count the days anew, close stages, follow permit and acceptances."""
    members = list(facts["members"])
    draft.tell(member=facts["member"], what=facts.get("move", ""))
    count_days(draft, members)
    _close_stages(draft, members)
    _follow_permit(draft, members)
    follow_acceptances(draft, members)


def _close_stages(draft: Draft, members: list[CaseState]) -> None:
    """A stage is closed on the day its last counted item is decided, and open again when another
    is started."""
    book, data = draft.context.catalogue, draft.case.data
    stages = {key: dict(value) for key, value in data.get("stages", {}).items()}
    traits = data.get("traits") or ()
    for number in range(1, stage_number(draft.case.state) + 1):
        if str(number) not in stages:
            continue
        wanted = {
            item.key
            for item in book.items_of(draft.case.type_key, traits, number)
            if item.counted and not item.joint and item.key != book.policy.unit_item
        }
        mine = [
            m
            for m in members
            if m.type_key in book.item and (book.item[m.type_key].stage == number)
        ]
        granted = {m.type_key for m in mine if m.outcome in GRANTING}
        done = wanted <= granted and all(m.outcome for m in mine if book.item[m.type_key].counted)
        if done and "closed" not in stages[str(number)]:
            stages[str(number)]["closed"] = day_of(draft.now).isoformat()
        elif not done:
            stages[str(number)].pop("closed", None)
    data["stages"] = stages


def _follow_permit(draft: Draft, members: list[CaseState]) -> None:
    """From the construction permit on works must start in time (建筑法 9)."""
    book, data = draft.context.catalogue, draft.case.data
    if "works" in data:
        return
    for member in members:
        if member.type_key == book.policy.permit_item and member.outcome in GRANTING:
            # The day it was really given: a decision on a rest day counts with the working day
            # before for the office, but takes nothing from the owner's three months.
            decided = member.data.get("decided_at")
            issued = datetime.fromisoformat(decided) if decided else draft.now
            data["works"] = {
                "item": member.number,
                "licence": member.data.get("licence_no", ""),
                "issued": day_of(issued).isoformat(),
                "extensions": [],
            }
            months = book.policy.start_months
            draft.start_clock(START, f"{months}个月", "licence", issued)


def works_known(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only a permit can be started on, once."""
    works = case.data.get("works")
    if not works:
        return "尚未领取施工许可证"
    return "已登记开工" if works.get("started") else None


def extension_left(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Two extensions are the most (建筑法 9)."""
    clock = case.clock(START)
    if reason := works_known(case, actor, facts, now):
        return reason
    if clock is not None and now > clock.due_at:
        return "已超过开工期限，施工许可证自行废止（建筑法第九条），请重新申领"
    return units.refuse_extension(len(case.data["works"]["extensions"]))


def report_start(draft: Draft, facts: Facts) -> None:
    """Works have begun."""
    on: date = facts["started_on"]
    draft.case.data["works"] = draft.case.data["works"] | {"started": on.isoformat()}
    at = datetime.combine(on, datetime.min.time(), draft.now.tzinfo)
    draft.stop_clock(START, min(at, draft.now))
    draft.tell(started_on=on)


def extend_start(draft: Draft, facts: Facts) -> None:
    """Some months more, at most as many as the law gives for one extension."""
    months = int(facts["months"])
    works = draft.case.data["works"]
    extensions = [*works["extensions"], months]
    draft.case.data["works"] = works | {"extensions": extensions}
    total = draft.context.catalogue.policy.start_months + sum(extensions)
    draft.limit_clock(START, f"{total}个月")
    draft.tell(months=months)


def _opening(number: int) -> Move:
    earlier = frozenset(STATE_OF_STAGE[n] for n in range(1, number))
    return Move(
        f"open_stage_{number}",
        f"进入第{number}阶段",
        frozenset(),
        earlier,
        STATE_OF_STAGE[number],
        effect=open_stage,
        automatic=True,
    )


MOVES = (
    Move("apply", "申请事项", WHO, RUNNING | {"accepted"}, None, effect=apply, primary=True),
    Move("hand_in", "提交材料", WHO, RUNNING | {"accepted"}, None, effect=hand_in),
    *(_opening(number) for number in (2, 3, 4)),
    Move(
        "member_changed",
        "事项有进展",
        frozenset(),
        RUNNING | {"accepted"},
        None,
        effect=member_changed,
        clock="总时限与阶段时限按各事项计入日的并集推进",
        automatic=True,
    ),
    Move(
        "report_start",
        "登记开工",
        WHO,
        RUNNING,
        None,
        needs=(Need("started_on", "开工日期", "date", required=True),),
        guard=works_known,
        effect=report_start,
        clock="开工期限停止",
    ),
    Move(
        "extend_start",
        "延期开工",
        frozenset({WINDOW}),
        RUNNING,
        None,
        needs=(
            Need(
                "months",
                "延期",
                "choice",
                required=True,
                choices=(("1", "1个月"), ("2", "2个月"), ("3", "3个月")),
            ),
            Need("note", "理由", required=True),
        ),
        guard=extension_left,
        effect=extend_start,
        clock="开工期限延长，以两次为限",
        basis="建筑法第九条",
    ),
)

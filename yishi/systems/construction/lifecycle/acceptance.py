"""Surveying and acceptance: orders and results, opinions, conclusions, rechecks, and the end."""

from __future__ import annotations

from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.cases.draft import LATE, ON_TIME, Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.systems.construction.lifecycle.counting import stop_counting
from yishi.systems.construction.lifecycle.offices import assign_once
from yishi.systems.construction.lifecycle.registering import WHO
from yishi.systems.construction.states import (
    APPROVER,
    CONCLUDE,
    OPINION,
    PROJECT,
    RUNNING,
    STAGE_LEAD,
    SURVEY,
    SURVEYOR,
    WINDOW,
)

ACCEPTING = frozenset({"stage_4"})


def order_survey(draft: Draft, facts: Facts) -> None:
    """One commission for several disciplines, to be measured within the merged days."""
    assign_once(draft, SURVEY, facts["office"])
    draft.start_clock(facts["clock"], f"{facts['merged']}工作日", "licence")
    draft.tell(
        order=facts["number"],
        disciplines=list(facts["disciplines"]),
        baseline=facts["baseline"],
        merged=facts["merged"],
    )


def deliver_survey(draft: Draft, facts: Facts) -> None:
    """The results are there; the surveyor has nothing else to do unless more is ordered."""
    draft.stop_clock(facts["clock"], effective_moment(draft.context.calendar, draft.now))
    if facts["last"]:
        draft.end_of(SURVEY, facts["office"])
    draft.tell(order=facts["number"], saved=facts["saved"], results=list(facts["results"]))


def report_change(draft: Draft, facts: Facts) -> None:
    """A building changed after it was measured: what that touches is stale."""
    draft.tell(unit=facts["unit"], changes=list(facts["changes"]), stale=list(facts["stale"]))


def give_opinion(draft: Draft, facts: Facts) -> None:
    """One part of a round. Who has said all ends its duty; after the last the lead concludes."""
    draft.tell(item=facts["item"], round=facts["round"], opinion=facts["opinion"])
    if facts["office_done"]:
        draft.end_of(OPINION, facts["office"])
    if facts["all_done"]:
        assign_once(draft, CONCLUDE, facts["concludes"])


def conclude_round(draft: Draft, facts: Facts) -> None:
    """The round's result is told to the owner in one document."""
    draft.tell(round=facts["round"], result=facts["result"], notice=facts.get("notice", ""))
    if facts["last"]:
        for held in draft.case.duties(CONCLUDE):
            draft.end_of(CONCLUDE, held.unit_id)


def report_rectified(draft: Draft, facts: Facts) -> None:
    """The owner has put right what was wrong: only that is looked at again."""
    rounds = dict(draft.case.data["rounds"])
    key = str(facts["item"])
    rounds[key] = rounds[key] | {"number": facts["round"]}
    draft.case.data["rounds"] = rounds
    for office in facts["offices"]:
        assign_once(draft, OPINION, office)
    draft.tell(round=facts["round"], parts=list(facts["parts"]))


def pass_project(draft: Draft, facts: Facts) -> None:
    """All units and the outdoor works are accepted: the project's days are over."""
    stop_counting(draft)
    clock = draft.case.last_clock(PROJECT)
    draft.case.timeliness = LATE if clock is not None and clock.late else ON_TIME
    draft.tell(units=list(facts["units"]))


def complete(draft: Draft, facts: Facts) -> None:
    """Everything is filed and archived."""
    draft.end_all()
    draft.case.outcome = "completed"


MOVES = (
    Move(
        "order_survey",
        "委托测绘",
        WHO,
        RUNNING,
        None,
        effect=order_survey,
        clock="委托的测绘时限开始（合并后的工作日）",
    ),
    Move(
        "deliver_survey",
        "提交测绘成果",
        frozenset({SURVEYOR}),
        RUNNING | {"accepted"},
        None,
        duty=SURVEY,
        effect=deliver_survey,
    ),
    Move("report_change", "报告建筑变更", WHO, RUNNING, None, effect=report_change),
    Move(
        "give_opinion",
        "出具验收意见",
        frozenset({APPROVER}),
        ACCEPTING,
        None,
        duty=OPINION,
        effect=give_opinion,
    ),
    Move(
        "conclude_round",
        "汇总验收意见",
        frozenset({STAGE_LEAD}),
        ACCEPTING,
        None,
        duty=CONCLUDE,
        effect=conclude_round,
        clock="整改的，联合验收时限中止",
    ),
    Move(
        "report_rectified",
        "报告整改完成",
        WHO,
        ACCEPTING,
        None,
        effect=report_rectified,
        clock="联合验收时限恢复，只复验未通过的事项",
    ),
    Move(
        "pass_project",
        "项目验收通过",
        frozenset(),
        ACCEPTING,
        "accepted",
        effect=pass_project,
        clock="总时限停止",
        automatic=True,
    ),
    Move(
        "complete",
        "办结归档",
        frozenset({WINDOW}),
        frozenset({"accepted"}),
        "completed",
        needs=(Need("note", "说明"),),
        effect=complete,
        primary=True,
    ),
)

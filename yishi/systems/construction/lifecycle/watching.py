"""Cards for days used up, and the new calendar."""

from __future__ import annotations

from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.systems.construction import notices
from yishi.systems.construction.lifecycle.offices import assign_once
from yishi.systems.construction.models import Card
from yishi.systems.construction.states import (
    CARD,
    CARD_CLOCK,
    OFFICE,
    OPEN,
    RUNNING,
    STAGE_LEAD,
    START,
)

ANSWER_LIMIT = "2工作日"


def give_card(draft: Draft, facts: Facts) -> None:
    """A card names who has to act; it decides nothing: overdue is never approval."""
    office = int(facts.get("office") or draft.case.unit_id or 0)
    row = {
        "case_id": draft.case.id,
        "level": facts["level"],
        "about": facts.get("about") or "project",
        "office_id": office,
        "used_days": facts["used"],
        "limit_days": facts["limit"],
        "automatic": bool(facts.get("automatic")),
        "reason": str(facts.get("note") or "")[:200],
        "at": draft.now,
        "answer": "",
    }
    draft.rows.append((Card, row))
    draft.tell(level=facts["level"], about=row["about"], used=facts["used"], limit=facts["limit"])
    assign_once(draft, CARD, office)
    if draft.case.clock(CARD_CLOCK) is None:
        draft.start_clock(CARD_CLOCK, ANSWER_LIMIT, "licence")
    notices.to_office(draft, office, "construction.card", level=facts["level"])


def answer_card(draft: Draft, facts: Facts) -> None:
    """The office says what it does about it."""
    draft.end_of(CARD, facts["office"])
    if not draft.case.duties(CARD):
        draft.stop_clock(CARD_CLOCK)


def recalculate(draft: Draft, facts: Facts) -> None:
    """Deadlines under the calendar in force; whoever leads the stage is told of what moved. The
    owner's own limit to begin works may only move later (hard case 14)."""
    draft.recalculate(never_earlier=frozenset({START}))
    if "due_before" in draft.body:
        notices.of_new_dates(draft)


MOVES = (
    Move(
        "give_card",
        "督办",
        frozenset({OFFICE}),
        RUNNING,
        None,
        needs=(
            Need(
                "level",
                "督办",
                "choice",
                required=True,
                choices=(("yellow", "黄牌"), ("red", "红牌")),
            ),
            Need("note", "督办要求", required=True),
        ),
        effect=give_card,
        clock="督办答复时限开始",
        automatic=True,
    ),
    Move(
        "answer_card",
        "答复督办",
        frozenset({STAGE_LEAD}),
        OPEN,
        None,
        duty=CARD,
        needs=(Need("note", "答复", required=True),),
        effect=answer_card,
        clock="督办答复时限停止",
    ),
    Move(
        "recalculate",
        "按新日历重算",
        frozenset(),
        OPEN,
        None,
        effect=recalculate,
        automatic=True,
        clock="未办结的时限重新计算",
    ),
)

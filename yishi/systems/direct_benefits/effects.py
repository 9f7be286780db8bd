"""What the moves of a payout do to its case, and when they are refused."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import LATE, ON_TIME, Draft
from yishi.foundation.cases.lifecycle import Effect, Facts
from yishi.foundation.cases.state import CaseState
from yishi.systems.direct_benefits import states as s


def notice_over(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Money is asked for when the notice is over: the payment order is dated the next day 00:00
    at the earliest (S9-A10)."""
    until = facts.get("notice_until")
    if until is not None and now <= until:
        return "公示期未满"
    return None


def has_account(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Nothing is paid to an account that was not verified."""
    return None if facts.get("account") or facts.get("nothing_to_transfer") else "没有核验过的账户"


def views_heard(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The decision waits until the party spoke or its time is over."""
    clock = case.clock(s.VIEWS_CLOCK)
    if clock is not None and now <= clock.due_at and not case.data.get("views_at"):
        return "陈述申辩期限未满"
    return None


def _judged(draft: Draft, due: datetime | None) -> None:
    """Whether the step was in time; what was late once stays late."""
    if due is not None and draft.case.timeliness != LATE:
        draft.case.timeliness = LATE if draft.now > due else ON_TIME


def receive(draft: Draft, facts: Facts) -> None:
    """筛选入列: the department has it; its days to review are the batch's."""
    draft.case.unit_id = facts["unit"]
    draft.case.data |= {
        "batch": facts["batch"],
        "item_version": facts["item_version"],
        "period": facts["period"],
        "award": facts["award"],
        "source": facts["source"],
    }
    draft.assign(s.CONFIRM, facts["unit"])
    draft.tell(
        batch=facts["batch"],
        item_version=facts["item_version"],
        run=facts["run"],
        snapshot=facts["snapshot"],
        award=facts["award"],
        claim=facts["claim"],
        source=facts["source"],
    )


def confirm(draft: Draft, facts: Facts) -> None:
    """部门确认: the department answers for it."""
    _judged(draft, facts["due"])
    draft.tell(award=facts.get("award"), claim=facts.get("claim"))


def hold(draft: Draft, facts: Facts) -> None:
    """The account or the credit file could not be made sure of: nothing goes out."""
    draft.case.data["held_from"] = facts["held_from"]
    draft.tell(code=facts["code"])


def post(draft: Draft, facts: Facts) -> None:
    """公示: from when, until when, counted how."""
    draft.tell(
        notice=facts["notice"], until=facts["notice_until"].isoformat(), mode=facts["notice_mode"]
    )


def suspend(draft: Draft, facts: Facts) -> None:
    """异议: this party waits, the others go on."""
    draft.start_clock(s.OBJECTION_CLOCK, *facts["limit"])
    draft.tell(objection=facts["objection"])


def answered(draft: Draft, facts: Facts) -> None:
    """The objection was looked into and does not hold."""
    clock = draft.stop_clock(s.OBJECTION_CLOCK)
    _judged(draft, clock.due_at if clock else None)
    draft.tell(objection=facts["objection"], result="rejected")


def ask(draft: Draft, facts: Facts) -> None:
    """资金申请: finance has it from now on; its time to pay is the batch's."""
    draft.tell(amount=facts["amount"], claim=facts["claim"], shares=facts["shares"])
    draft.assign(s.FUND, facts["finance"])


def order(draft: Draft, facts: Facts) -> None:
    """In a payment order: which attempt, how much, to which (verified) account."""
    draft.tell(
        attempt=facts["attempt"],
        amount=facts["amount"],
        account=facts["account"],
        not_before=facts["not_before"],
    )
    if facts.get("set_off"):
        draft.tell(set_off=facts["set_off"])


def booked(draft: Draft, facts: Facts) -> None:
    """到账: what the bank booked."""
    _judged(draft, facts["due"])
    draft.case.outcome = s.PAID
    draft.tell(amount=facts["amount"], line=facts.get("line"))


def returned(draft: Draft, facts: Facts) -> None:
    """退票: the money is back; the account has to be seen to first."""
    case = draft.case
    case.outcome, case.closed_at = "", None
    for duty, unit in ((s.CONFIRM, case.unit_id), (s.FUND, facts["finance"])):
        if case.duty(duty) is None and unit is not None:  # it was published already
            draft.assign(duty, unit)
    draft.tell(code=facts["code"], line=facts.get("line"))


def grant(draft: Draft, facts: Facts) -> None:
    """已享受: a benefit that is no money (a fee not charged, a right) holds from now on."""
    _judged(draft, facts["due"])
    draft.case.outcome = s.PAID


def published(draft: Draft, facts: Facts) -> None:
    """办结公开."""
    draft.end(s.CONFIRM)
    draft.end(s.FUND)


def release_funds(draft: Draft, facts: Facts) -> None:
    """What was held goes on to payment; finance may not have had it yet."""
    if draft.case.duty(s.FUND) is None:
        ask(draft, facts)


def answered_late(draft: Draft, facts: Facts) -> None:
    """The objection does not hold, and the others' money was asked for: this one's is set aside."""
    answered(draft, facts)
    ask(draft, facts)


def left(outcome: str) -> Effect:
    """Off the list: nothing is left to do; what was reserved goes back in the same transaction."""

    def effect(draft: Draft, facts: Facts) -> None:
        draft.end_all()
        draft.case.outcome = outcome
        draft.tell(code=facts["code"], released=facts.get("released", 0))

    return effect


def claw_notice(draft: Draft, facts: Facts) -> None:
    """告知: ground, sum and how long the party may be heard."""
    draft.case.closed_at = None
    draft.assign(s.CLAW_BACK, facts["unit"])
    draft.start_clock_until(s.VIEWS_CLOCK, facts["views_until"], "陈述申辩")
    draft.tell(
        clawback=facts["clawback"],
        ground=facts["ground"],
        erred=facts["erred"],
        amount=facts["amount"],
        views_until=facts["views_until"].isoformat(),
    )


def views(draft: Draft, facts: Facts) -> None:
    """What the party says is kept sealed; the trace knows that it spoke."""
    draft.case.data["views_at"] = draft.now.isoformat()
    draft.tell(clawback=facts["clawback"])


def claw_decide(draft: Draft, facts: Facts) -> None:
    """决定: the plan's last day ends the clock; finance collects beside the department."""
    draft.stop_clock(s.VIEWS_CLOCK)
    draft.assign_also(s.CLAW_BACK, facts["finance"])
    draft.start_clock_until(s.REPAY_CLOCK, facts["repay_until"], "退还期限")
    draft.tell(
        clawback=facts["clawback"],
        amount=facts["amount"],
        plan=facts["plan"],
        record=facts.get("record"),
    )


def claw_drop(draft: Draft, facts: Facts) -> None:
    """不予追回: what was paid stands."""
    draft.end_all()
    draft.case.data.pop("views_at", None)
    draft.case.outcome = s.PAID
    draft.tell(clawback=facts["clawback"], result="dropped")


def repay(draft: Draft, facts: Facts) -> None:
    """A part came back."""
    draft.tell(clawback=facts["clawback"], amount=facts["amount"], way=facts["way"])


def repaid(draft: Draft, facts: Facts) -> None:
    """All of it came back."""
    draft.end_all()
    draft.case.outcome = s.REPAID
    draft.tell(clawback=facts["clawback"], amount=facts["amount"], way=facts["way"])

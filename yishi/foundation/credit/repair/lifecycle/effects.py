"""What moves on a record do to its case. What they do to the record itself: ``recording.py``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.draft import LATE, ON_TIME, Draft
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.credit.repair import messages
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.catalogue import Book, Profile
from yishi.foundation.credit.repair.conditions import Reason, Verdict
from yishi.foundation.rulebook.models import DecisionRow

RULE = "credit_repair.conditions"
_TRUTH = {True: "true", False: "false", None: "missing"}


def receive(draft: Draft, facts: Facts) -> None:
    """The body that recorded it gets the record; one that is not of this city gets it from the
    window."""
    case = draft.case
    case.data |= {
        "record": facts["record"],
        "document_no": facts["document_no"],
        "authority": facts["authority"],
        "profile": facts["profile"],
        "accept": facts["accept"],
        "decide": facts["decide"],
        "rule": facts["rule"],
        "contacts": list(facts.get("contacts") or ()),
        "conditions": said(facts["verdict"]),
    }
    if facts.get("declared_on"):
        case.data["declared_on"] = facts["declared_on"].isoformat()
    _judged(draft, facts)
    draft.tell(record=facts["record"], codes=list(facts["verdict"].codes))
    if facts.get("unit"):
        case.unit_id = facts["unit"]
        _to_body(draft)
        return
    case.state = "forwarding"
    case.unit_id = facts["window"]
    draft.assign(s.WINDOW_DUTY, facts["window"])


def _to_body(draft: Draft) -> None:
    book, case = _book(draft), draft.case
    profile = book.profile(case.data["profile"])
    case.data["extensions_allowed"] = profile.times if profile.extension else 0
    draft.start_clock(s.ACCEPT, case.data["accept"], s.PROFILE)
    draft.assign(s.EXAMINE, case.unit_id or 0)
    messages.to_body(draft, "repair.received", s.ACCEPT)


def forward(draft: Draft, facts: Facts) -> None:
    """转送: the window found the body, or gives it what outside bodies get."""
    case = draft.case
    draft.end(s.WINDOW_DUTY)
    case.unit_id = facts["unit"]
    case.division, case.managed_path = facts["division"], facts["path"]
    draft.tell(to=facts["unit"])
    _to_body(draft)


def accept(draft: Draft, facts: Facts) -> None:
    """受理: the decision is due by the rule of the day on which the application was received."""
    case = draft.case
    _keep(draft, facts)
    draft.stop_clock(s.ACCEPT)
    draft.start_clock(s.DECIDE, case.data["decide"], s.PROFILE)
    draft.tell(rule=case.data["rule"], duty_done_on=_text(facts.get("duty_done_on")))


def tell_gaps(draft: Draft, facts: Facts) -> None:
    """一次性告知补正: the body's clock stops, the applicant's runs."""
    draft.stop_clock(s.ACCEPT)
    draft.start_clock(s.CORRECTION, _book(draft).correction, s.PROFILE)
    draft.case.data["told"] = {"at": draft.now.isoformat(), "note": facts["note"]}
    messages.to_applicant(draft, "repair.gaps")


def correct(draft: Draft, facts: Facts) -> None:
    """已补正: the body has its time to accept anew."""
    _keep(draft, facts)
    draft.stop_clock(s.CORRECTION)
    draft.case.data["corrected_at"] = draft.now.isoformat()
    if facts.get("declared_on"):
        draft.case.data["declared_on"] = facts["declared_on"].isoformat()
    draft.start_clock(s.ACCEPT, draft.case.data["accept"], s.PROFILE)
    messages.to_body(draft, "repair.corrected", s.ACCEPT)


def extend(draft: Draft, facts: Facts) -> None:
    """延期: by what the body's rules give, no more often than they allow."""
    case, profile = draft.case, _profile(draft)
    clock = case.clock(s.DECIDE)
    days = parse_limit(profile.extension, s.PROFILE).amount
    if clock is not None:
        whole = parse_limit(clock.limit_text, s.PROFILE).amount + days
        draft.limit_clock(s.DECIDE, f"{whole}工作日")
    case.data["extensions"] = int(case.data.get("extensions", 0)) + 1
    case.data["extended_days"] = int(case.data.get("extended_days", 0)) + days
    draft.tell(days=days)


def not_accept(draft: Draft, facts: Facts) -> None:
    """不予受理: with the reason and, by rule or by hand, all that is missing."""
    verdict: Verdict | None = facts.get("verdict")
    if verdict is not None:
        _keep(draft, facts)
    missing = [one.text for one in verdict.reasons] if verdict is not None else []
    earliest = verdict.earliest if verdict is not None else None
    case = draft.case
    case.data["missing"] = missing
    if earliest is not None:
        case.data["earliest"] = earliest.isoformat()
    codes = list(verdict.codes) if verdict is not None else []
    if facts.get("reason"):
        codes = [facts["reason"], *codes]
    draft.tell(codes=codes, earliest=_text(earliest), missing=missing)
    case.data["reason"] = str(facts.get("note") or "；".join(missing))
    _close(draft, "not_accepted")


def repair(draft: Draft, facts: Facts) -> None:
    """准予修复: publication, sharing, use and measures end with this commit."""
    _keep(draft, facts)
    draft.tell(record=draft.case.data["record"])
    _close(draft, "repaired")
    messages.to_applicant(draft, "repair.repaired")


def refuse(draft: Draft, facts: Facts) -> None:
    """不予修复, with the reason."""
    draft.tell(codes=[facts["reason"]])
    draft.case.data["reason"] = facts["note"]
    _close(draft, "refused")


def withdraw(draft: Draft, facts: Facts) -> None:
    """撤回, by the applicant or by not correcting in time."""
    _close(draft, "withdrawn")


def answer_outside(draft: Draft, facts: Facts) -> None:
    """What a body of another place decided, under its own number."""
    draft.tell(result=facts["result"], document=facts["document_no"])
    draft.case.data["outside"] = facts["document_no"]
    draft.case.state = facts["result"]
    draft.case.data["reason"] = str(facts.get("note") or "")
    _close(draft, facts["result"])


# --- after the decision ---


def object_to(draft: Draft, facts: Facts) -> None:
    """异议: the body looks at its decision again."""
    case = draft.case
    case.data["objected"] = {"at": draft.now.isoformat(), "against": case.outcome}
    _open_again(draft, s.OBJECTION, _book(draft).objection, s.EXAMINE)
    messages.to_body(draft, "repair.objected", s.OBJECTION)


def answer_objection(draft: Draft, facts: Facts) -> None:
    """Kept, or taken back: then the application is examined again."""
    case = draft.case
    draft.stop_clock(s.OBJECTION)
    draft.tell(result=facts["result"])
    case.data["objection_answer"] = facts["result"]
    if facts["result"] == "kept":
        draft.end_all()
        case.state = str(case.data["objected"]["against"])
        return
    case.state, case.outcome = "checking", ""
    draft.start_clock(s.DECIDE, case.data["decide"], s.PROFILE)


def revoke(draft: Draft, facts: Facts) -> None:
    """撤销: the pledge was false. Published and used again at once; whether that is a serious
    breach of its own is for the body to find."""
    case = draft.case
    case.outcome = "revoked"
    case.data["revoked"] = {"at": draft.now.isoformat(), "note": facts["note"]}
    draft.tell(record=case.data["record"])
    _open_again(draft, s.FLAGGING, _book(draft).flagging, s.FLAG)
    messages.to_body(draft, "repair.flag", s.FLAGGING)
    messages.to_applicant(draft, "repair.revoked")


def flag(draft: Draft, facts: Facts) -> None:
    """A serious breach is recorded, under its own document."""
    draft.tell(document=facts["document_no"], date=facts["document_date"].isoformat())
    draft.end_all()


def not_flag(draft: Draft, facts: Facts) -> None:
    """It stays with the revocation."""
    draft.end_all()


def shield(draft: Draft, facts: Facts) -> None:
    """临时屏蔽: under the court's ruling publication and measures rest; the clock does not."""
    case = draft.case
    draft.end_all()
    case.outcome = "shielded"
    case.data["shielded_on"] = draft.now.astimezone(SHANGHAI).date().isoformat()
    draft.tell(record=case.data["record"])
    messages.to_applicant(draft, "repair.shielded")


def plan_failed(draft: Draft, facts: Facts) -> None:
    """The plan failed: published again, the longest period unchanged."""
    draft.tell(document=facts["document_no"], on=facts["on"].isoformat())
    _close(draft, "shield_ended")
    messages.to_applicant(draft, "repair.shield_ended")


def plan_done(draft: Draft, facts: Facts) -> None:
    """The plan was carried out: the shield is final."""
    draft.tell(document=facts["document_no"], on=facts["on"].isoformat())
    _close(draft, "repaired")
    messages.to_applicant(draft, "repair.repaired")


# --- what they share ---


def said(verdict: Verdict) -> list[dict[str, Any]]:
    """The conditions as a case keeps them: code, text, met, day."""
    return [
        {"code": one.code, "text": one.text, "met": one.met, "day": _text(one.day)}
        for one in verdict.conditions
    ]


def heard(rows: Iterable[dict[str, Any]]) -> Verdict:
    """The conditions that a case keeps."""
    return Verdict(
        tuple(
            Reason(
                row["code"],
                row["text"],
                row["met"],
                date.fromisoformat(row["day"]) if row["day"] else None,
            )
            for row in rows
        )
    )


def _keep(draft: Draft, facts: Facts) -> None:
    """Keep the conditions as they were found now."""
    if facts.get("verdict") is not None:
        draft.case.data["conditions"] = said(facts["verdict"])
        _judged(draft, facts)


def _judged(draft: Draft, facts: Facts) -> None:
    """The conditions as a decision that answers for itself: what was seen, how each came out."""
    verdict: Verdict = facts["verdict"]
    draft.decisions.append(
        DecisionRow(
            rule_key=RULE,
            rule_version=draft.case.catalogue_id,
            rule_hash=str(facts.get("rules") or ""),
            subject_kind="case",
            subject_id=draft.case.id,
            at=draft.now,
            facts=dict(facts["seen"]),
            parameters={},
            conditions={one.code: _TRUTH[one.met] for one in verdict.conditions},
            outcome=verdict.outcome.value,
            actor_ref=draft.actor.ref,
        )
    )


def _open_again(draft: Draft, clock: str, limit: str, duty: str) -> None:
    draft.case.closed_at = None
    draft.start_clock(clock, limit, s.PROFILE)
    draft.assign(duty, draft.case.unit_id or 0)


def _close(draft: Draft, outcome: str) -> None:
    case = draft.case
    late = any(clock.late for clock in case.clocks if clock.kind in (s.ACCEPT, s.DECIDE))
    for clock in case.clocks:
        if clock.live:
            stopped = draft.stop_clock(clock.kind)
            late = late or (
                stopped is not None and bool(stopped.late) and clock.kind in (s.ACCEPT, s.DECIDE)
            )
    draft.end_all()
    case.timeliness = LATE if late else ON_TIME
    case.outcome = outcome
    case.data["decided_at"] = draft.now.isoformat()


def _book(draft: Draft) -> Book:
    book: Book = draft.context.catalogue
    return book


def _profile(draft: Draft) -> Profile:
    return _book(draft).profile(draft.case.data["profile"])


def _text(day: date | datetime | None) -> str | None:
    return day.isoformat() if day is not None else None

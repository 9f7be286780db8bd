"""An application for repair as the one window sees it: received, with the bodies, answered.

Credit China answers within ten working days of the receipt (国办发〔2025〕22号), whoever decides.
"""

from __future__ import annotations

from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.cases.draft import LATE, ON_TIME, Draft
from yishi.foundation.cases.lifecycle import Facts, Lifecycle, Move
from yishi.foundation.credit.repair import messages
from yishi.foundation.credit.repair import states as s

#: Of an ordinary repair and of a shield: what counts as getting what was asked for.
GIVEN = frozenset({"repaired", "shielded"})


def submit(draft: Draft, facts: Facts) -> None:
    """The window's clock runs from the receipt; a repair costs nothing."""
    case = draft.case
    case.unit_id = facts["unit"]
    case.data |= {
        "kind": facts["kind"],
        "channel": facts["channel"],
        "pledge": dict(facts["pledge"]),
        "contacts": list(facts.get("contacts") or ()),
        "ruling": dict(facts.get("ruling") or {}),
    }
    draft.start_clock(s.ANSWER, draft.context.catalogue.answer, s.PROFILE)
    draft.assign(s.WINDOW_DUTY, facts["unit"])
    draft.tell(
        kind=facts["kind"],
        channel=facts["channel"],
        records=facts["records"],
        pledge=dict(facts["pledge"]),
        ruling=dict(facts.get("ruling") or {}),
    )


def member_changed(draft: Draft, facts: Facts) -> None:
    """A record moved: forwarded, waiting for the applicant, extended, or the last one decided."""
    case, members = draft.case, facts["members"]
    undecided = [one for one in members if one.state in s.UNDECIDED]
    draft.tell(member=facts["member"], member_move=facts["move"], left=len(undecided))
    if facts["move"] == "extend":
        _extend(draft, members)
    if not undecided:
        _answer(draft, [one.outcome for one in members])
        return
    if any(one.state == "correcting" for one in undecided):
        draft.pause_clock(s.ANSWER)
    else:
        draft.resume_clock(s.ANSWER)
    waiting = any(one.state == "forwarding" for one in undecided)
    case.state = "submitted" if waiting else "forwarded"


def _extend(draft: Draft, members: tuple[object, ...]) -> None:
    """The window answers later by as much as the body that was given longest."""
    more = max(int(getattr(one, "data", {}).get("extended_days", 0)) for one in members)
    whole = parse_limit(draft.context.catalogue.answer, s.PROFILE).amount + more
    clock = draft.case.clock(s.ANSWER)
    if clock is not None and parse_limit(clock.limit_text, s.PROFILE).amount < whole:
        draft.limit_clock(s.ANSWER, f"{whole}工作日")


def _answer(draft: Draft, outcomes: list[str]) -> None:
    case = draft.case
    draft.resume_clock(s.ANSWER)
    clock = draft.stop_clock(s.ANSWER)
    draft.end_all()
    case.timeliness = LATE if clock is not None and clock.late else ON_TIME
    if all(one == "withdrawn" for one in outcomes):
        case.state = case.outcome = "withdrawn"
        return
    given = sum(one in GIVEN for one in outcomes)
    case.state = "answered"
    case.outcome = "all" if given == len(outcomes) else "some" if given else "none"
    draft.tell(given=given, of=len(outcomes))
    messages.to_applicant(draft, "repair.answered", given=given, of=len(outcomes))


MOVES = (
    Move(
        "submit",
        "提交申请",
        s.APPLICANT,
        frozenset({""}),
        "submitted",
        effect=submit,
        clock="10个工作日的答复期限自收到申请起算",
        automatic=True,
        basis="国办发〔2025〕22号",
    ),
    Move(
        "member_changed",
        "一条信息有进展",
        frozenset(),
        s.OPEN,
        None,
        effect=member_changed,
        clock="补正期间停止计时；全部有结果即答复，答复期限停止；认定单位延期的相应延长",
        automatic=True,
    ),
    Move(
        "recalculate",
        "按新日历重算期限",
        frozenset(),
        s.OPEN,
        None,
        effect=lambda draft, facts: draft.recalculate(),
        clock="未停止的时限按新公布的日历重算",
        automatic=True,
    ),
)
LIFECYCLE = Lifecycle(
    system=s.SYSTEM,
    version=1,
    states=s.STATES,
    moves={move.name: move for move in MOVES},
    duty_clocks={s.WINDOW_DUTY: s.ANSWER},
    stage_labels=s.STAGES,
    duty_labels=s.DUTY_LABELS,
    first="submit",
)

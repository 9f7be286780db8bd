"""From the application to the licence: screened, told, promised, decided on the spot."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import Effect, Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.systems.pledge_licences import notices
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Licence

ASKED = frozenset({"applicant", s.CLERK})


def licence_of(draft: Draft) -> Licence:
    """The list's entry in the version that the case began with."""
    found: Licence = draft.context.catalogue.licences[draft.case.type_key]
    return found


def receive(draft: Draft, facts: Facts) -> None:
    """The body that decides has it; the regulator is known from the beginning."""
    draft.case.unit_id = facts["unit"]
    draft.case.data |= {
        "regulator": facts["regulator"],
        "holder": facts["holder"],
        "premises_key": facts["premises_key"],
        "trade": facts["trade"],
        "bundle": facts["bundle"],
        "channel": facts["channel"],
        "dispatch_reason": list(facts["reason"]),
    }
    draft.assign(s.GRANT, facts["unit"])
    draft.tell(licence=draft.case.type_key, regulator=facts["regulator"], trade=facts["trade"])


def screened(draft: Draft, facts: Facts) -> None:
    """What the credit file answered; the answer itself is stored there."""
    last = {
        "id": facts["screening"],
        "outcome": facts["outcome"],
        "codes": list(facts["codes"]),
        "at": draft.now,
    }
    draft.case.data["screening"] = {**last, "at": draft.now.isoformat()}
    draft.tell(
        screening=facts["screening"],
        outcome=facts["outcome"],
        codes=list(facts["codes"]),
        purpose=facts.get("purpose", "apply"),
    )


def show(draft: Draft, facts: Facts) -> None:
    """Which versions were shown, with the hash over what stood there."""
    shown = {name: facts[name] for name in ("notice", "pledge", "shown_hash")}
    draft.case.data["shown"] = shown
    draft.tell(**shown)


def sign(draft: Draft, facts: Facts) -> None:
    """承诺: what was signed is what was shown."""
    draft.case.data["signed_at"] = draft.now.isoformat()
    draft.case.data["agreed"] = list(facts["agreed"])
    draft.tell(shown_hash=facts["shown_hash"], agreed=list(facts["agreed"]), way=facts["way"])


def decide(draft: Draft, facts: Facts) -> None:
    """当场决定发证: the check's time runs from now, and the regulator is told in this commit."""
    case = draft.case
    case.outcome = s.GRANTED
    case.data["certificate"] = facts["certificate"]
    case.data["licence_no"] = facts["number"]
    case.data["valid_to"] = facts["valid_to"]
    case.data["level"] = facts["level"]
    draft.end(s.GRANT)
    case.data["body"] = case.unit_id
    case.unit_id = case.data["regulator"]
    draft.assign(s.CHECK, case.data["regulator"])
    start_check(draft)
    for place, later in enumerate(licence_of(draft).later):
        draft.start_clock(f"{s.LATER_CLOCK}{place}", later.within, "licence")
    draft.tell(
        certificate=facts["certificate"],
        licence_no=facts["number"],
        valid_to=facts["valid_to"],
        reasons=list(facts["reasons"]),
        level=facts["level"],
        result=s.GRANTED,
    )
    notices.to_regulator(draft, "pledge.granted")


def start_check(draft: Draft) -> None:
    """The regulator's time by the profile of the licence, if it has one."""
    licence = licence_of(draft)
    limit = draft.context.catalogue.profiles[licence.check.profile].limit
    if limit:
        parse_limit(limit, "licence")
        draft.start_clock(s.CHECK_CLOCK, limit, "licence")


def leave(outcome: str) -> Effect:
    """The case ends without a licence."""

    def effect(draft: Draft, facts: Facts) -> None:
        draft.end_all()
        draft.case.outcome = outcome
        for name in ("item_number", "bar_until"):
            if facts.get(name):
                draft.case.data[name] = facts[name]
                draft.tell(**{name: facts[name]})
        draft.tell(result=outcome)

    return effect


def undecided(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A pledge may be taken back until the decision."""
    return "已作出决定，承诺不能再撤回" if case.outcome else None


MOVES = (
    Move("receive", "申请", ASKED, frozenset({""}), "screening", effect=receive, automatic=True),
    Move(
        "screen_pass",
        "筛查通过",
        frozenset(),
        frozenset({"screening", "not_eligible", "offered", "signed"}),
        None,
        effect=screened,
        automatic=True,
        basis="国办发〔2020〕42号",
    ),
    Move(
        "offer",
        "告知",
        frozenset(),
        frozenset({"screening", "not_eligible", "offered"}),
        "offered",
        effect=show,
        automatic=True,
        basis="国办发〔2020〕42号",
    ),
    Move(
        "screen_closed",
        "不适用告知承诺",
        frozenset(),
        frozenset({"screening", "not_eligible", "offered", "signed"}),
        "not_eligible",
        effect=screened,
        automatic=True,
    ),
    Move(
        "sign",
        "签署承诺",
        ASKED,
        frozenset({"offered"}),
        "signed",
        effect=sign,
        primary=True,
    ),
    Move(
        "decide",
        "当场决定发证",
        frozenset({s.APPROVER}),
        frozenset({"signed"}),
        "pushed",
        duty=s.GRANT,
        effect=decide,
        clock="核查期限自决定之日起算",
        primary=True,
        basis="《行政许可法》第三十四条；国办发〔2020〕42号",
    ),
    Move(
        "withdraw",
        "撤回承诺",
        ASKED,
        s.UNDECIDED,
        "withdrawn",
        needs=(Need("note", "说明"),),
        guard=undecided,
        effect=leave(s.WITHDRAWN),
    ),
    Move(
        "to_ordinary",
        "转普通程序",
        ASKED,
        s.UNDECIDED,
        "ordinary",
        effect=leave(s.TO_ORDINARY),
    ),
    Move(
        "refuse_false",
        "不予许可（提供虚假材料）",
        frozenset({s.APPROVER, s.HEAD}),
        frozenset({"not_eligible", "offered", "signed"}),
        "refused",
        duty=s.GRANT,
        needs=(Need("note", "事实和理由", required=True),),
        effect=leave(s.REFUSED),
        danger=True,
        basis="《行政许可法》第七十八条",
    ),
)

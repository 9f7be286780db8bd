"""好差评: ratings, and the loop of a bad one that bears a name.

The rated body contacts the rater within one working day, puts the matter right within fifteen, says
so, and somebody else asks again. A bad rating without a name is counted and opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.lifecycle import LIFECYCLE as ITEMS
from yishi.foundation.approvals.lifecycle.deciding import BAD
from yishi.foundation.approvals.lifecycle.states import parameter
from yishi.foundation.approvals.roles import (
    APPROVER,
    DUTY_LABELS,
    FOLLOW_UP,
    HEAD,
    OFFICE,
    REDRESS,
)
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import LATE, ON_TIME, Draft, MoveRefused
from yishi.foundation.cases.families import advance_member, locked
from yishi.foundation.cases.inputs import read_facts
from yishi.foundation.cases.lifecycle import Facts, Lifecycle, Move, Need, State
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

SYSTEM = "ratings"
CONTACT, RECTIFY = "contact", "rectify"
#: 满意度代码 1 is the best: the number of stars is 6 − code (S1 hard case 10).
STARS = 6


def code_of(code: Any, stars: Any) -> int:
    """The code from itself or from stars, never from both.

    Raises:
        FieldError: ``code`` or ``stars``.
    """
    name, value = ("stars", stars) if code is None else ("code", code)
    if code is not None and stars is not None:
        raise FieldError("stars", "满意度代码与星数只能给一个", "both")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is not int or not 1 <= value <= 5:
        raise FieldError(name, "应为1至5", "range")
    return value if name == "code" else STARS - value


def rate(
    actor: Actor,
    number: str,
    now: datetime,
    *,
    code: int | None = None,
    stars: int | None = None,
    way: str = "online",
    visit: str = "",
    named: bool = False,
    text: str = "",
) -> CaseState:
    """Rate the item case *number*: once online, once for each *visit* to the window. A bad rating
    (4, 5) that is *named* opens a case of its own in the same commit.

    Raises:
        FieldError: ``code``, ``stars``, ``visit``; ``code`` with ``rated`` for a second rating.
        CaseNotFound, MoveRefused: as other verbs.
    """
    score = code_of(code, stars)
    raw = {"code": str(score), "way": way, "visit": visit, "named": named, "text": text}
    facts = read_facts(ITEMS.moves["rate"], raw)
    try:
        with transaction.atomic():
            family = locked(number, actor)
            case = family.by_number(number)
            family.move(case.id, "rate", actor, facts, now)
            changes = family.changes
            if score in BAD and named:
                changes = [*changes, _redress(case, score, now)]
            commit(changes)
    except IntegrityError as error:
        if "rated_once" not in str(error):
            raise
        raise FieldError("code", "已经评价过：网上一事一评，窗口一次一评", "rated") from error
    return family.states[case.id]


def _redress(case: CaseState, score: int, now: datetime) -> Any:
    found = registers()
    today = now.astimezone(SHANGHAI).date()
    (case_id,) = reserve(1)
    opened = CaseState(
        id=case_id,
        number=f"{found.places.number_prefix}CP{today:%Y%m%d}{case_id % 1_000_000:06d}",
        system=SYSTEM,
        type_key=case.type_key,
        catalogue_id=case.catalogue_id,
        subject=f"差评整改：{case.subject}"[:200],
        division=case.division,
        managed_path=case.managed_path,
        received_at=now,
        received_on=today,
    )
    facts = {"unit": case.unit_id, "about": case.number, "code": score}
    context = found.for_case(opened)
    return plan(LIFECYCLE, opened, "receive", SYSTEM_ACTOR, facts, now, context, trusted=True)


def receive(draft: Draft, facts: Facts) -> None:
    """Both clocks run from the rating."""
    case = draft.case
    case.unit_id = facts["unit"]
    case.data |= {"about": facts["about"], "code": facts["code"], "round": 1}
    draft.assign(REDRESS, facts["unit"] or 0)
    draft.start_clock(CONTACT, parameter(draft, "approvals_contact_limit"), "licence")
    draft.start_clock(RECTIFY, parameter(draft, "approvals_rectify_limit"), "licence")
    draft.tell(about=facts["about"], code=facts["code"])


def contact(draft: Draft, facts: Facts) -> None:
    """Contacted: what is clear is put right at once, what is complex within the limit."""
    draft.stop_clock(CONTACT)
    draft.case.data["complexity"] = facts["complexity"]
    draft.tell(complexity=facts["complexity"])


def feed_back(draft: Draft, facts: Facts) -> None:
    """Put right and told: somebody else asks the rater."""
    clock = draft.stop_clock(RECTIFY)
    late = clock is not None and bool(clock.late)
    draft.case.timeliness = LATE if late or draft.case.timeliness == LATE else ON_TIME
    draft.end(REDRESS)
    draft.assign(FOLLOW_UP, draft.case.unit_id or 0)


def follow_up(draft: Draft, facts: Facts) -> None:
    """回访: settled ends it; not settled goes back to the body with a new limit."""
    case = draft.case
    draft.end(FOLLOW_UP)
    draft.tell(result=facts["result"])
    if facts["result"] == "settled":
        case.state, case.outcome = "closed", "settled"
        return
    case.data["round"] = int(case.data.get("round", 1)) + 1
    draft.assign(REDRESS, case.unit_id or 0)
    draft.start_clock(RECTIFY, parameter(draft, "approvals_rectify_limit"), "licence")


def recalculate(draft: Draft, facts: Facts) -> None:
    """A calendar was published."""
    draft.recalculate()


BODY = frozenset({APPROVER, HEAD})
MOVES = (
    Move(
        "receive",
        "差评转办",
        frozenset(),
        frozenset({""}),
        "rated",
        effect=receive,
        clock="1个工作日联系、15个工作日整改的时限自评价起算",
        automatic=True,
        basis="上海市优化营商环境条例第三十条；安阳市政务服务条例第五十二条",
    ),
    Move(
        "contact",
        "已联系评价人",
        BODY,
        frozenset({"rated"}),
        "rectifying",
        duty=REDRESS,
        needs=(
            Need(
                "complexity",
                "情况",
                "choice",
                required=True,
                choices=(
                    ("clear", "诉求合理、情况清楚，立即整改"),
                    ("complex", "情况复杂，限期整改"),
                ),
            ),
            Need("note", "联系情况", required=True),
        ),
        effect=contact,
        clock="联系时限停止",
        primary=True,
    ),
    Move(
        "feed_back",
        "整改完成并反馈",
        BODY,
        frozenset({"rectifying"}),
        "fed_back",
        duty=REDRESS,
        needs=(Need("note", "整改结果", required=True),),
        effect=feed_back,
        clock="整改时限停止",
        primary=True,
    ),
    Move(
        "follow_up",
        "回访",
        frozenset({OFFICE}),
        frozenset({"fed_back"}),
        "rectifying",
        duty=FOLLOW_UP,
        needs=(
            Need(
                "result",
                "回访结果",
                "choice",
                required=True,
                choices=(("settled", "评价人认可"), ("unsettled", "评价人不认可，继续整改")),
            ),
            Need("note", "回访情况", required=True),
        ),
        effect=follow_up,
        clock="不认可的，整改时限重新开始",
        primary=True,
    ),
    Move(
        "recalculate",
        "按新日历重算期限",
        frozenset(),
        frozenset({"rated", "rectifying", "fed_back"}),
        None,
        effect=recalculate,
        automatic=True,
    ),
)
LIFECYCLE = Lifecycle(
    SYSTEM,
    1,
    {
        "rated": State("rated", "待联系", "contact"),
        "rectifying": State("rectifying", "整改中", "rectify"),
        "fed_back": State("fed_back", "待回访", "ask"),
        "closed": State("closed", "已办结", "done", final=True),
    },
    {move.name: move for move in MOVES},
    duty_clocks={REDRESS: RECTIFY},
    stage_labels={"contact": "联系", "rectify": "整改", "ask": "回访", "done": "办结"},
    duty_labels={REDRESS: DUTY_LABELS[REDRESS], FOLLOW_UP: DUTY_LABELS[FOLLOW_UP]},
)


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """Make *move* on a redress case."""
    known = LIFECYCLE.moves.get(move)
    if known is None or not known.roles:
        raise FieldError("move", "没有这个步骤", "unknown")
    return advance_member(
        actor,
        number,
        move,
        lambda case: read_facts(known, raw),
        now,
        expected_version=expected_version,
    )


def advance_batch(
    actor: Actor, ids: Any, move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """Nothing is done in batches."""
    raise FieldError("move", "此步骤不能批量办理", "unknown")

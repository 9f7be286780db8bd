"""When a move on a record is not allowed.

Guards read what the verb put into the facts: ``verdict`` (all conditions as of the application).
Without it (a page that asks which moves are open) they let the move be offered.
"""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.conditions import Verdict
from yishi.foundation.rulebook.outcome import Truth


def repairs(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only in an application for repair."""
    return "临时屏蔽申请没有这个步骤" if case.type_key == s.SHIELD else None


def shields(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only in an application for a shield."""
    return None if case.type_key == s.SHIELD else "只有重整、和解的破产企业适用临时屏蔽"


def not_against(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Accepted only when no condition stands against it; what is not known is to be found out
    first."""
    if case.type_key == s.SHIELD:
        return "临时屏蔽申请没有这个步骤"
    verdict: Verdict | None = facts.get("verdict")
    if verdict is None or verdict.outcome is Truth.TRUE:
        return None
    return "；".join(one.text for one in verdict.reasons)


def told_once(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """All that is missing is told at once."""
    return "补正要求只能一次性告知，已告知过" if case.data.get("told") else None


def in_time(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Corrections count until their deadline."""
    clock = case.clock(s.CORRECTION)
    late = clock is not None and now > clock.due_at
    return "补正期限已过，视为撤回申请，可以重新申请" if late else None


def too_late(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Lapses only after the deadline."""
    clock = case.clock(s.CORRECTION)
    return None if clock is not None and now > clock.due_at else "补正期限未到"


def may_extend(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """As often as the body's rules say, and before the limit is over."""
    allowed = int(case.data.get("extensions_allowed", 0))
    if int(case.data.get("extensions", 0)) >= allowed:
        return "已经延期，不能再延" if allowed else "本单位办理信用修复不得延期"
    clock = case.clock(s.DECIDE)
    return "已超过办理期限，不能延期" if clock is not None and now > clock.due_at else None


def objects_once(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """One objection against a decision; its answer can be taken to review or to court."""
    return (
        "已提出过异议，对答复不服的可以申请行政复议或者提起诉讼"
        if case.data.get("objected")
        else None
    )


def was_repaired(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A shield that became final after the plan was carried out rests on the court, no pledge."""
    if case.type_key == s.SHIELD:
        return "重整计划执行完毕的，不因信用承诺不实而撤销"
    return None

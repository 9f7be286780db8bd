"""When a move of city events is not allowed. A guard returns the reason in Chinese, or ``None``."""

from __future__ import annotations

from datetime import datetime, timedelta

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import roles

#: At most two approved extensions (§S2.4 延期).
MOST_EXTENSIONS = 2
#: A wrong ticket is returned within 24 hours of dispatch (§S2.4, AY art. 50).
RETURN_WITHIN = timedelta(hours=24)
#: A reporter may ask for a reopening for this long after closing (design choice).
REOPEN_WITHIN = timedelta(days=15)


def place_known(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Filing needs a place that somebody is responsible for."""
    return None if case.data.get("place_certain") else "请先补正案发地点，再立案"


def may_return(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The unit's own assignment is revoked first, and the window is still open."""
    main = case.duty(roles.MAIN)
    if main is not None and main.person_id is not None:
        return "请先撤销部门内部的人员指派，再退单"
    if case.data.get("extension"):
        return "延期申请审批中，不能退单"
    dispatched = datetime.fromisoformat(case.data["dispatched_at"])
    if now > dispatched + RETURN_WITHIN:
        return "已超过派遣后24小时的退单时限"
    return None


def person_assigned(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is somebody to take the work back from."""
    main = case.duty(roles.MAIN)
    return None if main is not None and main.person_id is not None else "尚未指派处置人员"


def has_result(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The unit confirms back only what was done."""
    if case.data.get("extension"):
        return "延期申请审批中，请先等待审批结果"
    return None if case.data.get("result") else "请先填报现场处置结果"


def may_ask_extension(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """At most two, one at a time, never after lateness (§S2.4)."""
    clock = case.clock("handling")
    if clock is None or not clock.running:
        return "处置时钟未在运行，不能申请延期"
    if now > clock.due_at:
        return "处置已超时，不能申请延期"
    if clock.extensions >= MOST_EXTENSIONS:
        return "延期已满两次，不能再申请"
    return "已有一份延期申请正在审批" if case.data.get("extension") else None


def extension_pending(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is an application to decide."""
    return None if case.data.get("extension") else "没有待审批的延期申请"


def not_the_handler(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Who handled a case neither verifies nor closes it."""
    if actor.user_id is not None and actor.user_id in case.data.get("handlers", ()):
        return "处置人员不能核实或结案自己办理的案件"
    handled = case.data.get("handled_unit")
    held = {grant.unit_id for grant in actor.grants if grant.role in ("collector", "handler")}
    return "核实单位不能是处置单位" if handled is not None and handled in held else None


def verified(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Closing needs a passed verification by somebody else than the handler."""
    if case.data.get("verification", {}).get("result") != "pass":
        return "核实未通过，不能结案，请返工"
    return not_the_handler(case, actor, facts, now)


def may_reopen(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only what was closed as handled, and by a reporter only for some days."""
    if case.closed_at is None:
        return "案件未结案"
    if actor.kind == "reporter" and now > case.closed_at + REOPEN_WITHIN:
        return "已超过结案后15天的申请期限，请重新上报"
    return None


def may_withdraw(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A case that several people reported does not end because one withdraws."""
    return "案件有多位上报人，不能撤回" if case.data.get("reports", 1) > 1 else None

"""延期: the unit asks, the dispatcher decides; at most twice and never after lateness."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import (
    CENTRE,
    NOTE,
    REASON,
    UNIT,
    iso,
    names,
    no_handling,
    to_centre,
)

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft


#: At most two approved extensions (§S2.4 延期).
MOST_EXTENSIONS = 2


def may_ask_extension(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """At most two, one at a time, never after lateness (§S2.4)."""
    clock = case.clock("handling")
    if clock is None or not clock.running:
        return "处置时钟未在运行，不能申请延期"
    if now > clock.due_at:
        return "处置已超时，不能申请延期"
    if max(clock.extensions, case.data.get("extended", 0)) >= MOST_EXTENSIONS:
        return "延期已满两次，不能再申请"
    if clock.cap_at is not None:
        return "领导批示限定了完成期限，不能延期"
    return no_handling(case)


def extension_pending(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is an application to decide."""
    return None if case.data.get("extension") else "没有待审批的延期申请"


def may_grant(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Two levels decide: the department asks, and another person of the centre grants."""
    held = case.data.get("extension")
    if not held:
        return extension_pending(case, actor, facts, now)
    return "申请人不能审批自己的申请" if held["by"] == actor.ref else None


def ask_extension(draft: Draft, facts: Facts) -> None:
    """延期申请 goes to the dispatcher; nothing changes until it is decided."""
    draft.case.data["extension"] = {"at": iso(draft.now), "by": draft.actor.ref}
    to_centre(draft, roles.EXTEND)


def grant_extension(draft: Draft, facts: Facts) -> None:
    """The original limit once more, from the current deadline. A rework's fresh clock does not
    give the unit two more (the count stays in ``extended`` while the unit has the case)."""
    draft.case.data.pop("extension", None)
    draft.end(roles.EXTEND)
    clock = draft.extend_clock("handling")
    before = draft.case.data.get("extended", 0)
    draft.case.data["extended"] = max(before + 1, clock.extensions if clock else 0)
    notices.to_main(draft, "case.extended")


def refuse_extension(draft: Draft, facts: Facts) -> None:
    """A refusal does not count towards the two extensions."""
    draft.case.data.pop("extension", None)
    draft.end(roles.EXTEND)
    notices.to_main(draft, "case.extension_refused")


MOVES = (
    Move(
        "ask_extension",
        "申请延期",
        UNIT,
        names("handling"),
        None,
        duty=roles.MAIN,
        needs=(REASON,),
        guard=may_ask_extension,
        effect=ask_extension,
    ),
    Move(
        "grant_extension",
        "同意延期",
        CENTRE,
        names("handling", "on_site_done"),
        None,
        duty=roles.EXTEND,
        needs=(NOTE,),
        guard=may_grant,
        effect=grant_extension,
        clock="处置期限在现期限上增加一个原时限",
        primary=True,
    ),
    Move(
        "refuse_extension",
        "不同意延期",
        CENTRE,
        names("handling", "on_site_done"),
        None,
        duty=roles.EXTEND,
        needs=(REASON,),
        guard=extension_pending,
        effect=refuse_extension,
    ),
)

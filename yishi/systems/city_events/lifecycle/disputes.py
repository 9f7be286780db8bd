"""派遣争议: when nobody wants a case, one body names the unit, which may not return it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.systems.city_events import roles
from yishi.systems.city_events.lifecycle.common import (
    CENTRE,
    LEADER,
    REASON,
    names,
    parameter,
    to_centre,
)
from yishi.systems.city_events.lifecycle.dispatch import give_to

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft


def ask_ruling(draft: Draft, facts: Facts) -> None:
    """提请裁定: the dispatcher's clock stops, the arbitration body has one of its own."""
    draft.stop_clock("dispatch")
    draft.end(roles.DISPATCH)
    draft.start_clock("ruling", parameter(draft, "ruling_limit"))
    to_centre(draft, roles.RULE)


def rule(draft: Draft, facts: Facts) -> None:
    """裁定: the named unit has the case and keeps it (WF art. 22)."""
    draft.stop_clock("ruling")
    draft.end(roles.RULE)
    draft.case.data.pop("must_rule", None)
    draft.case.data["designated"] = facts["unit"]
    give_to(draft, facts["unit"], ("经派遣争议裁定指定承办",))
    draft.tell(designated=facts["unit"])


MOVES = (
    Move(
        "ask_ruling",
        "提请争议裁定",
        CENTRE,
        names("filed", "returned"),
        "disputed",
        duty=roles.DISPATCH,
        needs=(REASON,),
        effect=ask_ruling,
        clock="派遣时钟停止，裁定时钟开始；处置时钟保持暂停",
        automatic=True,
        basis="北京市接诉即办工作条例第十三条",
    ),
    Move(
        "ruling",
        "争议裁定",
        LEADER,
        names("disputed"),
        "assigned",
        duty=roles.RULE,
        needs=(
            Need("unit", "指定承办单位", "unit", required=True, hint="被指定的单位不得再退单"),
            Need("note", "裁定理由和依据", required=True),
        ),
        effect=rule,
        clock="裁定时钟停止，处置时钟开始；指定原单位时继续",
        primary=True,
        basis="潍坊市12345政务服务便民热线条例第二十二条",
    ),
)

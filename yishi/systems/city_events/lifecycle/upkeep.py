"""What happens to a case beside its steps: reports that join or leave it, a new calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.foundation.cases.lifecycle import Facts, Move
from yishi.systems.city_events import notices
from yishi.systems.city_events.lifecycle.common import ACCEPTOR, OPEN, REASON, names

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft


def merge_report(draft: Draft, facts: Facts) -> None:
    """并案: one more report of the same thing; closing answers every reporter."""
    draft.case.data["reports"] = draft.case.data.get("reports", 1) + 1
    added = bool(facts.get("added"))
    draft.tell(report=facts["report"], **({"added": True} if added else {}))
    if added:
        notices.to_main(draft, "case.supplemented")


def join_case(draft: Draft, facts: Facts) -> None:
    """并案: what it was about goes on in another case, with all who reported it."""
    draft.end_all()
    draft.case.outcome = "joined"
    draft.case.data["joined"] = facts["into"]
    draft.case.data["contacts"] = []
    draft.case.data.pop("senders", None)
    draft.tell(into=facts["into"])


def unmerge_report(draft: Draft, facts: Facts) -> None:
    """拆案: a report leaves for a case of its own."""
    draft.case.data["reports"] = max(draft.case.data.get("reports", 1) - 1, 1)
    draft.tell(report=facts["report"], case_opened=facts["opened"])


def recalculate(draft: Draft, facts: Facts) -> None:
    """A calendar was published: open deadlines are computed under it, decided ones never."""
    draft.recalculate()


MOVES = (
    Move(
        "merge_report",
        "并入上报",
        ACCEPTOR,
        OPEN,
        None,
        effect=merge_report,
        automatic=True,
    ),
    Move(
        "join_case",
        "并入另一案件",
        ACCEPTOR,
        names("reported", "filed", "returned", "assigned"),
        "voided",
        needs=(REASON,),
        effect=join_case,
        clock="各时钟停止，由并入的案件继续计时",
    ),
    Move(
        "unmerge_report",
        "拆出上报",
        ACCEPTOR,
        OPEN,
        None,
        effect=unmerge_report,
        automatic=True,
    ),
    Move(
        "recalculate",
        "按新日历重算期限",
        names(),
        OPEN,
        None,
        effect=recalculate,
        clock="运行中的时钟按最新日历重新计算",
        automatic=True,
    ),
)

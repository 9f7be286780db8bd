"""The reply limit of 12345 tickets (§S2.5, S2-A14): a clock beside the handling clock.

Which sources promise a reply, and within what limit, is the dated parameter
``ticket_limit_<channel>``; the clock counts whole working days by date (profile ``hotline``). The
clock belongs to the case: where several tickets of one case wait, the earliest promise binds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Effect, Facts, Move, Need, State
from yishi.foundation.cases.state import CaseState, ClockState
from yishi.systems.city_events import notices
from yishi.systems.city_events.states import REJECT_REASONS

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft
    from yishi.foundation.rulebook.store import Rulebook

#: Kind of the clock, and the calendars' profile that reads its limit.
TICKET, PROFILE = "ticket", "hotline"
APPEALS = (
    ("help", "求助"),
    ("complaint", "投诉"),
    ("tipoff", "举报"),
    ("question", "咨询"),
    ("advice", "建议"),
)
#: Who blows the whistle is kept secret whether asked or not (§S2.3 举报).
SECRET_APPEALS = frozenset({"tipoff"})


def ticket_facts(rulebook: Rulebook, channel: str, now: datetime, area: str) -> dict[str, Any]:
    """What a report's first move has to know of its ticket: limit and most extensions, or nothing
    where the channel promises no reply."""
    limit = rulebook.value(f"ticket_limit_{channel}", now, area)
    if limit is None:
        return {}
    most = rulebook.value("ticket_extensions", now, area)
    return {"ticket": {"limit": str(limit), "extensions": int(most or 0)}}


def begin(draft: Draft, facts: Facts) -> None:
    """Start the ticket's clock unless an earlier ticket's still runs."""
    if facts.get("follows"):
        draft.tell(follows=facts["follows"])
    ticket = facts.get("ticket")
    if ticket is None or draft.case.clock(TICKET) is not None:
        return
    draft.case.data["ticket"] = dict(ticket)
    draft.start_clock(TICKET, ticket["limit"], PROFILE)


def end(draft: Draft, facts: Facts) -> None:
    """The ticket is answered: whether that was late becomes a fact."""
    draft.stop_clock(TICKET)


def again(draft: Draft, facts: Facts) -> None:
    """A case that is done again promises a reply anew."""
    draft.case.data.pop("contacted_at", None)
    begin(draft, {"ticket": draft.case.data["ticket"]} if draft.case.data.get("ticket") else {})


def ticket_clock(case: CaseState) -> ClockState | None:
    """The newest ticket clock, running or stopped."""
    return case.last_clock(TICKET)


def may_extend(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only a running limit, before it is over, and as often as the city allows."""
    clock = case.clock(TICKET)
    if clock is None or not clock.running:
        return "本案没有正在计时的工单答复期限"
    if now > clock.due_at:
        return "工单答复期限已过，不能延期"
    if clock.extensions >= int(case.data.get("ticket", {}).get("extensions", 0)):
        return "工单延期已满规定次数"
    return None


def extend(draft: Draft, facts: Facts) -> None:
    """The limit once more, from the present deadline."""
    draft.extend_clock(TICKET)


def contacted(draft: Draft, facts: Facts) -> None:
    """The unit got in touch with the caller: the first time of a round counts."""
    draft.case.data.setdefault("contacted_at", draft.now.isoformat())


def not_yet_contacted(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is a ticket, and nobody got in touch yet."""
    if not case.data.get("ticket"):
        return "本案没有需要联系的来电人"
    return "已登记过联系情况" if case.data.get("contacted_at") else None


def exclude(draft: Draft, facts: Facts) -> None:
    """不予受理（六类）: kept as a ticket, never dispatched. The caller is told the channel: on the
    telephone (``spoken``), else by message."""
    draft.stop_clock("acceptance")
    draft.end("accept")
    draft.case.outcome = "excluded"
    refused(draft, facts)
    if not facts.get("spoken"):
        notices.to_reporters(draft, "report.rejected", why_refused(facts))


def refused(draft: Draft, facts: Facts) -> None:
    """Keep why a report was not taken up, and the channel that its reporter is told, if any."""
    draft.case.data["reason_code"] = facts["reason"]
    named = {"referral": facts["referral"]} if facts.get("referral") else {}
    draft.case.data.update(named)
    draft.tell(reason=facts["reason"], **named)


def why_refused(facts: Facts) -> dict[str, Any]:
    """The reason and the channel in words, for the message to the reporters."""
    return {"reason": _REFUSALS[facts["reason"]], "channel": facts.get("channel", "")}


_REFUSALS = dict(REJECT_REASONS)
#: The six exclusions come first among the reasons.
EXCLUSIONS = REJECT_REASONS[:6]
REFERRAL = Need("referral", "告知的渠道", "referral", hint="告知上报人应当通过的渠道")
_REASON = Need("note", "理由", "text", required=True, hint="将写入案卷，相关单位可见")
_NOTE = Need("note", "意见", "text")


def moves(states: Mapping[str, State]) -> tuple[Move, ...]:
    """The moves that only tickets have."""
    open_ones = frozenset(name for name, state in states.items() if not state.final)
    return (
        Move(
            "exclude",
            "不予受理并告知渠道",
            frozenset({"hotline", "acceptor"}),
            frozenset({"reported"}),
            "voided",
            needs=(
                Need("reason", "不予受理情形", "choice", required=True, choices=EXCLUSIONS),
                REFERRAL,
                _NOTE,
            ),
            effect=exclude,
            clock="全部时钟停止",
            automatic=True,
            basis="北京市接诉即办工作条例第十一条",
        ),
        Move(
            "contact_caller",
            "登记已联系来电人",
            frozenset({"unit_officer", "handler"}),
            frozenset({"handling", "on_site_done"}) & open_ones,
            None,
            duty="main",
            needs=(_NOTE,),
            guard=not_yet_contacted,
            effect=contacted,
        ),
        Move(
            "extend_ticket",
            "批准工单延期",
            frozenset({"dispatcher", "duty_leader"}),
            open_ones,
            None,
            needs=(_REASON,),
            guard=may_extend,
            effect=extend,
            clock="工单答复期限在现期限上增加一个原期限",
            basis="安阳市政务服务条例：经批准可延长",
        ),
    )


def _then(first: Effect | None, second: Callable[[Draft, Facts], None]) -> Effect:
    def both(draft: Draft, facts: Facts) -> None:
        if first is not None:
            first(draft, facts)
        second(draft, facts)

    return both


def with_tickets(
    table: Mapping[str, Move], states: Mapping[str, State], reopening: str = "reopen"
) -> dict[str, Move]:
    """The lifecycle's moves with the ticket's clock: reports start it, every end stops it,
    *reopening* starts it anew. New ends of the table are covered without being named here."""
    found = {**table, **{move.name: move for move in moves(states)}}
    for name, move in found.items():
        if name in ("receive", "merge_report"):
            found[name] = replace(move, effect=_then(move.effect, begin))
        elif name == reopening:
            found[name] = replace(move, effect=_then(move.effect, again))
        elif move.target is not None and states[move.target].final:
            found[name] = replace(move, effect=_then(move.effect, end))
    return found

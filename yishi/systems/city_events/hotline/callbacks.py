"""回访: every closed ticket of the hotline or the portal whose caller left a number is called back.

One task for each ticket (report) and closing. Made by SQL over what was closed, so that nothing is
forgotten whatever closed the case; the work list is a query over the open ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text, read_int
from yishi.foundation.cases.models import Case
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import Decision, decision_row
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.hotline.models import CallBack, CallBackTry
from yishi.systems.city_events.hotline.parameters import Parameters
from yishi.systems.city_events.hotline.script import CAUSES, EXCLUSIONS, SCORES

#: Channels whose reporters are called back.
CHANNELS = ("hotline", "portal", "platform")
#: Who calls back.
ROLES = ("hotline", "acceptor")
CONNECTED, MISSED, REFUSED = "connected", "missed", "refused"
#: The number is wrong, or somebody else's: nobody is asked, and the ticket is left out.
WRONG = "wrong"
RULE = "city_events.call_back_redo"
#: How far back the first run looks; later ones go on from the newest task, less some overlap.
REACH = timedelta(days=30)
_OVERLAP = timedelta(hours=1)

_MAKE = """
INSERT INTO city_events_callback
       (case_id, report_id, round, state, closed_at, next_at, tries, cause, text, excluded,
        redone, done_by)
SELECT c.id, r.id, coalesce((c.data ->> 'round')::int, 1), 'open', c.closed_at, c.closed_at,
       0, '', '', '', false, ''
  FROM (SELECT DISTINCT t.case_id FROM cases_trace t
         WHERE t.at >= %(since)s AND t.at <= %(now)s
           AND t.move = ANY(%(moves)s)) AS ended
  JOIN cases_case c ON c.id = ended.case_id
  JOIN city_events_report r ON r.case_id = c.id
  JOIN parties_contact p ON p.id = r.contact_id
 WHERE c.state = ANY(%(states)s) AND c.closed_at IS NOT NULL
   AND r.channel = ANY(%(channels)s) AND p.phone_hash <> ''
ON CONFLICT (report_id, round) DO NOTHING
"""
_LAPSE = """
UPDATE city_events_callback b SET state = 'lapsed', done_at = %(now)s
  FROM cases_case c
 WHERE c.id = b.case_id AND b.state = 'open'
   AND (c.closed_at IS NULL OR coalesce((c.data ->> 'round')::int, 1) <> b.round)
"""


def closing_moves() -> tuple[list[str], list[str]]:
    """The moves that end a case otherwise than as void, and the states they end in."""
    from yishi.systems.city_events.lifecycle import MOVES, STATES

    states = [s.name for s in STATES.values() if s.final and s.stage != "void"]
    return [move.name for move in MOVES.values() if move.target in states], states


def make(now: datetime, since: datetime | None = None) -> int:
    """Make the tasks of what was closed, and end those of cases that were opened again.

    Returns how many were made (3 statements). Any number of workers may run it at once. Two
    transactions: a new task holds its case, a lapsed one must not be waited for meanwhile.
    """
    names, states = closing_moves()
    with connection.cursor() as cursor:
        cursor.execute(_LAPSE, {"now": now})
    with transaction.atomic(), connection.cursor() as cursor:
        if since is None:
            cursor.execute("SELECT max(closed_at) FROM city_events_callback")
            newest = cursor.fetchone()[0]
            since = newest - _OVERLAP if newest is not None else now - REACH
        values = {"since": since, "now": now, "moves": names, "states": states}
        cursor.execute(_MAKE, values | {"channels": list(CHANNELS)})
        return int(cursor.rowcount)


def waiting(actor: Actor, now: datetime) -> QuerySet[CallBack]:
    """The open tasks whose next try is due, of cases that *actor* may see, oldest first."""
    rows: QuerySet[CallBack] = CallBack.objects.visible_to(actor).filter(
        state=CallBack.OPEN, next_at__lte=now
    )
    return rows.select_related("case", "case__unit", "report").order_by("next_at", "id")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try came to. ``redone``: the case is done again by rule (二次办理)."""

    call_back: CallBack
    redone: bool = False
    refused: str = ""


def attempt(actor: Actor, task: int, raw: Mapping[str, Any], now: datetime) -> Outcome:
    """Record one try with its answers: ``result``, and when connected ``in_time``, ``solved``,
    ``score``, ``cause`` (not satisfied), ``excluded``, ``text``.

    A connected call ends the task. One that missed waits for the next try, and ends it after as
    many as the city allows. What was not solved or not satisfactory is done again by rule.

    Raises:
        FieldError: for wrong input; nothing is stored. On ``task`` for one that is not open.
        PermissionError: when *actor* does not call back.
    """
    if not actor.has(*ROLES):
        raise PermissionError("call-backs are made by the hotline")
    result = raw.get("result")
    if result not in (CONNECTED, MISSED, REFUSED):
        raise FieldError("result", "请选择本次回访结果", "required")
    answers = _answers(raw) if result == CONNECTED else {}
    registers = city()
    with transaction.atomic():
        found = _locked(actor, task)
        parameters = Parameters(registers.rulebook, now, found.case.managed_path)
        found.tries += 1
        CallBackTry.objects.create(
            call_back=found, seq=found.tries, result=result, actor_ref=actor.ref, at=now
        )
        if result == MISSED and found.tries < parameters.whole("call_back_tries"):
            found.next_at = now + parameters.hours("call_back_pause_hours")
            found.save()
            return Outcome(found)
        ends = {CONNECTED: CallBack.REACHED, MISSED: CallBack.UNREACHED}
        found.state = ends.get(str(result), CallBack.REFUSED)
        if answers.get("excluded") == WRONG:
            found.state = CallBack.UNREACHED
        found.done_at, found.done_by = now, actor.ref
        for name, value in answers.items():
            setattr(found, name, value)
        heard = found.state == CallBack.REACHED
        outcome = _redo(found, registers, parameters, now) if heard else Outcome(found)
        found.redone = outcome.redone
        found.save()
    return outcome


def _locked(actor: Actor, task: int) -> CallBack:
    rows = CallBack.objects.visible_to(actor).select_related("case", "report")
    rows = rows.select_for_update(of=("self",))
    found: CallBack | None = rows.filter(pk=task).first()
    if found is None:
        raise FieldError("task", "没有这项回访，或不在您的查看范围内", "unknown")
    if found.state != CallBack.OPEN:
        raise FieldError("task", "这项回访已经完成", "state")
    return found


def _answers(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The script's answers, all of them; none where a stranger answered (``WRONG``).

    Raises:
        FieldError: naming the question without an answer.
    """
    if raw.get("excluded") == WRONG:
        text = clean_text("text", raw.get("text"), 1000)
        if not text:
            raise FieldError("text", "剔除评价须写明理由", "required")
        return {"excluded": WRONG, "text": text}
    score = read_int("score", raw.get("score") or "")
    if score not in dict(SCORES):
        raise FieldError("score", "请选择满意度", "range")
    answers = {
        "in_time": _yes("in_time", raw.get("in_time")),
        "solved": _yes("solved", raw.get("solved")),
        "score": score,
        "cause": _one_of("cause", raw.get("cause"), CAUSES),
        "excluded": _one_of("excluded", raw.get("excluded"), EXCLUSIONS),
        "text": clean_text("text", raw.get("text"), 1000),
    }
    if (score > 3 or not answers["solved"]) and not answers["cause"]:
        raise FieldError("cause", "请选择未解决或不满意的原因", "required")
    if answers["excluded"] and not answers["text"]:
        raise FieldError("text", "剔除评价须写明理由", "required")
    return answers


def _yes(name: str, value: Any) -> bool:
    if value not in (True, False, "yes", "no"):
        raise FieldError(name, "请选择是或否", "required")
    return value in (True, "yes")


def _one_of(name: str, value: Any, choices: tuple[tuple[str, str], ...]) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or value not in dict(choices):
        raise FieldError(name, "请从列出的选项中选择", "choice")
    return value


def _redo(task: CallBack, registers: City, parameters: Parameters, now: datetime) -> Outcome:
    """Do the case again where the rule says so; the decision is kept with the case."""
    facts = {
        "call_back_solved": task.solved,
        "call_back_satisfied": (task.score or 5) <= parameters.whole("satisfied_score"),
        "call_back_cause": task.cause or None,
        "call_back_round": task.round,
    }
    if task.excluded:
        return Outcome(task)
    decided = registers.rulebook.decide(RULE, facts, now, task.case.managed_path)
    row = decision_row(decided, "case", task.case_id, SYSTEM_ACTOR.ref, now)
    if decided.truth is Truth.FALSE and task.solved and not task.cause:
        return Outcome(task)  # a content caller needs no decision
    Decision.objects.create(**row.as_row())
    if decided.truth is not Truth.TRUE:
        return Outcome(task)
    note = f"回访：{dict(CAUSES)[task.cause]}，按规则重新办理"
    try:
        with transaction.atomic():
            moves.advance(SYSTEM_ACTOR, task.case.number, "reopen", {"note": note}, now)
    except MoveRefused as refused:
        return Outcome(task, refused=refused.message)
    return Outcome(task, redone=True)


def of_case(actor: Actor, case: Case | int) -> list[CallBack]:
    """The call-backs of a case that *actor* may see, newest first (1 statement)."""
    number = case if isinstance(case, int) else case.pk
    return list(CallBack.objects.visible_to(actor).filter(case_id=number).order_by("-id"))

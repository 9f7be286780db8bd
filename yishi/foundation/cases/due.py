"""Due work: who holds a clock that turns yellow or red is told once for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from yishi.foundation.cases.lifecycle import LIFECYCLES
from yishi.foundation.messages.outbox import MessageRow, enqueue, message_row

CITY_TIME = ZoneInfo("Asia/Shanghai")
#: ``Clock.warned``: nothing sent, the warning sent, the overdue notice sent.
NOTHING, WARNING, OVERDUE = 0, 1, 2
#: Clocks that one transaction tells of: the others are not kept waiting for long.
BATCH = 500

_TAKE = """
WITH due AS (
    SELECT id, CASE WHEN due_at < %(now)s THEN 2 ELSE 1 END AS level
      FROM cases_clock
     WHERE stopped_at IS NULL AND paused_at IS NULL
       AND (due_at < %(now)s AND warned < 2 OR warn_at <= %(now)s AND warned < 1)
     ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE cases_clock k SET warned = due.level FROM due WHERE k.id = due.id
    RETURNING k.id, k.case_id, k.kind, k.due_at, k.warned, k.limit_text
)
SELECT m.id, m.case_id, m.kind, m.due_at, m.warned, c.system, c.number, c.subject,
       m.limit_text LIKE '%%紧急%%',
       (SELECT json_agg(json_build_array(a.role, a.unit_id, a.person_id))::text
          FROM cases_assignment a WHERE a.case_id = c.id AND a.state = 'open')
  FROM marked m JOIN cases_case c ON c.id = m.case_id
"""


def tell_due(now: datetime, most: int = BATCH) -> int:
    """Write the warnings that are due now; returns how many clocks were seen (2 statements).

    Several workers may run it at once; no clock is told of twice.
    """
    import orjson

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE, {"now": now, "most": most})
        found = cursor.fetchall()
        messages = [row for clock in found for row in _messages(clock, orjson.loads, now)]
        if messages:
            enqueue(messages)
    return len(found)


def _messages(clock: tuple[Any, ...], loads: Any, now: datetime) -> list[MessageRow]:
    clock_id, case_id, kind, due_at, level, system, number, subject, urgent, holders = clock
    template = "case.overdue" if level == OVERDUE else "case.warning"
    params = {
        "number": number,
        "type": subject[:60],
        "due": due_at.astimezone(CITY_TIME).strftime("%m-%d %H:%M"),
    }
    duty_clocks = LIFECYCLES[system].duty_clocks
    rows = []
    for role, unit_id, person_id in loads(holders or "[]"):
        if duty_clocks.get(role) != kind:
            continue
        who = {"user_id": person_id} if person_id else {"unit_id": unit_id}
        rows.append(
            message_row(
                template,
                key=f"clock:{clock_id}:{level}:{role}",
                now=now,
                params=params,
                about_kind="case",
                about_id=case_id,
                urgent=urgent,
                **who,
            )
        )
    return rows

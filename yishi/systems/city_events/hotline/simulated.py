"""Made-up calls and call-backs (模拟) beside simulated cases, for the demo's pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from yishi.systems.city_events.hotline import callbacks
from yishi.systems.city_events.hotline.models import Call

CITY_TIME = ZoneInfo("Asia/Shanghai")
#: Days of calls, and of closed tickets that are called back.
CALL_DAYS, CLOSED_DAYS = 14, 90
#: Calls begun in each hour of the day; one day in eight is a bad one.
_HOURS = (2, 1, 1, 1, 1, 2, 5, 14, 30, 36, 34, 26, 15, 20, 32, 34, 30, 22, 15, 12, 10, 8, 5, 3)
#: Tickets closed more recently still wait, so that the work list has something in it.
_WAITING = timedelta(days=1)

# Whoever is not content says so for a reason that leads to no second round: the simulated case
# stayed closed.
_ANSWER = """
UPDATE city_events_callback b SET
       state = CASE WHEN d.draw < 86 THEN 'reached' WHEN d.draw < 96 THEN 'unreached'
                    ELSE 'refused' END,
       tries = CASE WHEN d.draw BETWEEN 86 AND 95 THEN 3 ELSE 1 END,
       in_time = CASE WHEN d.draw < 86 THEN d.draw <> 7 END,
       solved = CASE WHEN d.draw < 86 THEN d.draw > 9 END,
       score = CASE WHEN d.draw < 10 THEN 4 + d.draw %% 2 WHEN d.draw < 86 THEN 1 + d.draw %% 3 END,
       cause = CASE WHEN d.draw < 6 THEN 'policy' WHEN d.draw < 10 THEN 'demand' ELSE '' END,
       text = CASE WHEN d.draw < 10 THEN '希望再想想办法（模拟）' ELSE '' END,
       excluded = CASE WHEN d.draw IN (8, 9) THEN 'demand' ELSE '' END,
       done_at = least(b.closed_at + interval '20 hours', %(now)s), done_by = 'simulator'
  FROM (SELECT id, abs(hashint8(id)) %% 100 AS draw FROM city_events_callback) d
 WHERE d.id = b.id AND b.state = 'open' AND b.closed_at < %(before)s
"""
_TRIES = """
INSERT INTO city_events_callbacktry (call_back_id, seq, result, actor_ref, at)
SELECT b.id, n, CASE WHEN b.state = 'reached' THEN 'connected' WHEN b.state = 'refused'
       THEN 'refused' ELSE 'missed' END, 'simulator', b.done_at - (b.tries - n) * interval '4 hours'
  FROM city_events_callback b, generate_series(1, b.tries) n
 WHERE b.done_by = 'simulator'
ON CONFLICT DO NOTHING
"""
_REPEATS = """
INSERT INTO city_events_repeatcall (case_id, key, state, actor_ref, at)
SELECT c.id, 'simulated-' || c.id, 'handling', 'simulator', c.received_at + interval '90 minutes'
  FROM cases_case c
 WHERE c.system = 'city_events' AND c.data ->> 'channel' = 'hotline' AND c.unit_id IS NOT NULL
   AND c.received_at + interval '90 minutes' < %(now)s AND abs(hashint8(c.id)) %% 40 = 0
ON CONFLICT DO NOTHING
"""


def make_up(now: datetime, seed: str) -> None:
    """Calls of two weeks, and the call-backs of the cases that are there."""
    make_calls(now, seed)
    callbacks.make(now, since=now - timedelta(days=CLOSED_DAYS))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ANSWER, {"now": now, "before": now - _WAITING})
        cursor.execute(_TRIES)
        cursor.execute(_REPEATS, {"now": now})


def make_calls(now: datetime, seed: str) -> None:
    """Two weeks of calls, most answered soon; on a bad day one in nine is not."""
    rng = Random(f"{seed}/calls")
    rows: list[Call] = []
    begin = now - timedelta(days=CALL_DAYS)
    for hour in range(CALL_DAYS * 24):
        start = begin + timedelta(hours=hour)
        missed = 0.11 if (hour // 24) % 8 == 6 else 0.025
        for _ in range(_HOURS[start.astimezone(CITY_TIME).hour]):
            at = start + timedelta(seconds=rng.randrange(3600))
            answered = rng.random() >= missed
            wait = min(int(rng.expovariate(1 / 4)), 90)
            rows.append(
                Call(
                    source="simulator",
                    key=str(len(rows)),
                    offered_at=at,
                    waited=wait if answered else None,
                    talked=rng.randrange(30, 400) if answered else None,
                )
            )
    Call.objects.bulk_create(rows, ignore_conflicts=True)

"""What must hold after the killing, compared row by row. Returns what is wrong in sentences."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks.soak.clients import Desk, Reporter
from benchmarks.soak.sinks import Received
from benchmarks.soak.supervised import Running

_REPORTS = """
SELECT r.external_id, c.number FROM city_events_report r JOIN cases_case c ON c.id = r.case_id
 WHERE r.channel = 'soak'
"""
_MOVES = """
SELECT c.number, array_agg(t.move ORDER BY t.seq)
  FROM cases_trace t JOIN cases_case c ON c.id = t.case_id GROUP BY 1
"""
#: In-app notices of a dispatch beside the dispatches, by case.
_IN_APP = """
SELECT c.id, (SELECT count(*) FROM cases_trace t WHERE t.case_id = c.id AND t.move = 'dispatch'),
       (SELECT count(*) FROM messaging_message m WHERE m.about_kind = 'case'
           AND m.about_id = c.id::text AND m.template = 'case.dispatched')
  FROM cases_case c
"""
#: What is kept for the morning (nobody is woken) waits rightly and is not judged.
_MORNING = "(state = 'queued' AND next_attempt_at > now() + interval '30 minutes')"
_OUTSIDE = (
    "SELECT id::text, channel, state FROM messaging_message "
    f"WHERE channel IN ('email', 'sms') AND NOT {_MORNING}"
)


@dataclass
class Verdict:
    """What is wrong (nothing, it is hoped), and how much was looked at."""

    faults: list[str]
    counts: dict[str, int]


def judge(place: Running, reporters: list[Reporter], desk: Desk, received: Received) -> Verdict:
    """Wait for the outbox, then compare everything."""
    faults = [f"{type(c).__name__}: {c.failure!r}" for c in (*reporters, desk) if c.failure]
    if not faults:
        faults += _outbox_ends(place)
    with psycopg.connect(place.url()) as connection:
        rows = connection.execute(_REPORTS).fetchall()
        made = dict(connection.execute(_MOVES).fetchall())
        in_app = connection.execute(_IN_APP).fetchall()
        outside = connection.execute(_OUTSIDE).fetchall()
        keys = _one(connection, "SELECT count(*) FROM cases_intakekey")
        chains = _one(connection, "SELECT count(*) FROM cases_trace")
    acknowledged = {key: number for one in reporters for key, number in one.acknowledged.items()}
    faults += _reports(acknowledged, rows, keys)
    faults += _steps(desk.acknowledged, made)
    faults += [f"case {pk}: {n} notices of {d} dispatches" for pk, d, n in in_app if d != n]
    faults += _sent(outside, received)
    faults += place.commands("audit root", "kpi fold", "audit verify", "kpi verify")
    counts = {
        "acknowledged reports": len(acknowledged),
        "cases": len(made),
        "rows of traces": chains,
        "steps acknowledged at the desk": sum(map(len, desk.acknowledged.values())),
        "cases closed": sum("close" in done for done in desk.acknowledged.values()),
        "notices in the application": sum(n for _, _, n in in_app),
        "e-mails and text messages": len(outside),
        "of them sent more than once": sum(
            n > 1 for n in (*received.email.values(), *received.sms.values())
        ),
        "repeated requests": sum(one.retries for one in reporters) + desk.retries,
    }
    return Verdict(faults, counts)


def _one(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return int(row[0])


def _outbox_ends(place: Running, patience: float = 480) -> list[str]:
    """Wait until nothing is queued any more; a failed attempt is repeated after a minute."""
    deadline = time.monotonic() + patience
    query = f"SELECT count(*) FROM messaging_message WHERE state = 'queued' AND NOT {_MORNING}"
    while time.monotonic() < deadline:
        with psycopg.connect(place.url()) as connection:
            if not _one(connection, query):
                return []
        time.sleep(0.5)
    return ["messages are still queued"]


def _reports(acknowledged: dict[str, str], rows: list[Any], keys: int) -> list[str]:
    found = Counter(external_id for external_id, _ in rows)
    faults = [f"report {key} is there {n} times" for key, n in found.items() if n != 1]
    stored = dict(rows)
    for key, number in acknowledged.items():
        if stored.get(key) != number:
            faults.append(f"report {key} was acknowledged as {number}, stored: {stored.get(key)}")
    if stored.keys() - acknowledged.keys():
        # A client repeats until it is told, so that nothing is stored that nobody was told of.
        faults.append(f"stored without acknowledgement: {stored.keys() - acknowledged.keys()}")
    if keys != len(rows):
        faults.append(f"{keys} intake keys for {len(rows)} reports")
    return faults


def _steps(acknowledged: dict[str, list[str]], made: dict[str, list[str]]) -> list[str]:
    faults = []
    for number, steps in acknowledged.items():
        taken = [move for move in made[number] if move in steps]
        if taken != steps:
            faults.append(f"{number}: the desk acknowledged {steps}, the trace says {taken}")
    return faults


def _sent(outside: list[Any], received: Received) -> list[str]:
    faults = []
    known: dict[str, set[str]] = {"email": set(), "sms": set()}
    for pk, channel, state in outside:
        known[channel].add(pk)
        if state not in ("sent", "read") or not getattr(received, channel)[pk]:
            faults.append(f"{channel} {pk} is {state}, arrived {getattr(received, channel)[pk]}×")
    for channel, ids in known.items():
        strange = set(getattr(received, channel)) - ids
        faults += [f"{channel} {pk} arrived and is not in the outbox" for pk in strange]
    return faults

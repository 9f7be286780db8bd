"""``audit verify``: every trace against its case, and every daily root against the heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
from django.db import connection

from yishi.foundation.audit.chain import Row, digest, find_break

_TRACES = """
SELECT c.id, c.number, c.state, c.trace_length, c.trace_head,
       t.seq, t.body, t.algorithm, t.hash, t.at, t.actor_ref, t.move, t.note
  FROM cases_case c LEFT JOIN cases_trace t ON t.case_id = c.id
 WHERE c.id > %s AND c.id <= %s ORDER BY c.id, t.seq
"""
BLOCK = 5_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A case whose trace does not verify, and why."""

    number: str
    reason: str


def verify_traces() -> Iterator[tuple[int, list[Fault]]]:
    """Verify all traces block by block: yields (cases seen in the block, its faults)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM cases_case")
        last = cursor.fetchone()[0]
        for start in range(0, last, BLOCK):
            cursor.execute(_TRACES, [start, start + BLOCK])
            seen, faults = 0, []
            for _, group in groupby(cursor.fetchall(), key=lambda row: row[0]):
                rows = list(group)
                seen += 1
                chain = [Row(r[5], bytes(r[6]), r[7], bytes(r[8])) for r in rows if r[5]]
                reason = find_break(chain, bytes(rows[0][4]), rows[0][3])
                reason = reason or _beside(rows)
                if reason is not None:
                    faults.append(Fault(rows[0][1], reason))
            yield seen, faults


def _beside(rows: Sequence[Any]) -> str | None:
    """What stands beside the hashed bytes, where pages read it, and differs from them.

    A note may be gone, since erasure empties it (see ``yishi erase log``), but not be another.
    """
    body: dict[str, Any] = {}
    for row in rows:
        case, seq, algorithm = row[0], row[5], row[7]
        at, actor, move, note = row[9:]
        body = orjson.loads(bytes(row[6]))
        told = (body.get("case"), _moment(body), body.get("actor"), body.get("move"))
        if told != (case, at, actor, move):
            return f"row {seq} shows another time, actor or move than its hash covers"
        if note and digest(note.encode("utf-8", "replace"), algorithm).hex() != body.get("note"):
            return f"row {seq} shows another note than its hash covers"
    if body.get("to") != rows[0][2]:
        return "the state differs from the last row of the trace"
    return None


def _moment(body: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(body["at"]) if "at" in body else None

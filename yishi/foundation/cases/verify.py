"""``audit verify``: every trace against its case, and every daily root against the heads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db import connection

from yishi.foundation.audit.chain import Row, find_break

_TRACES = """
SELECT c.id, c.number, c.state, c.trace_length, c.trace_head,
       t.seq, t.body, t.algorithm, t.hash
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
    import orjson

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
                if reason is None and orjson.loads(chain[-1].body)["to"] != rows[0][2]:
                    reason = "the state differs from the last row of the trace"
                if reason is not None:
                    faults.append(Fault(rows[0][1], reason))
            yield seen, faults

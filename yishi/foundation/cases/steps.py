"""The trace of a case as papers and pages read it: who did what, with numbers of people hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.masking import mask_numbers


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the trace."""

    seq: int
    move: str
    at: datetime
    note: str
    body: Mapping[str, Any]


def steps_of(actor: Actor, case: CaseState) -> list[Step]:
    """The trace of a case (1 statement)."""
    return steps_by_case(actor, [case]).get(case.id, [])


def steps_by_case(actor: Actor, cases: Sequence[CaseState]) -> dict[int, list[Step]]:
    """The traces of several cases, by the case's id (1 statement)."""
    ids = [case.id for case in cases]
    found: dict[int, list[Step]] = {}
    rows = Trace.objects.visible_to(actor).filter(case_id__in=ids).order_by("case_id", "seq")
    for row in rows:
        body = orjson.loads(bytes(row.body))
        step = Step(row.seq, row.move, row.at, mask_numbers(row.note), body)
        found.setdefault(row.case_id, []).append(step)
    return found

"""The past, read in slices: cases with their automatic decisions, clocks and steps.

Read-only, a day at a time and a thousand cases in memory; a slice costs a handful of statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from django.db.models import Max, Min, Q, QuerySet

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Assignment, Case, Clock, Trace
from yishi.foundation.cases.state import ClockState
from yishi.foundation.rulebook.models import Decision
from yishi.systems.city_events import roles
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.models import Report

SLICE = 2000
FILING, DISPATCH = "city_events.auto_file", "city_events.auto_dispatch"
#: Steps by which people set type or place.
_PUT_RIGHT = ("amend", "file")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of history: days of receipt, both included, below a managed path."""

    first: date
    last: date
    area: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored decision as far as it is replayed (`rulebook.decisions.Stored`)."""

    rule_key: str
    rule_version: int
    rule_hash: str
    subject_kind: str
    subject_id: int
    at: datetime
    facts: Mapping[str, Any]
    parameters: Mapping[str, Any]
    outcome: str
    conditions: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Past:
    """One case and what hangs on it. ``put_right``: when people last set its type or place."""

    id: int
    number: str
    catalogue_id: int
    type_key: str
    path: str
    received_at: datetime
    data: Mapping[str, Any]
    decisions: list[Kept] = field(default_factory=list)
    clocks: list[ClockState] = field(default_factory=list)
    #: Units that got the case, by moment.
    given: dict[datetime, int] = field(default_factory=dict)
    put_right: datetime | None = None
    #: The first reporter's words; None where they were not asked for.
    text: str | None = None


def cases_of(actor: Actor | None, stretch: Stretch) -> QuerySet[Case]:
    """The cases of *stretch* that *actor* sees; all of them from the command line (None)."""
    rows = (
        Case.objects.unscoped("rehearsal from the command line")
        if actor is None
        else Case.objects.visible_to(actor)
    )
    rows = rows.filter(system=SYSTEM, received_on__gte=stretch.first, received_on__lte=stretch.last)
    if stretch.area:
        below = Q(managed_path__startswith=stretch.area + "/")
        rows = rows.filter(Q(managed_path=stretch.area) | below)
    found: QuerySet[Case] = rows
    return found


def days_of(cases: QuerySet[Case]) -> list[date]:
    """The days from the first to the last one with a case (1 statement)."""
    ends = cases.aggregate(first=Min("received_on"), last=Max("received_on"))
    first, last = ends["first"], ends["last"]
    if first is None:
        return []
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def slices(cases: QuerySet[Case], day: date, *, texts: bool) -> Iterator[list[Past]]:
    """The cases of a day in slices, each complete."""
    last = 0
    while True:
        rows = (
            cases.filter(received_on=day, id__gt=last)
            .order_by("id")
            .values_list(
                "id", "number", "catalogue_id", "type_key", "managed_path", "received_at", "data"
            )[:SLICE]
        )
        found = {row[0]: Past(*row) for row in rows}
        if not found:
            return
        last = max(found)
        _decisions(found)
        _clocks(found)
        _hands(found)
        if texts:
            _texts(found)
        yield list(found.values())


def _decisions(found: Mapping[int, Past]) -> None:
    rows = (
        Decision.objects.filter(
            subject_kind="case", subject_id__in=list(found), rule_key__in=(FILING, DISPATCH)
        )
        .order_by("id")
        .values_list(
            "rule_key",
            "rule_version",
            "rule_hash",
            "subject_kind",
            "subject_id",
            "at",
            "facts",
            "parameters",
            "outcome",
        )
    )
    for row in rows:
        found[row[4]].decisions.append(Kept(*row))


def _clocks(found: Mapping[int, Past]) -> None:
    names = (
        *("kind", "limit_text", "profile", "calendar_version", "started_at", "due_at", "warn_at"),
        *("provisional", "paused_at", "pauses", "extensions", "stopped_at", "late", "warned"),
        "cap_at",
    )
    rows = (
        Clock.objects.unscoped("of cases that were found in scope")
        .filter(case_id__in=list(found), kind="handling")
        .order_by("id")
        .values_list("case_id", *names)
    )
    for case_id, *values in rows:
        found[case_id].clocks.append(ClockState(*values))


def _hands(found: Mapping[int, Past]) -> None:
    """Whom the case was given to, and when people set type or place: for cases that do not say
    themselves what their dispatch began from, and for those that people dispatched."""
    silent = [
        past.id
        for past in found.values()
        if past.clocks and ("routed" not in past.data or len(past.clocks) > 1)
    ]
    rows = (
        Assignment.objects.unscoped("of cases that were found in scope")
        .filter(case_id__in=silent, role=roles.MAIN)
        .order_by("id")
        .values_list("case_id", "created_at", "unit_id")
    )
    for case_id, at, unit in rows:
        found[case_id].given.setdefault(at, unit)
    steps = (
        Trace.objects.unscoped("of cases that were found in scope")
        .filter(case_id__in=list(found), move__in=_PUT_RIGHT)
        .exclude(actor_ref=SYSTEM_ACTOR.ref)
        .values_list("case_id", "at")
    )
    for case_id, at in steps:
        before = found[case_id].put_right
        found[case_id].put_right = at if before is None else max(at, before)


def _texts(found: Mapping[int, Past]) -> None:
    rows = (
        Report.objects.unscoped("of cases that were found in scope; nothing of them is shown")
        .filter(case_id__in=list(found), merged=False)
        .order_by("-id")
        .values_list("case_id", "text")
    )
    for case_id, text in rows:
        found[case_id].text = text


def paused_when_stopped(pasts: Sequence[Past]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """For each case: when its handling clock was paused, and stopped or resumed after that (1
    statement). A clock that stops while it is paused ended when the pause began."""
    rows = (
        Trace.objects.unscoped("of cases that were found in scope")
        .filter(case_id__in=[past.id for past in pasts])
        .order_by("case_id", "seq")
        .values_list("case_id", "at", "body")
    )
    found: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for case_id, at, body in rows:
        for entry in orjson.loads(bytes(body)).get("clocks", ()):
            if entry["kind"] != "handling":
                continue
            if entry["what"] == "pause":
                found[case_id].append((at, None))
            elif entry["what"] in ("resume", "stop") and found[case_id]:
                begin, end = found[case_id][-1]
                if end is None:
                    found[case_id][-1] = (begin, at)
    return found

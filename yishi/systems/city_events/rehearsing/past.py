"""The past, read in slices: cases with their automatic decisions, clocks and steps.

Read-only, a day at a time and a thousand cases in memory; a slice costs a handful of statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from django.db.models import Max, Min, Q, QuerySet

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case, Trace
from yishi.foundation.cases.state import ClockState
from yishi.foundation.statements import execute
from yishi.systems.city_events import roles
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.models import Report

SLICE = 2000
FILING, DISPATCH = "city_events.auto_file", "city_events.auto_dispatch"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of history: days of receipt, both included, below a managed path."""

    first: date
    last: date
    area: str = ""


@lru_cache(maxsize=65_536)
def _plain(text: str) -> Mapping[str, Any]:
    """Stored JSON; equal texts are few, and nobody changes what they say."""
    found: Mapping[str, Any] = orjson.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored decision as far as it is replayed (`rulebook.decisions.Stored`); facts and
    parameters stay texts until somebody looks."""

    rule_key: str
    rule_version: int
    at: datetime
    facts_text: str
    values_text: str
    outcome: str
    subject_id: int
    rule_hash: str = ""
    subject_kind: str = "case"
    conditions: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was seen."""
        return _plain(self.facts_text)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values in force."""
        return _plain(self.values_text)


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


_CLOCK = (
    *("kind", "limit_text", "profile", "calendar_version", "started_at", "due_at", "warn_at"),
    *("provisional", "paused_at", "pauses", "extensions", "stopped_at", "late", "warned"),
    "cap_at",
)
_TIMES = frozenset({"started_at", "due_at", "warn_at", "paused_at", "stopped_at", "cap_at"})
_PLACES = tuple(place for place, name in enumerate(_CLOCK) if name in _TIMES)
#: One statement for each table, all of a slice at once; JSON is read faster than rows are.
_CASES = """
SELECT id, number, catalogue_id, type_key, managed_path, received_at, data::text
FROM cases_case WHERE id = ANY($1::bigint[]) ORDER BY id
"""
_DECISIONS = f"""
SELECT json_agg(json_build_array(subject_id, rule_key, rule_version, at, facts::text,
  parameters::text, outcome) ORDER BY id)::text
FROM rulebook_decision WHERE subject_kind = 'case' AND subject_id = ANY($1::bigint[])
  AND rule_key IN ('{FILING}', '{DISPATCH}')
"""
_CLOCKS = f"""
SELECT json_agg(json_build_array(case_id, {", ".join(_CLOCK)}) ORDER BY id)::text
FROM cases_clock WHERE case_id = ANY($1::bigint[]) AND kind = 'handling'
"""
_GIVEN = f"""
SELECT json_agg(json_build_array(case_id, created_at, unit_id) ORDER BY id)::text
FROM cases_assignment WHERE case_id = ANY($1::bigint[]) AND role = '{roles.MAIN}'
"""
_HANDS = f"""
SELECT case_id, max(at) FROM cases_trace WHERE case_id = ANY($1::bigint[])
  AND move IN ('amend', 'file') AND actor_ref <> '{SYSTEM_ACTOR.ref}' GROUP BY case_id
"""


def slices(cases: QuerySet[Case], day: date, *, texts: bool) -> Iterator[list[Past]]:
    """The cases of a day in slices, each complete (6 statements each, 7 with *texts*)."""
    last = 0
    while True:
        rows = cases.filter(received_on=day, id__gt=last).order_by("id")
        ids = list(rows.values_list("id", flat=True)[:SLICE])
        if not ids:
            return
        last = ids[-1]
        found = {row[0]: _past(row) for row in execute(_CASES, [ids])}
        for case_id, key, version, at, facts, held, outcome in _listed(_DECISIONS, ids):
            moment = datetime.fromisoformat(at)
            kept = Kept(key, version, moment, facts, held, outcome, case_id)
            found[case_id].decisions.append(kept)
        for case_id, *values in _listed(_CLOCKS, ids):
            for place in _PLACES:
                if values[place]:
                    values[place] = datetime.fromisoformat(values[place])
            found[case_id].clocks.append(ClockState(*values))
        _hands(found)
        if texts:
            _texts(found)
        yield list(found.values())


def _past(row: tuple[Any, ...]) -> Past:
    case_id, number, catalogue, kind, path, received, data = row
    return Past(case_id, number, catalogue, kind, path, received, orjson.loads(data))


def _listed(statement: str, ids: list[int]) -> list[list[Any]]:
    ((text,),) = execute(statement, [ids])
    found: list[list[Any]] = orjson.loads(text or "[]")
    return found


def _hands(found: Mapping[int, Past]) -> None:
    """Whom the case was given to, and when people last set type or place: for cases that do not
    say themselves what filing and dispatch began from, and for those that people dispatched."""
    silent = [past.id for past in found.values() if not _says_all(past)]
    if not silent:
        return
    for case_id, at, unit in _listed(_GIVEN, silent):
        found[case_id].given.setdefault(datetime.fromisoformat(at), unit)
    for case_id, at in execute(_HANDS, [silent]):
        found[case_id].put_right = at


def _says_all(past: Past) -> bool:
    routed = past.data.get("routed")
    if not (past.data.get("said") or ("",))[0]:
        return False  # a person may have named the type
    if len(past.clocks) > 1 or len(past.decisions) > 2:
        return False
    if routed is None:
        return not past.clocks and len(past.decisions) < 2
    at = datetime.fromisoformat(routed["at"])
    return all(clock.started_at == at for clock in past.clocks)


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

"""Whom past cases went to and would go to, and how long they had: registers as they were, changes
in their place, equal questions answered once."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation.cases.state import ClockState
from yishi.foundation.places.values import Place, PlaceError
from yishi.systems.city_events.catalogue.types import CHINA, Catalogue, EventType
from yishi.systems.city_events.context import City, catalogue_version
from yishi.systems.city_events.rehearsing.candidate import Candidate
from yishi.systems.city_events.rehearsing.past import Kept, Past
from yishi.systems.city_events.routing.deciding import Routed, route
from yishi.systems.city_events.routing.table import Question, Table
from yishi.systems.city_events.routing.versions import table_version


@dataclass(frozen=True, slots=True)
class Given:
    """What a dispatch began from, and the unit it came to (None: nobody)."""

    type_key: str
    standard: str
    path: str
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class _Uses:
    """What the rows that speak of a type look at."""

    hours: bool
    days: bool
    channels: bool
    objects: bool


class Ways:
    """See the module."""

    def __init__(self, registers: City, candidate: Candidate) -> None:
        self._registers, self._candidate = registers, candidate
        self._kept: dict[int, Catalogue] = {}
        self._patched: dict[int, Catalogue] = {}
        self._tables: dict[int, tuple[Table, Table]] = {}
        self._uses: dict[tuple[int, str], _Uses] = {}
        self._known: dict[Any, Routed] = {}
        self._turns = sorted(registers.register.turns)

    # --- what it began from --------------------------------------------------------------------

    def given(self, past: Past, kept: Kept) -> Given | str:
        """What a stored dispatch began from, or why nobody knows (a key of `tally.APART`)."""
        found = kept.outcome == "true"
        routed = past.data.get("routed") or {}
        if routed and datetime.fromisoformat(routed["at"]) == kept.at:
            unit = int(routed["unit"]) if found else None
            given = Given(routed["type"], routed["standard"], routed["path"], unit)
        elif past.put_right is not None and past.put_right > kept.at:
            return "put_right"
        else:
            unit = past.given.get(kept.at) if found else None
            if found and unit is None:
                return "not_said"
            standard = str(past.data.get("standard") or "")
            given = Given(past.type_key, standard, past.path, unit)
        if given.unit is not None and past.data.get("designated") == given.unit:
            return "ruled"
        return given

    def as_filed(self, past: Past, told: str | None) -> tuple[EventType | None, Given]:
        """The type that a report would be filed under, and what its dispatch would begin from."""
        said = past.data.get("said") or (past.type_key, past.data.get("standard") or "")
        guesses = (past.data.get("recognition") or {}).get("guesses") or [[""]]
        key = told or str(said[0]) or str(guesses[0][0])
        kind = self._catalogues(past.catalogue_id)[1].by_key.get(key)
        code = str(said[1]) if kind is not None and kind.standard(str(said[1])) else ""
        if kind is not None and not code:
            code = kind.choose_standard(past.text or "")[0].code
        return kind, Given(key, code, past.path)

    def kinds(self, past: Past, given: Given) -> tuple[EventType, EventType | None] | None:
        """The type then and with the changes; None when it was not even there then."""
        then, now = self._catalogues(past.catalogue_id)
        kind = then.by_key.get(given.type_key)
        return None if kind is None else (kind, now.by_key.get(given.type_key))

    def _catalogues(self, version: int) -> tuple[Catalogue, Catalogue]:
        then = self._kept.get(version)
        if then is None:
            then = self._kept[version] = catalogue_version(version)
            self._patched[version] = self._candidate.types.patched(then)
        return then, self._patched[version]

    # --- whom it went to -----------------------------------------------------------------------

    def stored(self, past: Past, kind: EventType, given: Given, at: datetime) -> Routed:
        """Whom the registers and the table of then give it to."""
        return self._route(past, kind, given, at, self._tables_at(at)[0])

    def proposed(self, past: Past, kind: EventType, given: Given, at: datetime) -> Routed:
        """Whom it would go to with the changes."""
        return self._route(past, kind, given, at, self._tables_at(at)[1])

    def _tables_at(self, at: datetime) -> tuple[Table, Table]:
        version = self._registers.tables.version_at(at)
        known = self._tables.get(version)
        if known is None:
            table = table_version(version)
            known = self._tables[version] = table, self._candidate.routes.patched(table)
        return known

    def _route(
        self, past: Past, kind: EventType, given: Given, at: datetime, table: Table
    ) -> Routed:
        registers = self._registers
        standard = kind.standard(given.standard)
        urgent = standard is not None and standard.urgent
        channel = str(past.data.get("channel") or "")
        ref = str(past.data.get("object") or "")
        owner = past.data.get("owner")
        uses = self._uses_of(table, kind.key)
        local = at.astimezone(CHINA)
        key = (
            *(id(table), id(kind), urgent, given.path, owner),
            local.date() if uses.days else bisect_right(self._turns, local.date()),
            local.hour * 60 + local.minute if uses.hours else None,
            channel if uses.channels else None,
            ref if uses.objects else None,
            registers.absences.span(at),
        )
        known = self._known.get(key)
        if known is None:
            question = Question(kind.key, given.path, at, urgent, channel, ref)
            division = given.path.rpartition("/")[2]
            place = Place(None, None, None, division, given.path, True)
            try:
                known = route(
                    question,
                    kind,
                    place,
                    owner,
                    table,
                    registers.register,
                    registers.calendar,
                    registers.absences.at(at),
                )
            except PlaceError as error:  # a function that is no longer in the vocabulary
                known = Routed(None, [error.message])
            self._known[key] = known
        return known

    def _uses_of(self, table: Table, type_key: str) -> _Uses:
        known = self._uses.get((id(table), type_key))
        if known is None:
            rows = list(table.of_type(type_key))
            known = self._uses[id(table), type_key] = _Uses(
                any(row.hours for row in rows),
                any(row.days or row.season or row.end for row in rows) or len(table.turns) > 1,
                any(row.channels for row in rows),
                any(row.objects for row in rows),
            )
        return known

    # --- how long it had -----------------------------------------------------------------------

    def limit(self, past: Past, clock: ClockState) -> tuple[str, datetime] | str | None:
        """The limit of a handling clock with the changes and when it would begin; None when both
        stay, a reason when nobody knows."""
        types = self._candidate.types
        if not types.after:
            return None
        routed = past.data.get("routed") or {}
        key, code = past.type_key, str(past.data.get("standard") or "")
        if routed and datetime.fromisoformat(routed["at"]) == clock.started_at:
            key, code = routed["type"], routed["standard"]
        elif past.put_right is not None and past.put_right > clock.started_at:
            return "put_right"
        before, after = types.before.get(key), types.after.get(key)
        if before is None or after is None:
            return None
        old, new = before.standard(code), after.standard(code)
        if old is None or new is None or (old.limit, old.season) == (new.limit, new.season):
            return None  # a standard that was given up keeps its limit
        begin = clock.started_at
        if old.season != new.season:
            sent = past.data.get("dispatched_at")
            if sent is None or len(past.clocks) > 1:
                return "season"
            begin = datetime.fromisoformat(sent)
            begin = new.season.clock_start(begin) if new.season else begin
        return (new.limit if old.limit != new.limit else clock.limit_text), begin

    def due(self, kind: EventType, code: str, at: datetime) -> datetime | None:
        """When the handling of a case that is dispatched at *at* would end."""
        standard = kind.standard(code)
        if standard is None:
            return None
        begin = standard.season.clock_start(at) if standard.season else at
        return self._registers.calendar.due(begin, standard.parsed).at

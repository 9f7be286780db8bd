"""Self-handling (自行处置): what a community or township settles on the spot.

Reported, filed, given to the worker's own unit, finished with photos of before and after, and sent
to be verified: the moves of every case, planned one after the other and stored in one commit. Who
handled it does not verify it (`lifecycle.closing.not_the_handler`); `dispatch.verifying_unit` names
a collecting unit that had no part in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor, within
from yishi.foundation.cases.change import Change, joined
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.values import Place, UnitInfo
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.city_events import looking
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.context import City
from yishi.systems.city_events.filing import chosen_standard, decided, received
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.onsite.presence import Position
from yishi.systems.city_events.reports import ReportInput

#: Roles whose unit may settle, and the levels of such units.
ROLES = ("collector", "handler", "unit_officer")
LEVELS = ("community", "township")
REASON = "自行处置：该类别由社区、乡镇当场处置，交上报人所在单位办理。"


class AlreadyOpen(Exception):
    """The same thing is an open case of somebody: it is added to, not settled a second time."""

    def __init__(self, case: CaseState) -> None:
        super().__init__("同一问题已有在办案件，不能另行自行处置")
        self.number, self.state = case.number, case.state


@dataclass(frozen=True, slots=True)
class Settling:
    """What was done on the spot: photos from after, words, and where the phone was."""

    photos: Sequence[uuid.UUID]
    note: str
    on_site: Position | None

    def opening(
        self, case_id: int, data: ReportInput, actor: Actor, registers: City, now: datetime
    ) -> Change:
        """The change that opens and settles the case (an `intake.Opening`).

        Raises:
            AlreadyOpen: when it is an open case already.
            FieldError: when the rule of self-handling says no, with its reasons.
        """
        same = looking.same_thing(data, registers, now)
        if same is not None:
            raise AlreadyOpen(same)
        place = data.place
        more = {"on_site": self.on_site.fact(place.lon, place.lat)} if self.on_site else {}
        opened = received(case_id, data, actor, registers, now, more)
        kind = registers.catalogue(now)[1].by_key.get(data.type_key)
        unit = own_unit(actor, data.place, registers)
        code, _words = chosen_standard(kind, data)
        facts = self._facts(kind, unit, code, data)
        outcome, row = decided("city_events.self_settle", facts, opened.after, registers, now)
        if outcome.truth is not Truth.TRUE or unit is None:
            raise FieldError("settle", outcome.against(), "rule")
        opened.decisions.append(row)
        changes = [opened, *self._steps(opened.after, unit.id, code, actor, registers, now)]
        whole = joined(changes)
        whole.after.data["self_settled"] = True
        whole.rows += [
            (
                CasePaper,
                {"case_id": case_id, "attachment_id": photo, "step": "after", "at": now},
            )
            for photo in self.photos
        ]
        return whole

    def _facts(
        self, kind: EventType | None, unit: UnitInfo | None, code: str, data: ReportInput
    ) -> dict[str, Any]:
        return {
            "type_settles": bool(kind and kind.settles),
            "unit_local": unit is not None and unit.level in LEVELS,
            "unit_covers": unit is not None and within(data.place.managed_path, unit.managed_path),
            "standard_known": bool(code),
            "place_certain": data.place.certain,
            "photos_before": bool(data.photos),
            "photos_after": bool(self.photos),
        }

    def _steps(
        self,
        case: CaseState,
        unit_id: int,
        code: str,
        actor: Actor,
        registers: City,
        now: datetime,
    ) -> Iterator[Change]:
        """The moves in turn. That the worker may make those of the own unit is what the rule of
        self-handling decided; state and guards are asked as ever."""
        seen = self.on_site.fact(case.lon, case.lat) if self.on_site else None
        done = {"note": self.note, "photos": list(self.photos), "on_site": seen}
        for move, who, facts in (
            ("file", SYSTEM_ACTOR, {"type": case.type_key, "standard": code}),
            ("dispatch", SYSTEM_ACTOR, {"unit": unit_id, "reason": [REASON]}),
            ("sign", actor, {}),
            ("finish", actor, done),
            ("confirm", actor, {}),
            ("forward", SYSTEM_ACTOR, {}),
        ):
            context = registers.for_case(case)
            change = plan(LIFECYCLE, case, move, who, facts, now, context, trusted=True)
            case = change.after
            yield change


def own_unit(actor: Actor, place: Place, registers: City) -> UnitInfo | None:
    """The unit for which *actor* would settle there: one that covers the place and is local before
    any other of the actor's; ``None`` without any."""
    units = [
        registers.register.unit(grant.unit_id)
        for grant in actor.grants
        if grant.role in ROLES and grant.unit_id is not None
    ]
    units.sort(
        key=lambda unit: (
            not within(place.managed_path, unit.managed_path),
            unit.level not in LEVELS,
            -len(unit.managed_path),
            unit.code,
        )
    )
    return units[0] if units else None

"""Several reports of one thing are one case; each reporter is answered; a wrong merge is undone."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events.context import City
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.reports import ReportInput


def merged_into(
    case: CaseState, data: ReportInput, actor: Actor, registers: City, now: datetime
) -> Change:
    """The change that adds *data* to the open *case*, found by the type's merge rule."""
    change = plan(
        LIFECYCLE,
        case,
        "merge_report",
        SYSTEM,
        {"report": f"{data.channel}:{data.body_hash.hex()[:12]}"},
        now,
        registers.for_case(case),
    )
    if data.contact is not None and data.notify:
        contacts = list(change.after.data.get("contacts", ()))
        change.after.data["contacts"] = [*contacts, [str(data.contact["id"]), data.notify]]
    return change

"""What a device saw as a report, and what becomes of it beyond the usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.cases.change import Change, joined
from yishi.foundation.cases.plan import plan
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions import kept
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.context import City
from yishi.systems.city_events.devices.models import Device
from yishi.systems.city_events.intake import Opening, merged_or_opened
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.reports import ReportInput

#: Stands for the metric where the device itself fell silent.
SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Seen:
    """Something to report. ``key`` names it among all that the device ever reports."""

    key: str
    at: datetime
    type_key: str
    standard: str
    confidence: float
    value: float
    metric: str = ""
    threshold: int | None = None
    picture: str = ""
    photo: str = ""


def raw_report(device: Device, seen: Seen) -> dict[str, Any]:
    """The report as every channel sends it. Its words stay empty: a machine says none, and means
    the standard that the threshold names, or the type's first."""
    raw = {
        "external_id": f"{device.ref}/{seen.key}",
        "type": seen.type_key,
        "standard": seen.standard,
        "confidence": seen.confidence,
        "object_ref": device.object_ref,
        "address": device.address,
        **_where(device),
    }
    if seen.photo:
        raw["photos"] = [seen.photo]
    return {name: value for name, value in raw.items() if value != ""}


def _where(device: Device) -> dict[str, Any]:
    """The landmark while the register has it, else the position, else the division."""
    if device.landmark_id is not None:
        try:
            kept("places", load_register).landmark(device.landmark_id)
            return {"landmark": device.landmark_id}
        except PlaceError:
            pass
    if device.lon is not None and device.lat is not None:
        return {"lon": device.lon, "lat": device.lat}
    return {"division": device.division_id}


def opening_for(device: Device, seen: Seen) -> Opening:
    """The case says which device saw what; where only its confidence is too low for filing, a
    collector is sent to look (核查) without anybody having to ask for it."""

    def opening(
        case_id: int, data: ReportInput, actor: Actor, registers: City, now: datetime
    ) -> Change:
        change = merged_or_opened(case_id, data, actor, registers, now)
        if change.before is None and _only_unsure(change, data, registers, now):
            change = _to_check(change, registers, now)
        change.after.data["device"] = {
            "ref": device.ref,
            "name": device.name,
            "object": device.object_name or device.object_ref,
            "metric": seen.metric,
            "value": seen.value,
            "at": seen.at.isoformat(),
            "picture": seen.picture,
        }
        return change

    return opening


def _only_unsure(change: Change, data: ReportInput, registers: City, now: datetime) -> bool:
    """Whether the case waits, its type and place are certain, and its confidence is too low."""
    case = change.after
    if case.state != "reported" or not case.data.get("place_certain") or data.confidence is None:
        return False
    kind = registers.catalogue(now)[1].by_key.get(data.type_key)
    if kind is None:
        return False
    city = registers.rulebook.value("auto_confidence", now, case.managed_path, Decimal(0))
    return data.confidence < max(float(city), kind.confidence or 0.0)


def _to_check(change: Change, registers: City, now: datetime) -> Change:
    """*change* joined with the request to look, or as it is where nobody can be sent."""
    context = registers.for_case(change.after)
    try:
        asked = plan(LIFECYCLE, change.after, "request_check", SYSTEM, {}, now, context)
    except FieldError:
        return change
    return joined([change, asked])

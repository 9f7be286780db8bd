"""Loading a city's folder: the catalogue (``events/``), the routing table (``routing.yaml``), the
hotline's channels, the model of the recogniser, devices and their thresholds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.foundation.cases import catalogue as versions
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.models import Unit
from yishi.foundation.places.seed import LoadReport
from yishi.systems.city_events.catalogue import load_catalogue, to_content
from yishi.systems.city_events.devices.seed import load_city as load_devices
from yishi.systems.city_events.hotline.referrals import load_city as load_referrals
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.recognition import keeping as recognition
from yishi.systems.city_events.routing.seed import load_routing


def load_city(folder: Path, *, now: datetime) -> LoadReport:
    """Load ``folder/events``; a version that was made in the browser since stays in force.

    Raises:
        CatalogueError: naming file and line, also for functions that no loaded unit has, and for
            rows of the routing table that conflict or can never match.
    """
    staffed = {code for codes in Unit.objects.values_list("functions", flat=True) for code in codes}
    found = load_catalogue(folder / "events", staffed=staffed)
    channels = load_referrals(folder)
    try:
        result = versions.load_files(SYSTEM, to_content(found), now, checked=True)
    except versions.CatalogueConflict as conflict:
        return LoadReport(f"city_events（{conflict.message}）", False)
    try:
        routed, rows, gaps = load_routing(folder, found, load_register(), now=now)
    except versions.CatalogueConflict as conflict:
        return LoadReport(f"city_events.routing（{conflict.message}）", False)
    model = recognition.load_city(folder, now)
    devices = load_devices(folder, now)
    counts = {
        "event types": len(found.types),
        "routing rows": rows,
        "gaps of responsibility (yishi catalogue check)": len(gaps),
        "hotline channels changed": channels,
        "recognition models": int(model),
        "devices and thresholds changed": devices,
    }
    changed = result.created or routed or model or channels + devices > 0
    return LoadReport("city_events", changed, counts)

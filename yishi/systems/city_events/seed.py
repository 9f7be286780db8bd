"""Loading a city's folder: the catalogue (``events/``), the routing table (``routing.yaml``) and
the hotline's channels."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.models import Unit
from yishi.foundation.places.seed import LoadReport
from yishi.systems.city_events.catalogue import load_catalogue, to_content
from yishi.systems.city_events.hotline.referrals import load_city as load_referrals
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.routing.seed import load_routing

# The first version has none before it, so it holds for whatever is brought in from the past.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def load_city(folder: Path, *, now: datetime) -> LoadReport:
    """Load ``folder/events``; a version that was made in the browser since stays in force.

    Raises:
        CatalogueError: naming file and line, also for functions that no loaded unit has, and for
            rows of the routing table that conflict or can never match.
    """
    staffed = {code for codes in Unit.objects.values_list("functions", flat=True) for code in codes}
    found = load_catalogue(folder / "events", staffed=staffed)
    channels = load_referrals(folder)
    first = not CatalogueVersion.objects.filter(system=SYSTEM).exists()
    try:
        result = versions.load(
            SYSTEM,
            to_content(found),
            effective_from=BEGINNING if first else now,
            origin="file",
            actor_ref="system:seed",
            now=now,
        )
    except versions.CatalogueConflict as conflict:
        return LoadReport(f"city_events（{conflict.message}）", False)
    try:
        routed, rows, gaps = load_routing(folder, found, load_register(), now=now)
    except versions.CatalogueConflict as conflict:
        return LoadReport(f"city_events.routing（{conflict.message}）", False)
    counts = {
        "event types": len(found.types),
        "hotline channels changed": channels,
        "routing rows": rows,
        "gaps of responsibility (yishi catalogue check)": len(gaps),
    }
    return LoadReport("city_events", result.created or routed or channels > 0, counts)

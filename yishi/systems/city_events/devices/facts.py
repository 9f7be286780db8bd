"""What a case's page says of the device that reported it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events.devices.filing import SILENT
from yishi.systems.city_events.devices.listing import ROLES


def device_facts(case: CaseState, actor: Actor) -> list[Fact]:
    """Device, reading or confidence, and picture; nothing for reports of people (no statement)."""
    seen = case.data.get("device")
    if not seen:
        return []
    said = f"{seen['value']:g}"
    label = gettext("读数") if seen["metric"] else gettext("置信度")
    if seen["metric"] == SILENT:
        label = gettext("失联分钟数")
    at = moment_text(datetime.fromisoformat(seen["at"]))
    url = reverse("desk:city_events:device", args=[seen["ref"]]) if actor.has(*ROLES) else ""
    rows = [
        Fact(gettext("感知设备"), seen["name"], url=url, hint=str(seen["object"])),
        Fact(label, said, hint=at),
    ]
    if seen["picture"]:
        rows.append(Fact(gettext("画面编号"), seen["picture"]))
    return rows

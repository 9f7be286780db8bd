"""The simulated devices (模拟) of the demo: they send like real ones, and only in its database."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from yishi.foundation.access.models import Installation
from yishi.foundation.revisions import numbers
from yishi.systems.city_events.devices.models import Device
from yishi.systems.city_events.devices.register import active, devices
from yishi.systems.city_events.devices.service import device_actor, take
from yishi.systems.city_events.notices import CITY_TIME

#: Kind of device → metric, ordinary values, values of a bad hour.
_RANGES: Mapping[str, tuple[str, tuple[float, float], tuple[float, float]]] = {
    "water": ("water_depth", (0, 3), (17, 32)),
    "gas": ("gas", (0, 3), (24, 40)),
    "smoke": ("smoke", (0, 1), (12, 25)),
    "displacement": ("displacement", (2, 14), (32, 45)),
    "noise": ("noise", (48, 64), (72, 84)),
    "air": ("pm10", (40, 110), (160, 320)),
}
#: One hour of so many is a bad one for a device; so many looks of a camera see something.
BAD_HOURS, SIGHTS = 400, 150


def send(now: datetime) -> int:
    """Let every simulated device send once; returns how many did."""
    if not Installation.objects.filter(kind=Installation.DEMO).exists():
        return 0
    today = now.astimezone(CITY_TIME).date()
    found = [
        device
        for device in devices(numbers()).by_ref.values()
        if device.simulated and active(device, today)
    ]
    for device in found:
        kind, raw = message(device, now)
        take(device_actor(device.ref), device.ref, kind, raw, now, trusted=True)
    return len(found)


def message(device: Device, now: datetime) -> tuple[str, dict[str, Any]]:
    """What *device* sends at that time: the same whenever it is asked."""
    rng = Random(f"{device.ref}/{now:%Y%m%d%H%M}")
    bad = Random(f"{device.ref}/{now:%Y%m%d%H}").randrange(BAD_HOURS) == 0
    raw: dict[str, Any] = {"id": f"sim-{now:%Y%m%dT%H%M}", "at": now.isoformat()}
    worn = Random(device.ref).randrange(8) == 0
    raw["battery"] = rng.randint(8, 18) if worn else rng.randint(60, 100)
    if device.kind in _RANGES:
        metric, ordinary, high = _RANGES[device.kind]
        value = round(rng.uniform(*(high if bad else ordinary)), 1)
        return "readings", raw | {"values": {metric: value}}
    if device.types and rng.randrange(SIGHTS) == 0:
        sight = {
            "type": rng.choice(device.types),
            "confidence": round(rng.uniform(0.6, 0.99), 2),
            "picture": f"模拟-{device.ref}-{now:%Y%m%d%H%M}",
            "image": _picture(rng),
        }
        return "detections", raw | sight
    return "status", raw


def _picture(rng: Random) -> str:
    """A drawn picture that says so, as Base64."""
    image = Image.new("RGB", (640, 360), (70 + rng.randrange(60), 80, 92))
    draw = ImageDraw.Draw(image)
    x, y = rng.randrange(80, 360), rng.randrange(90, 180)
    draw.rectangle((x, y, x + 180, y + 130), outline=(250, 200, 40), width=4)
    draw.text((16, 10), f"SIMULATED {rng.randrange(10_000):04d}", fill="white", font_size=26)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=80)
    return base64.b64encode(data.getvalue()).decode()

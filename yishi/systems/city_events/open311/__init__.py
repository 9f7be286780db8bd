"""City events as Open311 services and requests: what `yishi.foundation.ui.open311` asks for."""

from __future__ import annotations

from yishi.foundation.ui.open311 import Source
from yishi.systems.city_events.open311.source import CityEvents

SOURCE: Source = CityEvents()

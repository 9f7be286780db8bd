"""Small parts timed alone: the time service, the register of places, the rulebook.

``python -m benchmarks.small`` prints the median of several runs in microseconds a call.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

RUNS = 5


def microseconds(work: Callable[[], object], calls: int) -> float:
    """Median over the runs of the time a call takes; *work* makes *calls* calls."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) / calls * 1e6)
    return statistics.median(times)


def _calendar(folder: Path) -> dict[str, float]:
    import json

    from yishi.foundation.calendars import Calendar, parse_limit

    calendar = Calendar.from_document(json.loads((folder / "calendar.json").read_text("utf-8")))
    start = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    moments = [start + timedelta(minutes=37 * i) for i in range(2000)]
    found = {}
    for text in ("2紧急工作时", "4小时", "5工作日"):
        limit = parse_limit(text)

        def run(limit: object = limit) -> None:
            for moment in moments:
                calendar.due(moment, limit)  # type: ignore[arg-type]

        found[f"due, {text}"] = microseconds(run, len(moments))
    return found


def _register() -> dict[str, float]:
    import numpy as np

    from yishi.foundation.places import register

    places = register()
    random = np.random.default_rng(1)
    lons = random.uniform(111.0, 112.9, 4000).tolist()
    lats = random.uniform(31.5, 32.4, 4000).tolist()

    def single() -> None:
        for lon, lat in zip(lons, lats, strict=True):
            places.locate(lon, lat)

    def search() -> None:
        for _ in range(50):
            places.search("小学", 10, near=(112.1, 32.0))

    return {
        "locate one point": microseconds(single, len(lons)),
        "locate many, a point": microseconds(lambda: places.locate_many(lons, lats), len(lons)),
        "search landmarks": microseconds(search, 50),
    }


def main() -> None:
    """Print the figures; needs a database with the city loaded."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")
    import django

    django.setup()
    from django.conf import settings

    for name, value in {**_calendar(settings.CITY_DIR), **_register()}.items():
        print(f"{name:<28}{value:10.1f} µs")


if __name__ == "__main__":
    main()

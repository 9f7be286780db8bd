"""When made-up reports come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

#: Reports by the hour of the local day, in shares.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 10, 10, 9, 8, 6, 7, 9, 9, 9, 8, 7, 6, 5, 4, 3, 2)


def received_times(seed: str, days: int, cases: int, now: datetime) -> list[datetime]:
    """When *cases* came in during the *days* before *now*: ascending, more by day than by night.

    A few come in the last two hours whatever the hour is, so that there is something to accept.
    """
    rng = Random(seed)
    start = now - timedelta(days=days)
    span = days * 24
    weights = [_HOURS[(start + timedelta(hours=h + 8)).hour] for h in range(span)]
    fresh = cases // 180
    drawn = rng.choices(range(span), weights, k=cases - fresh)
    seconds = [hour * 3600 + rng.randrange(3600) for hour in drawn]
    seconds = sorted(seconds + [span * 3600 - 1 - rng.randrange(7200) for _ in range(fresh)])
    return [start + timedelta(seconds=second) for second in seconds]

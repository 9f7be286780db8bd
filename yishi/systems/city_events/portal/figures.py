"""What the portal's first page says of today: three sums over the whole city, nothing smaller."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils.translation import gettext as _

from yishi.foundation.cases.rollups import by_branch
from yishi.foundation.ui.services import Figure
from yishi.systems.city_events.context import city
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.notices import CITY_TIME


def figures(now: datetime) -> list[Figure]:
    """Received today, of these in work, of these closed; none on a day without reports."""
    today = now.astimezone(CITY_TIME).date()
    root = city().register.root
    stages: Counter[str] = Counter()
    for _branch, stage, _timeliness, count in by_branch(root, today, system=SYSTEM):
        stages[stage] += count
    taken = sum(stages.values()) - stages["void"]
    if not taken:
        return []
    closed = stages["evaluate"]
    ended = closed + stages["forced"]
    return [
        Figure(_("今日受理"), taken),
        Figure(_("正在办理"), taken - ended),
        Figure(_("已办结"), closed),
    ]

"""How much a unit has to do, and whether anybody is there: shown to whoever dispatches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext

from yishi.foundation.access.models import Shift
from yishi.foundation.cases.models import Assignment
from yishi.systems.city_events import roles


@dataclass(frozen=True, slots=True)
class Load:
    """Open cases of a unit, how many of them are late, and who is on shift (None: no roster)."""

    open: int = 0
    late: int = 0
    on_duty: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        """In a line."""
        said = gettext("在办%(open)d件，超时%(late)d件") % {"open": self.open, "late": self.late}
        if self.on_duty is None:
            return said
        names = "、".join(self.on_duty[:3]) or gettext("无人")
        return f"{said}；" + gettext("值班：%(names)s") % {"names": names}


def loads(units: Iterable[int], now: datetime) -> dict[int, Load]:
    """The load of *units* (2 statements). Only numbers: whose cases they are stays untold."""
    ids = list(units)
    counts = {
        row["unit_id"]: (row["open"], row["late"])
        for row in Assignment.objects.unscoped("numbers of a unit, for whoever dispatches to it")
        .filter(unit_id__in=ids, role=roles.MAIN, state="open")
        .values("unit_id")
        .annotate(open=Count("id"), late=Count("id", filter=Q(due_at__lt=now)))
    }
    shifts: dict[int, list[str]] = {}
    rows = Shift.objects.filter(
        unit_id__in=ids, role="unit_officer", ends_at__gt=now, cancelled_at=None
    )
    for unit, begins, name in rows.order_by("starts_at").values_list(
        "unit_id", "starts_at", "user__display_name"
    ):
        present = shifts.setdefault(unit, [])
        if begins <= now:
            present.append(name)
    return {
        unit: Load(*counts.get(unit, (0, 0)), tuple(shifts[unit]) if unit in shifts else None)
        for unit in ids
    }

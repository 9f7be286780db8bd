"""Units that are away (离岗): who says so, and what dispatch knows of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yishi.foundation import revisions
from yishi.foundation.access.actors import Actor, Reach, within
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Away, PlaceError, UnitInfo
from yishi.foundation.revisions.errors import FieldError

REVISION = "absences"
CITY_TIME = ZoneInfo("Asia/Shanghai")
LONGEST = timedelta(days=366)
#: Who marks a unit as away: those who dispatch where it is, and whoever leads it.
MARKING = ("dispatcher", "duty_leader", "administrator")


@dataclass(frozen=True, slots=True)
class Absence:
    """One absence as planning knows it; ``until`` is excluded."""

    unit_id: int
    since: datetime
    until: datetime
    deputy_id: int | None
    reason: str

    @property
    def away(self) -> Away:
        """What the reason of a dispatch says of it."""
        begin, end = (f"{at.astimezone(CITY_TIME):%m-%d %H:%M}" for at in (self.since, self.until))
        return Away(f"{begin} 至 {end} 离岗（{self.reason}）", self.deputy_id)


class Absences:
    """All absences; immutable."""

    def __init__(self, absences: Sequence[Absence] = ()) -> None:
        self._all = tuple(absences)
        self.turns = sorted({at for one in absences for at in (one.since, one.until)})
        self._spans: dict[int, Mapping[int, Away]] = {}

    def span(self, moment: datetime) -> int:
        """Equal for moments at which the same units are away."""
        return bisect_right(self.turns, moment)

    def at(self, moment: datetime) -> Mapping[int, Away]:
        """Who is away at *moment*, by unit."""
        span = self.span(moment)
        known = self._spans.get(span)
        if known is None:
            known = {a.unit_id: a.away for a in self._all if a.since <= moment < a.until}
            self._spans[span] = known
        return known


def load_absences() -> Absences:
    """All absences as stored (1 statement)."""
    from yishi.systems.city_events.routing.models import UnitAbsence

    rows = UnitAbsence.objects.order_by("valid_from").values_list(
        "unit_id", "valid_from", "valid_to", "deputy_id", "reason"
    )
    return Absences([Absence(*row) for row in rows])


def may_mark(actor: Actor, unit: UnitInfo) -> bool:
    """Whether *actor* says when *unit* is away."""
    return any(
        (grant.role in MARKING and within(unit.managed_path, grant.scope))
        or (grant.role == "unit_officer" and grant.unit_id == unit.id)
        for grant in actor.grants
    )


def mark_away(
    actor: Actor,
    register: Register,
    unit_id: int,
    begin: datetime,
    end: datetime,
    deputy_id: int | None,
    reason: str,
    now: datetime,
) -> None:
    """Have dispatch pass a unit over from *begin* to *end*.

    Raises:
        FieldError: ``unit``, ``deputy``, ``begin``, ``end`` or ``reason``; nothing is stored.
        PermissionDenied: when the unit is not the actor's to mark.
    """
    from yishi.systems.city_events.routing.models import UnitAbsence

    unit = _living(register, unit_id, "unit")
    if not may_mark(actor, unit):
        raise PermissionDenied(_("这个单位不由您登记离岗。"))
    if deputy_id is not None and _living(register, deputy_id, "deputy").id == unit.id:
        raise FieldError("deputy", _("代行单位应为另一个单位"))
    if end <= max(begin, now):
        raise FieldError("end", _("结束时间应晚于开始时间和现在"))
    if end - begin > LONGEST:
        raise FieldError("end", _("一次离岗最长一年"))
    words = " ".join(reason.split())
    if not 2 <= len(words) <= 200:
        raise FieldError("reason", _("请写明离岗原因，最多200字"))
    try:
        with transaction.atomic():
            UnitAbsence.objects.create(
                unit_id=unit.id,
                deputy_id=deputy_id,
                valid_from=begin,
                valid_to=end,
                reason=words,
                made_by=actor.ref,
                made_at=now,
            )
            revisions.bump(REVISION)
    except IntegrityError as error:
        if "one_absence_at_a_time" not in str(error):
            raise
        raise FieldError("begin", _("这个单位在这段时间已登记离岗")) from error


def end_absence(actor: Actor, register: Register, absence_id: int, now: datetime) -> bool:
    """End an absence now, or take one back that has not begun; False when there is none to end.

    Raises:
        PermissionDenied: when the unit is not the actor's to mark.
    """
    from yishi.systems.city_events.routing.models import UnitAbsence

    with transaction.atomic():
        rows = UnitAbsence.objects.select_for_update().filter(pk=absence_id, valid_to__gt=now)
        row = rows.first()
        if row is None:
            return False
        if not may_mark(actor, register.unit(row.unit_id)):
            raise PermissionDenied(_("这个单位不由您登记离岗。"))
        if row.valid_from >= now:
            row.delete()
        else:
            row.valid_to = now
            row.save(update_fields=["valid_to"])
        revisions.bump(REVISION)
    return True


def wide(actor: Actor) -> Actor:
    """The actor with the grants that see an area."""
    grants = tuple(actor.with_reach(Reach.SCOPE))
    return Actor(actor.kind, actor.ref, actor.name, grants, actor.user_id)


def _living(register: Register, unit_id: int, field: str) -> UnitInfo:
    try:
        unit = register.unit(unit_id)
    except PlaceError as error:
        raise FieldError(field, error.message, "unknown") from error
    if unit.valid_to is not None:
        raise FieldError(field, _("%(unit)s已撤并") % {"unit": unit.name}, "unit_retired")
    return unit

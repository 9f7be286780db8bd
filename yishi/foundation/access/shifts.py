"""Duty rosters (值班表) and handing over (交接班).

A post is a role for a unit, or within a managed path, as it stands in grants. While a shift of a
post runs, its work lists and its desk's messages are those of who is on shift; where no shift runs,
everybody who holds the post has them, so that a gap in the roster hides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yishi.foundation.access.accounts import kept_paths, live, within_paths
from yishi.foundation.access.actors import ROLES, Actor, within
from yishi.foundation.access.models import Grant, Handover, Shift, User
from yishi.foundation.audit import access_log
from yishi.foundation.places.models import Unit
from yishi.foundation.revisions.errors import FieldError

LONGEST = timedelta(hours=48)
#: Days in a row that one entry may repeat a shift on.
MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class Roster:
    """The post that a roster is for."""

    role: str
    unit_id: int | None
    scope: str

    @property
    def key(self) -> str:
        """The post in one word of an address or a form."""
        return f"{self.role}~{self.unit_id or ''}~{self.scope}"

    @staticmethod
    def parse(key: str) -> Roster | None:
        """The post of a key; ``None`` for what is none."""
        role, _tilde, rest = key.partition("~")
        unit, _tilde, scope = rest.partition("~")
        if role not in ROLES or not (unit == "" or (unit.isascii() and unit.isdecimal())):
            return None
        return Roster(role, int(unit[:18]) if unit else None, scope[:200])

    def rows(self) -> Q:
        """Grants or shifts of this post."""
        return Q(role=self.role, unit_id=self.unit_id, scope=self.scope)


def keeps(actor: Actor, post: Roster, unit: Unit | None) -> bool:
    """Whether *actor* keeps the roster of *post*: an administrator within scope, or whoever leads
    its unit."""
    path = post.scope or (unit.managed_path if unit else "")
    if path and any(within(path, kept) for kept in kept_paths(actor)):
        return True
    led = {g.unit_id for g in actor.grants if g.role in ROLES and ROLES[g.role].leads}
    return post.unit_id is not None and post.unit_id in led


def keeps_some(actor: Actor) -> bool:
    """Whether *actor* keeps the roster of anything: administers, or leads a unit."""
    leads = any(g.unit_id and g.role in ROLES and ROLES[g.role].leads for g in actor.grants)
    return leads or bool(kept_paths(actor))


def kept_grants(actor: Actor, now: datetime) -> QuerySet[Grant]:
    """Who holds, now, a post whose roster *actor* keeps, by role and place (1 statement)."""
    led = [g.unit_id for g in actor.grants if g.role in ROLES and ROLES[g.role].leads and g.unit_id]
    paths = kept_paths(actor)
    within_kept = (~Q(scope="") & within_paths(paths, "scope")) | (
        Q(scope="") & within_paths(paths, "unit__managed_path")
    )
    return (
        Grant.objects.filter(
            Q(unit_id__in=led) | within_kept,
            live(now),
            valid_from__lte=now,
            user__is_active=True,
            role__in=list(ROLES),
        )
        .select_related("unit", "user")
        .order_by("role", "unit__code", "scope", "user__username")
    )


def rosters(actor: Actor, now: datetime) -> list[tuple[Roster, Unit | None]]:
    """The posts whose roster *actor* sees: held ones and those of a led unit; an administrator's
    are found by unit. At most 200 (1 statement)."""
    held = {Roster(g.role, g.unit_id, g.scope) for g in actor.grants}
    led = [g.unit_id for g in actor.grants if g.role in ROLES and ROLES[g.role].leads]
    condition = Q(unit_id__in=led)
    for post in held:
        condition |= post.rows()
    if kept_paths(actor):
        condition |= _with_shifts(now)
    found = (
        Grant.objects.filter(condition, live(now), user__isnull=False, role__in=list(ROLES))
        .select_related("unit")
        .order_by("role", "unit_id", "scope")
        .distinct("role", "unit_id", "scope")[:200]
    )
    return [(Roster(g.role, g.unit_id, g.scope), g.unit) for g in found]


def _with_shifts(now: datetime) -> Q:
    """Grants of posts that have a roster now or later."""
    from django.db.models import Exists, OuterRef

    same_unit = Q(unit_id=OuterRef("unit_id")) | Q(unit=None)
    shift = Shift.objects.filter(
        same_unit,
        role=OuterRef("role"),
        scope=OuterRef("scope"),
        ends_at__gt=now,
        cancelled_at=None,
    )
    return Q(Exists(shift))


def holders(post: Roster, now: datetime) -> QuerySet[User]:
    """The active officers who hold *post*."""
    grants = Grant.objects.filter(post.rows(), live(now), valid_from__lte=now)
    return User.objects.filter(is_active=True, grants__in=grants).distinct().order_by("id")


def shifts_between(post: Roster, begin: datetime, end: datetime) -> QuerySet[Shift]:
    """The shifts of *post* that touch the time from *begin* to *end*."""
    return (
        Shift.objects.filter(post.rows(), starts_at__lt=end, ends_at__gt=begin, cancelled_at=None)
        .select_related("user", "unit")
        .order_by("starts_at", "id")
    )


def on_duty(post: Roster, now: datetime) -> QuerySet[Shift]:
    """The shifts of *post* that run at *now*."""
    return shifts_between(post, now, now + timedelta(microseconds=1))


def spans(starts_at: datetime, ends_at: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """The same time on *days* days in a row, 1 to `MOST_DAYS`.

    Raises:
        FieldError: ``days``, or ``starts_at`` where a day lies beyond the calendar.
    """
    if not 1 <= days <= MOST_DAYS:
        raise FieldError("days", _("连排天数应为 1 至 %(n)d") % {"n": MOST_DAYS})
    try:
        return [(starts_at + timedelta(n), ends_at + timedelta(n)) for n in range(days)]
    except OverflowError:
        raise FieldError("starts_at", _("日期超出可以排班的范围")) from None


@transaction.atomic
def plan_days(
    actor: Actor,
    post: Roster,
    user: User,
    starts_at: datetime,
    ends_at: datetime,
    days: int,
    note: str,
    now: datetime,
) -> list[Shift]:
    """Put *user* on the same shift on *days* days in a row, all or none.

    Raises:
        FieldError: ``user``, ``starts_at``, ``ends_at`` or ``days``.
        PermissionDenied: when *actor* does not keep this roster.
    """
    unit = Unit.objects.filter(pk=post.unit_id).first() if post.unit_id else None
    if not keeps(actor, post, unit):
        raise PermissionDenied(_("这张值班表不由您排班。"))
    if not holders(post, now).filter(pk=user.pk).exists():
        raise FieldError("user", _("值班人员应当承担这个岗位"))
    turns = spans(starts_at, ends_at, days)
    return [_plan(actor, post, user, begin, end, note, now) for begin, end in turns]


def _plan(
    actor: Actor,
    post: Roster,
    user: User,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
    now: datetime,
) -> Shift:
    if ends_at <= max(starts_at, now):
        raise FieldError("ends_at", _("下班时间应晚于上班时间和现在"))
    if ends_at - starts_at > LONGEST:
        raise FieldError("ends_at", _("一个班次最长 48 小时"))
    try:
        with transaction.atomic():
            made = Shift.objects.create(
                role=post.role,
                unit_id=post.unit_id,
                scope=post.scope,
                user=user,
                starts_at=starts_at,
                ends_at=ends_at,
                note=note.strip()[:200],
                made_by=actor.ref,
                made_at=now,
            )
    except IntegrityError:
        message = _("这段时间此人已经在这个岗位值班")
        raise FieldError("starts_at", message, "taken") from None
    access_log.look(actor.ref, "shift.plan", f"shift:{made.pk}", f"user:{user.pk}", now)
    return made


@transaction.atomic
def cancel(actor: Actor, shift: Shift, now: datetime) -> None:
    """Take a shift out of the roster; it stays for the record.

    Raises:
        PermissionDenied: when *actor* does not keep this roster.
        FieldError: ``shift``, once it was handed over.
    """
    if not keeps(actor, Roster(shift.role, shift.unit_id, shift.scope), shift.unit):
        raise PermissionDenied(_("这张值班表不由您排班。"))
    if Handover.objects.filter(shift=shift).exists():
        raise FieldError("shift", _("这个班次已经交班，不能取消"))
    if Shift.objects.filter(pk=shift.pk, cancelled_at=None).update(cancelled_at=now):
        access_log.look(actor.ref, "shift.cancel", f"shift:{shift.pk}", "", now)


@transaction.atomic
def offer(
    actor: Actor,
    shift: Shift,
    to_user: User,
    note: str,
    open_items: Mapping[str, Any],
    now: datetime,
) -> Handover:
    """Hand a shift over to *to_user*, who still has to accept.

    Raises:
        FieldError: ``to_user`` or ``shift``.
        PermissionDenied: when it is not the actor's own shift.
    """
    if shift.user_id != actor.user_id:
        raise PermissionDenied(_("只能由当班人员交班。"))
    if shift.cancelled_at is not None or shift.starts_at > now:
        raise FieldError("shift", _("这个班次还没有开始，或已经取消"))
    if to_user.pk == shift.user_id:
        raise FieldError("to_user", _("接班人员不能是本人"))
    post = Roster(shift.role, shift.unit_id, shift.scope)
    if not holders(post, now).filter(pk=to_user.pk).exists():
        raise FieldError("to_user", _("接班人员应当承担这个岗位"))
    try:
        with transaction.atomic():
            made = Handover.objects.create(
                shift=shift,
                to_user=to_user,
                note=note.strip()[:4000],
                open_items=dict(open_items),
                offered_at=now,
            )
    except IntegrityError:
        raise FieldError("shift", _("这个班次已经交班"), "taken") from None
    access_log.look(actor.ref, "shift.hand_over", f"shift:{shift.pk}", f"user:{to_user.pk}", now)
    return made


@transaction.atomic
def accept(actor: Actor, handover: Handover, answer: str, now: datetime) -> None:
    """Take a shift over: the shift that is handed over ends now, unless it ended before.

    Raises:
        PermissionDenied: when it was offered to somebody else.
        FieldError: ``handover``, when it was accepted before.
    """
    if handover.to_user_id != actor.user_id:
        raise PermissionDenied(_("只能由接班人员接班。"))
    done = Handover.objects.filter(pk=handover.pk, accepted_at=None).update(
        accepted_at=now, answer=answer.strip()[:2000]
    )
    if not done:
        raise FieldError("handover", _("已经接班"), "accepted")
    Shift.objects.filter(pk=handover.shift_id, ends_at__gt=now, starts_at__lt=now).update(
        ends_at=now
    )
    access_log.look(actor.ref, "shift.take_over", f"shift:{handover.shift_id}", "", now)


def handovers(post: Roster, most: int = 30) -> QuerySet[Handover]:
    """The log of a post, newest first."""
    return (
        Handover.objects.filter(shift__in=Shift.objects.filter(post.rows()))
        .select_related("shift", "shift__user", "to_user")
        .order_by("-offered_at")[:most]
    )


def waiting_for(user_id: int) -> QuerySet[Handover]:
    """Handovers that wait for *user_id* to accept."""
    return (
        Handover.objects.filter(to_user_id=user_id, accepted_at=None)
        .select_related("shift", "shift__user", "shift__unit")
        .order_by("offered_at")
    )

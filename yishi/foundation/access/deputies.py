"""Deputies (代理): appointing somebody for a time, and ending it early."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yishi.foundation.access.accounts import live
from yishi.foundation.access.actors import Actor, administering
from yishi.foundation.access.models import Deputy, Grant, User
from yishi.foundation.audit import access_log
from yishi.foundation.revisions.errors import FieldError

LONGEST = timedelta(days=92)


def deputyships_of(user_id: int, now: datetime) -> QuerySet[Deputy]:
    """Those that run or are to come, in which *user_id* is either side."""
    mine = Q(principal_id=user_id) | Q(deputy_id=user_id)
    return (
        Deputy.objects.filter(mine, ended_at=None, valid_to__gt=now)
        .select_related("principal", "deputy")
        .order_by("valid_from", "id")
    )


def candidates(user_id: int, now: datetime) -> QuerySet[User]:
    """Officers who may be appointed: active, and with a post of their own."""
    return (
        User.objects.filter(is_active=True, grants__in=Grant.objects.filter(live(now)))
        .exclude(pk=user_id)
        .distinct()
        .order_by("display_name", "id")
    )


@transaction.atomic
def appoint(
    actor: Actor,
    principal: User,
    deputy: User,
    valid_from: datetime,
    valid_to: datetime,
    reason: str,
    now: datetime,
) -> Deputy:
    """Let *deputy* hold the grants of *principal* as well, for a time.

    Only own grants that are not administering are lent. Whether *actor* may do this for
    *principal* is the caller's question.

    Raises:
        FieldError: ``deputy``, ``valid_from``, ``valid_to`` or ``reason``.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= 200:
        raise FieldError("reason", _("请写明代理原因，最多 200 个字"), "required")
    if deputy.pk == principal.pk:
        raise FieldError("deputy", _("代理人不能是本人"))
    if not candidates(principal.pk, now).filter(pk=deputy.pk).exists():
        raise FieldError("deputy", _("代理人应为有岗位的在用账号"))
    lendable = Grant.objects.filter(live(now), user=principal).exclude(role__in=administering())
    if not lendable.exists():
        raise FieldError("deputy", _("没有可以交给他人代理的岗位"))
    if valid_to <= max(valid_from, now):
        raise FieldError("valid_to", _("截止时间应晚于起始时间和现在"))
    if valid_to - valid_from > LONGEST:
        raise FieldError("valid_to", _("一次代理最长 92 天"))
    try:
        with transaction.atomic():
            made = Deputy.objects.create(
                principal=principal,
                deputy=deputy,
                valid_from=valid_from,
                valid_to=valid_to,
                reason=reason,
                made_by=actor.ref,
                made_at=now,
            )
    except IntegrityError:
        raise FieldError("valid_from", _("这段时间已经有人代理"), "taken") from None
    text = f"user:{deputy.pk} {valid_from:%Y-%m-%dT%H:%MZ}–{valid_to:%Y-%m-%dT%H:%MZ}"
    access_log.look(actor.ref, "deputy.appoint", f"user:{principal.pk}", text, now)
    return made


@transaction.atomic
def end(actor: Actor, deputyship: Deputy, now: datetime) -> None:
    """End it at once; ended twice is ended once."""
    done = Deputy.objects.filter(pk=deputyship.pk, ended_at=None).update(ended_at=now)
    if done:
        subject = f"user:{deputyship.principal_id}"
        access_log.look(actor.ref, "deputy.end", subject, f"user:{deputyship.deputy_id}", now)

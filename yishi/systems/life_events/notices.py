"""Simple cancellation (简易注销): 20 natural days of public notice, then 20 days to apply
(市场主体登记管理条例 art. 33). An objection in time ends the simple way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.parties.identifiers import check_uscc
from yishi.foundation.parties.registering import find
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application, CancellationNotice

NOTICE_DAYS = APPLY_DAYS = 20
#: The item that needs a notice that has run out without an objection.
SIMPLE_ITEM = "company_simple_cancellation"


@dataclass(frozen=True, slots=True)
class Window:
    """When a notice ends, and the last day to apply. Natural days, without roll-over."""

    ends_on: date
    apply_until: date


def window(posted_on: date) -> Window:
    """The days of a notice posted on a day: the day of posting is not counted."""
    ends = posted_on + timedelta(days=NOTICE_DAYS)
    return Window(ends, ends + timedelta(days=APPLY_DAYS))


def post(
    name: object, uscc: object, actor: Actor, now: datetime, *, simulated: bool = False
) -> CancellationNotice:
    """Post a notice today. Raises FieldError on ``uscc`` or ``name``."""
    checked = check_uscc("uscc", uscc)
    text = clean_text("name", name, 200)
    if not text:
        raise FieldError("name", "请填写企业名称", "required")
    today = day_of(now)
    days = window(today)
    running = CancellationNotice.objects.filter(
        uscc=checked.value, apply_until__gte=today, objected_on__isnull=True
    )
    if running.exists():
        raise FieldError("uscc", "该企业的简易注销公告尚在期内", "running")
    try:
        with transaction.atomic():
            return CancellationNotice.objects.create(
                party=find(checked),
                name=text,
                uscc=checked.value,
                posted_on=today,
                ends_on=days.ends_on,
                apply_until=days.apply_until,
                posted_by=actor.ref,
                simulated=simulated,
            )
    except IntegrityError as error:
        raise FieldError("uscc", "今天已经发布过公告", "repeated") from error


def object_to(
    notice_id: int, objector: object, reason: object, actor: Actor, now: datetime
) -> CancellationNotice:
    """Record an objection (of a creditor, a department …) while the notice runs.

    Raises:
        FieldError: after the notice, for a second objection, or without a reason.
    """
    who = clean_text("objector", objector, 40)
    why = clean_text("objection", reason, 500)
    for field, text, what in (("objector", who, "异议人类别"), ("objection", why, "异议理由")):
        if not text:
            raise FieldError(field, f"请填写{what}", "required")
    with transaction.atomic():
        row = CancellationNotice.objects.select_for_update().filter(pk=notice_id).first()
        if row is None:
            raise FieldError("notice", "没有这条公告", "unknown")
        if row.objected_on is not None:
            raise FieldError("objection", "已有异议，简易注销程序已终止", "repeated")
        today = day_of(now)
        if not row.posted_on <= today <= row.ends_on:
            raise FieldError("objection", "公告期已过", "late")
        row.objected_on, row.objector, row.objection = today, who, why
        row.save(update_fields=["objected_on", "objector", "objection"])
    return row


def check(application: Application, made: Made, values: Mapping[str, str], now: datetime) -> None:
    """The simple way is open only within its window and without an objection.

    Raises:
        FieldError: on ``uscc``, saying what is missing.
    """
    if SIMPLE_ITEM not in made.to_do:
        return
    rows = CancellationNotice.objects.filter(uscc=values.get("uscc", ""))
    row = rows.order_by("-posted_on").first()
    today = day_of(now)
    if row is None:
        raise FieldError("uscc", "简易注销须先公告二十日，没有找到该企业的公告", "no_notice")
    if row.objected_on is not None:
        raise FieldError("uscc", "公告期内有异议，不适用简易注销，请走普通注销", "objected")
    if today <= row.ends_on:
        raise FieldError("uscc", f"公告期至 {row.ends_on:%Y-%m-%d}，届满后才能申请", "running")
    if today > row.apply_until:
        message = f"应在 {row.apply_until:%Y-%m-%d} 前申请，已经超过，请重新公告"
        raise FieldError("uscc", message, "late")

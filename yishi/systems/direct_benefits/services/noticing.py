"""公示: the list is shown to everybody for some working days before money is asked for.

Notices count the day of posting unless the policy says otherwise (``INCLUSIVE``/``EXCLUSIVE``);
both end at 24:00 of the last day, and nothing is paid before the next day 00:00 (S9-A10, A11).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.limits import CountMode, Limit, Unit
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.catalogue import UNITS, Notice
from yishi.systems.direct_benefits.context import City, city, day_of
from yishi.systems.direct_benefits.models import Batch
from yishi.systems.direct_benefits.ports import items
from yishi.systems.direct_benefits.services import checking, listing, moving
from yishi.systems.direct_benefits.services.moving import Step


def until(calendar: Calendar, posted: datetime, notice: Notice) -> datetime:
    """The last instant of a notice posted then.

    Raises:
        yishi.foundation.calendars.days.CalendarRangeError: beyond the published calendar; a day
            on which money follows is never guessed.
    """
    unit = Unit.WORKING_DAY if notice.unit == "wd" else Unit.CALENDAR_DAY
    mode = CountMode.INCLUSIVE if notice.mode == "INCLUSIVE" else CountMode.EXCLUSIVE
    limit = Limit(notice.days, unit, f"{notice.days}个{UNITS[notice.unit]}", mode)
    return calendar.due(posted.astimezone(SHANGHAI), limit, strict=True).at


def first_payment_day(notice_until: datetime) -> date:
    """The earliest day of a payment order: the day after the notice's last."""
    return day_of(notice_until) + timedelta(days=1)


def notice_of(batch: Batch, found: City, now: datetime) -> Notice:
    """How long and how counted: the item's own, else the city's."""
    own = items.benefit(batch.item_version_id).notice
    return own or found.limits_at(now)[1].notice


def post_notice(actor: Actor, number: str, now: datetime) -> Batch:
    """Post the notice of a confirmed batch. What is held or struck is not on it.

    Returns the batch as it then stands; without a notice when nobody passed the second look.

    Raises:
        FieldError: ``batch`` while something waits to be confirmed or nothing is there to post.
        BatchNotFound, MoveRefused.
    """
    with transaction.atomic():
        batch, found = listing.mine(actor, number), city()
        if moving.any_in(batch, {"listed"}):
            raise FieldError("batch", "名单还有未确认的，请先确认或剔除", "state")
        chosen = moving.in_states(batch, {"confirmed"})
        if not chosen:
            raise FieldError("batch", "没有可公示的名单", "nothing")
        if batch.notice_until is not None and now > batch.notice_until:
            raise FieldError("batch", "公示已结束，请在补充批次中公示", "state")
        checking.check_payouts(actor, batch, chosen, now, found)
        chosen = [one for one in chosen if one.state == "confirmed"]
        if not chosen:  # nobody passed the second look: the reasons are kept, nothing is posted
            listing.finish(batch)
            return batch
        if batch.notice_until is None:
            _begin(batch, found, now)
        facts = {
            "notice": batch.notice_number or batch.number,
            "notice_until": batch.notice_until,
            "notice_mode": batch.notice_mode,
        }
        moving.move_many(actor, "post", [Step(one, facts) for one in chosen], now, found)
        moving.recount(batch, state="noticed")
    return batch


def _begin(batch: Batch, found: City, now: datetime) -> None:
    notice = notice_of(batch, found, now)
    batch.notice_from, batch.notice_until = now, until(found.calendar, now, notice)
    batch.notice_days, batch.notice_mode = notice.days, notice.mode
    batch.save(update_fields=["notice_from", "notice_until", "notice_days", "notice_mode"])

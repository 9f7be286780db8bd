"""The alarm of call quality: opened and ended with the rate, told to the duty leaders once."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from yishi.foundation.access.models import Grant
from yishi.foundation.messages.outbox import enqueue, message_row
from yishi.foundation.messages.texts import Text
from yishi.systems.city_events.context import city
from yishi.systems.city_events.hotline.calls import Quality, in_window
from yishi.systems.city_events.hotline.models import QualityAlarm
from yishi.systems.city_events.hotline.parameters import Parameters

TEXTS = {
    "hotline.quality": Text(
        "热线接通率低于规定",
        "过去24小时呼入 {offered}，接通 {answered}，接通率 {rate}%，低于规定的 {lowest}%。",
        "Too few calls are answered",
        "In the last 24 hours {answered} of {offered} calls were answered: {rate} %, "
        "below the required {lowest} %.",
    ),
}


def watch(now: datetime) -> QualityAlarm | None:
    """Look at the last 24 hours; returns the open alarm, if there is one.

    An alarm is told once, to every officer who is duty leader of the whole city. Workers may run
    this at once: the database keeps a second open alarm out.
    """
    registers = city()
    area = registers.register.managed_path(registers.register.root)
    parameters = Parameters(registers.rulebook, now, area)
    lowest = parameters.decimal("call_rate")
    quality = in_window(now, parameters.whole("call_seconds"))
    open_one = QualityAlarm.objects.filter(ended_at=None).first()
    if not quality.alarms(lowest):
        if open_one is not None:
            open_one.ended_at = now
            open_one.save(update_fields=["ended_at"])
        return None
    if open_one is not None:
        return open_one
    try:
        with transaction.atomic():
            alarm = QualityAlarm.objects.create(
                begun_at=now, offered=quality.offered, answered=quality.answered
            )
            _tell(alarm, quality, str(lowest.normalize()), area, now)
    except IntegrityError:
        return QualityAlarm.objects.filter(ended_at=None).first()
    return alarm


def _tell(alarm: QualityAlarm, quality: Quality, lowest: str, area: str, now: datetime) -> None:
    leaders = (
        Grant.objects.filter(role="duty_leader", scope=area, user__is_active=True)
        .filter(valid_from__lte=now)
        .exclude(valid_to__lte=now)
        .values_list("user_id", flat=True)
        .distinct()
    )
    params: dict[str, str | int | None] = {
        "offered": quality.offered,
        "answered": quality.answered,
        "rate": str(quality.rate),
        "lowest": lowest,
    }
    enqueue(
        [
            message_row(
                "hotline.quality",
                key=f"quality:{alarm.pk}:{user}",
                now=now,
                user_id=user,
                params=params,
                about_kind="quality",
                about_id=alarm.pk,
            )
            for user in leaders
            if user is not None
        ]
    )

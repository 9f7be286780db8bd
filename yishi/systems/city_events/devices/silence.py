"""Devices that fell silent: noticed, told, and where the device says so, reported as a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import within
from yishi.foundation.access.models import Grant
from yishi.foundation.messages.outbox import MessageRow, enqueue, message_row
from yishi.foundation.messages.texts import Text
from yishi.foundation.revisions import numbers
from yishi.foundation.statements import execute
from yishi.systems.city_events.devices.filing import SILENT, Seen, opening_for, raw_report
from yishi.systems.city_events.devices.models import Device
from yishi.systems.city_events.devices.register import devices
from yishi.systems.city_events.devices.service import device_actor
from yishi.systems.city_events.intake import report
from yishi.systems.city_events.notices import CITY_TIME

#: So many that fall silent within a look are not broken, the line to them is: nobody is sent out.
TOO_MANY = 20
ROLES = ("duty_leader", "administrator")
TEXTS = {
    "device.silent": Text(
        "感知设备失联",
        "{n} 台设备超过规定时间没有消息：{names}。",
        "Devices are silent",
        "{n} devices have not been heard for longer than they may be silent: {names}.",
    ),
    "device.line": Text(
        "大量感知设备同时失联",
        "{n} 台设备同时没有消息，请先检查线路和消息服务；没有逐台派人。包括：{names}。",
        "Many devices are silent at once",
        "{n} devices fell silent at once. Look at the line and the broker first; nobody was sent "
        "to each of them. Among them: {names}.",
    ),
}
_NOTICE = """
INSERT INTO city_events_heard AS h (device_id, silent_since)
SELECT d.id, $1::timestamptz
  FROM city_events_device d LEFT JOIN city_events_heard k ON k.device_id = d.id
 WHERE d.active_from <= $2::date AND (d.active_to IS NULL OR d.active_to >= $2::date)
   AND k.silent_since IS NULL
   AND greatest(k.at, d.added_at, d.active_from::timestamp AT TIME ZONE 'Asia/Shanghai')
       < $1::timestamptz - make_interval(mins => d.silent_minutes)
ON CONFLICT (device_id) DO UPDATE SET silent_since = EXCLUDED.silent_since
 WHERE h.silent_since IS NULL AND coalesce(h.at, '-infinity') < $1::timestamptz - (
       SELECT make_interval(mins => d.silent_minutes) FROM city_events_device d
        WHERE d.id = EXCLUDED.device_id)
RETURNING device_id
"""


def look(now: datetime) -> list[Device]:
    """Notice every device that is silent for too long, once; returns those newly noticed.

    Whoever hears a device again ends its silence. Workers may run this at once.
    """
    with transaction.atomic():
        today = now.astimezone(CITY_TIME).date()
        found = [row[0] for row in execute(_NOTICE, [now, today])]
        if not found:
            return []
        register = devices(numbers())
        silent = sorted(
            (one for one in register.by_ref.values() if one.pk in set(found)),
            key=lambda one: one.ref,
        )
        too_many = len(silent) > TOO_MANY
        enqueue(_told(silent, "device.line" if too_many else "device.silent", now))
        if not too_many:
            for device in silent:
                if device.upkeep:
                    _reported(device, now)
    return silent


def _reported(device: Device, now: datetime) -> None:
    """The silence as a case of the type that the device names for its upkeep."""
    seen = Seen(
        key=f"silent@{now.timestamp():.0f}",
        at=now,
        type_key=device.upkeep,
        standard="",
        confidence=1.0,
        value=float(device.silent_minutes),
        metric=SILENT,
    )
    raw = raw_report(device, seen) | {"object_ref": device.ref}
    report(device_actor(device.ref), raw, "sensor", now, opening_for(device, seen))


def _told(silent: Sequence[Device], template: str, now: datetime) -> list[MessageRow]:
    """A message to everybody in charge, naming those in the own scope only."""
    grants = (
        Grant.objects.filter(role__in=ROLES, user__is_active=True, valid_from__lte=now)
        .exclude(valid_to__lte=now)
        .exclude(user=None)
        .values_list("user_id", "scope")
    )
    own: dict[int, dict[str, Device]] = {}
    for user, scope in grants:
        for device in silent:
            if user is not None and within(device.managed_path, scope):
                own.setdefault(user, {})[device.ref] = device
    return [_message(template, user, mine, now) for user, mine in own.items()]


def _message(template: str, user: int, mine: Mapping[str, Device], now: datetime) -> MessageRow:
    names = "、".join(device.name for device in mine.values())
    params: dict[str, Any] = {"n": len(mine), "names": names[:117] + "…" * (len(names) > 117)}
    return message_row(
        template,
        key=f"{template}:{now.timestamp():.0f}:{min(mine)}:{user}",
        now=now,
        user_id=user,
        params=params,
        about_kind="device",
        about_id=min(mine),
    )

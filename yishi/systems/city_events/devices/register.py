"""Devices and thresholds as one immutable copy of each process (revision ``devices``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from yishi.foundation import revisions
from yishi.foundation.access.actors import Actor, Reach, within
from yishi.systems.city_events.devices.machine import Limits
from yishi.systems.city_events.devices.models import Device, Metric, Threshold

NAME = "devices"


@dataclass(frozen=True, slots=True)
class Devices:
    """The register: devices by ref, metrics by key, the thresholds of each metric."""

    by_ref: Mapping[str, Device]
    metrics: Mapping[str, Metric]
    thresholds: Mapping[str, tuple[Threshold, ...]]

    def threshold(self, device: Device, metric: str, day: date) -> Threshold | None:
        """The threshold in force: for its kind before for all, and of the smallest area."""
        found = [
            one
            for one in self.thresholds.get(metric, ())
            if one.valid_from <= day
            and (one.valid_to is None or day <= one.valid_to)
            and one.kind in ("", device.kind)
            and (not one.area or within(device.managed_path, one.area))
        ]
        return max(found, key=lambda one: (len(one.area), one.kind), default=None)


def limits_of(threshold: Threshold) -> Limits:
    """The values of a threshold as the machine takes them."""
    lasting = timedelta(seconds=threshold.seconds)
    return Limits(threshold.raise_at, threshold.clear_at, lasting, threshold.above)


def load_devices() -> Devices:
    """Read the register (3 statements)."""
    thresholds: dict[str, list[Threshold]] = {}
    for one in Threshold.objects.order_by("key", "version"):
        thresholds.setdefault(one.metric_id, []).append(one)
    devices = Device.objects.unscoped("the register that every process keeps")
    return Devices(
        {device.ref: device for device in devices},
        {metric.key: metric for metric in Metric.objects.order_by("place")},
        {metric: tuple(found) for metric, found in thresholds.items()},
    )


def devices(numbers: Mapping[str, int]) -> Devices:
    """The register for revision numbers that are known already (no statement once loaded)."""
    return revisions.at(NAME, numbers.get(NAME, 0), load_devices)


def reaches(actor: Actor, device: Device) -> bool:
    """Whether *device* stands within one of the actor's scopes."""
    grants = actor.with_reach(Reach.SCOPE)
    return any(within(device.managed_path, grant.scope) for grant in grants)


def active(device: Device, day: date) -> bool:
    """Whether *device* is in use on *day*."""
    ended = device.active_to is not None and device.active_to < day
    return device.active_from <= day and not ended

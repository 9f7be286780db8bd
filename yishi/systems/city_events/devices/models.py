"""Devices, the dated thresholds of what they measure, and what is known of each of them now.

Three tables are registers (`Metric`, `Threshold`, `Device`): read by every process as one copy,
whose number is the revision ``devices``. The others are written with each message of a device.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.cases.models import Case, ChildQuerySet
from yishi.foundation.cases.scope import ScopedQuerySet
from yishi.foundation.places.models import Division

REF = 40
#: Longest id of a message; with ref, metric and time it still is the id of a report.
KEY = 48


class Metric(models.Model):
    """Something that is measured: its unit, and the values that a working device can tell."""

    key = models.CharField(max_length=20, primary_key=True)
    label = models.CharField(max_length=40)
    label_en = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=12)
    low = models.FloatField()
    high = models.FloatField()
    place = models.SmallIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(low__lt=F("high")), name="metric_range"),)

    def __str__(self) -> str:
        return self.label


class Threshold(models.Model):
    """From which value on, for how long, a metric is reported as which type of event.

    ``above``: whether high values are the bad ones. Raised at ``raise_at`` or beyond for
    ``seconds``, over at ``clear_at``; between the two nothing changes (hysteresis). ``area`` is a
    managed path and ``kind`` a kind of device, both empty for all. ``valid_to`` is the last day.
    A stored version is never changed, only ended: ``version`` counts those of one key.
    """

    key = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    metric = models.ForeignKey(Metric, models.PROTECT, related_name="thresholds")
    kind = models.CharField(max_length=16, blank=True)
    area = models.CharField(max_length=100, blank=True)
    above = models.BooleanField(default=True)
    raise_at = models.FloatField()
    clear_at = models.FloatField()
    seconds = models.PositiveIntegerField(default=0)
    type_key = models.CharField(max_length=64)
    standard = models.CharField(max_length=64, blank=True)
    confidence = models.FloatField(default=1.0)
    basis = models.CharField(max_length=200, blank=True)
    illustrative = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="one_threshold_at_a_time",
                expressions=[
                    ("metric", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (
                        Func("valid_from", "valid_to", Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.UniqueConstraint(fields=["key", "version"], name="threshold_version"),
            models.CheckConstraint(
                condition=Q(above=True, clear_at__lt=F("raise_at"))
                | Q(above=False, clear_at__gt=F("raise_at")),
                name="threshold_hysteresis",
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="threshold_confidence"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class DeviceQuerySet(ScopedQuerySet["Device"]):
    """Devices are seen by whoever's scope holds the place where they stand."""

    def visible_to(self, actor: Actor) -> Self:
        """The devices within the actor's scopes."""
        condition = Q() if actor.kind == "system" else Q(pk__in=[])
        for grant in actor.with_reach(Reach.SCOPE):
            condition |= Q(managed_path=grant.scope)
            condition |= Q(managed_path__startswith=grant.scope + "/")
        clone = self.filter(condition)
        clone._scoped = True
        return clone


class Device(models.Model):
    """A sensor or camera: where it stands, the object it watches, the types that it reports.

    ``types``: keys of the catalogue; the first one is meant when a detection names none.
    ``upkeep``: the type that is reported when the device itself falls silent, or empty.
    ``active_to`` is its last day.
    """

    class Kind(models.TextChoices):
        WATER = "water", _("积水监测仪")
        GAS = "gas", _("燃气探测器")
        SMOKE = "smoke", _("烟感探测器")
        DISPLACEMENT = "displacement", _("位移监测仪")
        NOISE = "noise", _("噪声监测仪")
        AIR = "air", _("扬尘监测仪")
        CAMERA = "camera", _("摄像机")
        OTHER = "other", _("其他设备")

    ref = models.CharField(max_length=REF, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    landmark_id = models.IntegerField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    address = models.CharField(max_length=120, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    managed_path = models.CharField(max_length=100, db_index=True)
    object_ref = models.CharField(max_length=64)
    object_name = models.CharField(max_length=80, blank=True)
    types = ArrayField(models.CharField(max_length=64), default=list)
    upkeep = models.CharField(max_length=64, blank=True)
    silent_minutes = models.PositiveIntegerField(default=60)
    simulated = models.BooleanField(default=False)
    active_from = models.DateField()
    active_to = models.DateField(null=True)
    added_at = models.DateTimeField()

    objects: ClassVar[Any] = DeviceQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(active_to=None) | Q(active_from__lte=F("active_to")),
                name="device_dates",
            ),
            models.CheckConstraint(
                condition=Q(ref__regex=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"), name="device_ref"
            ),
            models.CheckConstraint(condition=Q(silent_minutes__gte=1), name="device_silence"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def channel(self) -> str:
        """The channel of its reports."""
        return "camera" if self.kind == self.Kind.CAMERA else "sensor"


class Heard(models.Model):
    """When a device was last heard; ``silent_since``: when its silence was noticed."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="heard", db_constraint=False
    )
    at = models.DateTimeField(null=True)
    battery = models.SmallIntegerField(null=True)
    silent_since = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(battery=None) | Q(battery__gte=0, battery__lte=100),
                name="heard_battery",
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"


class SensorState(models.Model):
    """What the threshold machine knows of a device's metric: see `machine.State`."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="states", db_constraint=False)
    metric = models.CharField(max_length=20)
    phase = models.CharField(max_length=8)
    at = models.DateTimeField()
    value = models.FloatField()
    since = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["device", "metric"], name="one_sensor_state"),
            models.CheckConstraint(
                condition=Q(phase="normal", since=None)
                | Q(phase__in=("rising", "raised"), since__isnull=False),
                name="sensor_phase",
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.metric} {self.phase}"


class ReadingHour(models.Model):
    """The readings of one hour: seconds in it → value. Whole days are deleted at a time."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+", db_constraint=False)
    metric = models.CharField(max_length=20)
    hour = models.DateTimeField()
    points = models.JSONField()

    class Meta:
        indexes = (models.Index(fields=["hour"], name="reading_by_hour"),)
        constraints = (
            models.UniqueConstraint(fields=["device", "metric", "hour"], name="one_reading_hour"),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.metric} {self.hour}"


class SensedMessage(models.Model):
    """A message of a device that was taken in, with its answer: the same id is the same message."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+", db_constraint=False)
    key = models.CharField(max_length=KEY)
    body_hash = models.BinaryField(max_length=32)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["at"], name="sensed_by_time"),)
        constraints = (models.UniqueConstraint(fields=["device", "key"], name="sensed_once"),)

    def __str__(self) -> str:
        return f"{self.device_id} {self.key}"


class Alarm(models.Model):
    """What a device reported: a threshold that was passed, or something that a camera saw.

    ``metric`` is empty for a camera's. A threshold's alarm is open until the value is back
    (``ended_at``); a metric of a device has one open alarm at most. ``value`` is the reading or the
    confidence, ``picture`` what the video platform calls the picture.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="alarms", db_constraint=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="alarms")
    metric = models.CharField(max_length=20, blank=True)
    threshold = models.ForeignKey(
        Threshold, models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    type_key = models.CharField(max_length=64)
    value = models.FloatField()
    picture = models.CharField(max_length=300, blank=True)
    merged = models.BooleanField(default=False)
    at = models.DateTimeField()
    taken_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["device", "-id"], name="alarm_of_device"),
            models.Index(fields=["case"], name="alarm_of_case"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["device", "metric"],
                condition=Q(ended_at=None) & ~Q(metric=""),
                name="one_open_alarm",
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.type_key} {self.at}"


class IntakeBeat(models.Model):
    """The sign of life of the process that takes messages from the broker."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
    connected = models.BooleanField()
    taken = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

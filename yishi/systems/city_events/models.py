"""What a city event's case cannot hold: the reports that were made of it, the cards of 督办."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from yishi.foundation.cases.models import Case, ChildQuerySet
from yishi.foundation.places.models import Unit


def words_part(tracking_hash: bytes | memoryview[int]) -> str:
    """The name under which a report's words stand among those of its case (``CaseWords.part``)."""
    return f"report:{bytes(tracking_hash).hex()[:24]}"


class Report(models.Model):
    """One report by one reporter. A case may have several; closing answers all of them.

    ``text`` is what was said, unmasked; ``contact_id`` points to the encrypted contact.
    ``tracking_hash`` is the digest of the tracking code, which only the reporter has.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="reports")
    channel = models.CharField(max_length=32)
    external_id = models.CharField(max_length=128, blank=True)
    text = models.TextField(blank=True)
    contact_id = models.UUIDField(null=True)
    secret = models.BooleanField(default=False)
    tracking_hash = models.BinaryField(max_length=32, unique=True)
    object_ref = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    merged = models.BooleanField(default=False)
    #: What a hotline ticket asks for: see `hotline.tickets.APPEALS`; empty on other channels.
    appeal = models.CharField(max_length=12, blank=True, default="", db_default="")

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["contact_id"],
                name="report_contact",
                condition=Q(contact_id__isnull=False),
            ),
            models.Index(
                fields=["object_ref", "received_at"],
                name="report_object",
                condition=~Q(object_ref=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.case_id}"


class IntakeBatch(models.Model):
    """A file of reports that an officer uploaded, from waiting to done.

    ``content`` and ``rejects`` (a workbook of the rows that were not taken in) hold personal data:
    they are encrypted, the first is emptied when the work is done, the second after a week.
    ``tally`` is `importing.service.Tally` as far as it has come.
    """

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    user = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    channel = models.CharField(max_length=32)
    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, default=WAITING)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    tally = models.JSONField(default=dict)
    message = models.CharField(max_length=300, blank=True, default="")
    content = models.TextField(blank=True, default="")
    rejects = models.TextField(blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=["user", "-id"], name="batch_of_user"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "running"), finished_at__isnull=True)
                | Q(state__in=("done", "failed"), finished_at__isnull=False, content=""),
                name="batch_end",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"


class Card(models.Model):
    """One card (督办单) given to a unit. Rows are only added: lifting a 督办 leaves them counted.

    ``level`` 1 … 3 (see ``states.LEVELS``); ``reason`` a code of ``states.SUPERVISE_REASONS``;
    ``managed_path`` where the case was placed then: cards are counted by it.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="cards")
    number = models.CharField(max_length=48, unique=True)
    level = models.SmallIntegerField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16)
    automatic = models.BooleanField(default=False)
    actor_ref = models.CharField(max_length=64)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    managed_path = models.CharField(max_length=200, db_default="")

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(F("at").desc(), F("id").desc(), name="card_newest"),
            models.Index(fields=["unit", "at"], name="card_unit"),
            models.Index(fields=["case", "at"], name="card_case"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="card_level"),
        )

    def __str__(self) -> str:
        return self.number


# Django finds an app's models here; those of devices and hotline stand with their code.
from yishi.systems.city_events.assessment.models import (  # noqa: E402
    CountWatch,
    PeriodCount,
    PeriodFigure,
)
from yishi.systems.city_events.devices.models import (  # noqa: E402
    Alarm,
    Device,
    Heard,
    IntakeBeat,
    Metric,
    ReadingHour,
    SensedMessage,
    SensorState,
    Threshold,
)
from yishi.systems.city_events.hot_models import HotCount, HotGroup  # noqa: E402
from yishi.systems.city_events.hotline.models import (  # noqa: E402
    Call,
    CallBack,
    CallBackTry,
    FollowUp,
    QualityAlarm,
    Referral,
    RepeatCall,
)
from yishi.systems.city_events.onsite.models import Submission  # noqa: E402
from yishi.systems.city_events.recognition.models import (  # noqa: E402
    Correction,
    RecogniserVersion,
)
from yishi.systems.city_events.rehearsing.models import Rehearsal, RehearsedCase  # noqa: E402
from yishi.systems.city_events.routing.models import UnitAbsence  # noqa: E402

__all__ = [
    "Alarm",
    "Call",
    "CallBack",
    "CallBackTry",
    "Card",
    "Correction",
    "CountWatch",
    "Device",
    "FollowUp",
    "Heard",
    "HotCount",
    "HotGroup",
    "IntakeBatch",
    "IntakeBeat",
    "Metric",
    "PeriodCount",
    "PeriodFigure",
    "QualityAlarm",
    "ReadingHour",
    "RecogniserVersion",
    "Referral",
    "Rehearsal",
    "RehearsedCase",
    "RepeatCall",
    "Report",
    "SensedMessage",
    "SensorState",
    "Submission",
    "Threshold",
    "UnitAbsence",
]

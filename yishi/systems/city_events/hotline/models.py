"""What the hotline keeps beside cases: channels to name, calls, repeats, and call-backs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from yishi.foundation.cases.models import Case, ChildQuerySet


class Referral(models.Model):
    """Where a caller is sent whose matter is excluded (六类不予受理), dated, from the city's file.

    ``reason`` is the code of the exclusion (1 … 6); ``valid_to`` is the last day (inclusive).
    """

    reason = models.CharField(max_length=2)
    key = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=120, blank=True)
    say = models.CharField(max_length=300)
    say_en = models.CharField(max_length=500, blank=True)
    illustrative = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    place = models.SmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="one_referral_at_a_time",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (
                        Func("valid_from", "valid_to", Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.key}"


class Call(models.Model):
    """One call offered to the hotline, as its exchange tells it.

    ``waited``: seconds until an agent answered, null for a call that nobody answered.
    """

    source = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    offered_at = models.DateTimeField()
    waited = models.IntegerField(null=True)
    talked = models.IntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=["offered_at"], include=["waited"], name="call_offered"),)
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="call_once"),
            models.CheckConstraint(
                condition=Q(waited__isnull=True, talked__isnull=True) | Q(waited__gte=0),
                name="call_seconds",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"


class QualityAlarm(models.Model):
    """A time in which fewer calls were answered than promised (§S2.5: 95 % in any 24 hours)."""

    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    offered = models.IntegerField()
    answered = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                Value(1), condition=Q(ended_at__isnull=True), name="one_open_quality_alarm"
            ),
        )

    def __str__(self) -> str:
        return f"{self.begun_at:%F %T} {self.answered}/{self.offered}"


class RepeatCall(models.Model):
    """A caller asked again without new facts and was told how the case stands: no new case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="repeats")
    key = models.CharField(max_length=128, unique=True)
    state = models.CharField(max_length=24)
    actor_ref = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["at"], name="repeat_at"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%F %T}"


class FollowUp(models.Model):
    """A new case about a matter that an earlier, closed one was about: there were new facts."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="follow_up")
    earlier = models.ForeignKey(Case, models.CASCADE, related_name="followed_by")

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(case=F("earlier")), name="follow_up_not_to_itself"),
        )

    def __str__(self) -> str:
        return f"{self.earlier_id} → {self.case_id}"


class CallBack(models.Model):
    """回访 of one ticket (report) after one closing: to be tried, then answered or given up.

    ``score``: 1 very satisfied … 5 very dissatisfied (GB/T 39046); ``in_time``: whether the caller
    says that the unit got in touch in time; ``excluded``: why it counts in no rate, else empty.
    """

    OPEN, REACHED, UNREACHED, REFUSED, LAPSED = "open", "reached", "unreached", "refused", "lapsed"

    case = models.ForeignKey(Case, models.CASCADE, related_name="call_backs")
    report = models.ForeignKey("city_events.Report", models.CASCADE, related_name="call_backs")
    round = models.SmallIntegerField(default=1)
    state = models.CharField(max_length=12, default=OPEN)
    closed_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    in_time = models.BooleanField(null=True)
    solved = models.BooleanField(null=True)
    score = models.SmallIntegerField(null=True)
    cause = models.CharField(max_length=16, blank=True)
    text = models.TextField(blank=True)
    excluded = models.CharField(max_length=16, blank=True)
    redone = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=64, blank=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["next_at", "id"], name="call_back_open", condition=Q(state="open")
            ),
            models.Index(fields=["closed_at"], name="call_back_closed"),
            models.Index(fields=["case"], name="call_back_case"),
        )
        constraints = (
            models.UniqueConstraint(fields=["report", "round"], name="one_call_back"),
            models.CheckConstraint(
                condition=~Q(state="reached")
                | Q(in_time__isnull=False, solved__isnull=False, score__range=(1, 5)),
                name="call_back_answered",
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_at__isnull=True)
                | (~Q(state="open") & Q(done_at__isnull=False)),
                name="call_back_end",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class CallBackTry(models.Model):
    """One attempt to reach the caller; ``result``: connected, missed or refused."""

    call_back = models.ForeignKey(CallBack, models.CASCADE, related_name="attempts")
    seq = models.SmallIntegerField()
    result = models.CharField(max_length=12)
    actor_ref = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["call_back", "seq"], name="call_back_try_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="call_back_try_counted"),
        )

    def __str__(self) -> str:
        return f"{self.call_back_id}#{self.seq} {self.result}"


__all__ = [
    "Call",
    "CallBack",
    "CallBackTry",
    "QualityAlarm",
    "Referral",
    "RepeatCall",
]

"""Counted figures of a period, so that a page reads them instead of counting a year of cases."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class PeriodCount(models.Model):
    """One count of a period: from when, up to when, and whether cases changed since.

    ``scope`` is empty for the count of the whole city, which holds the figures of every area down
    to the township; otherwise it is the digest of ``spec`` (see `assessment.homes`), for whoever
    sees something else than one area. Figures of periods that still run go up to ``until``.
    """

    kind = models.CharField(max_length=5)
    first = models.DateField()
    scope = models.CharField(max_length=32, blank=True, default="")
    spec = models.JSONField(default=dict)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    until = models.DateTimeField()
    counted_at = models.DateTimeField()
    took_ms = models.IntegerField(default=0)
    asked_at = models.DateTimeField()
    #: When a worker found that a case of this period, which is over, changed after the count.
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["scope", "kind", "first"], name="period_counted_once"),
            models.CheckConstraint(
                condition=Q(begins__lt=F("ends"), until__lte=F("ends")), name="period_span"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("day", "week", "month")), name="period_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.first} {self.scope or '*'}"


class PeriodFigure(models.Model):
    """The measures of one row: of an area, put together by ``grouped``, for one ``key`` of it.

    ``numbers`` holds the measures that are not nought; ``hours`` the average time of handling.
    """

    count = models.ForeignKey(PeriodCount, models.CASCADE, related_name="figures", db_index=False)
    area = models.CharField(max_length=200, blank=True)
    grouped = models.CharField(max_length=8, blank=True)
    key = models.CharField(max_length=200, blank=True)
    numbers = models.JSONField(default=dict)
    hours = models.FloatField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["count", "area", "grouped", "key"], name="period_figure_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.area} {self.grouped}:{self.key}"


class CountWatch(models.Model):
    """Up to which step of any case changes were looked at (one row).

    ``seen`` is one look behind ``highest``: a step may be committed after one with a higher id.
    """

    seen = models.BigIntegerField(default=0)
    highest = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(pk=1), name="one_count_watch"),
            models.CheckConstraint(condition=Q(seen__lte=F("highest")), name="watch_order"),
        )

    def __str__(self) -> str:
        return f"{self.seen} … {self.highest}"


__all__ = ["CountWatch", "PeriodCount", "PeriodFigure"]

"""A unit that takes no work for a time, and who does meanwhile."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from yishi.foundation.places.models import Unit


class UnitAbsence(models.Model):
    """Dispatch passes *unit* over from when to when (``valid_to`` excluded), for *deputy* if one is
    named. One absence of a unit at a time; one that was ended early keeps its row."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    deputy = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    reason = models.CharField(max_length=200)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["-valid_to"], name="absence_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_from__lt=F("valid_to")), name="absence_period_order"
            ),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(unit=F("deputy")), name="absence_deputy_is_another"
            ),
            ExclusionConstraint(
                name="one_absence_at_a_time",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    (
                        Func(
                            "valid_from",
                            "valid_to",
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.valid_from:%F %R}"

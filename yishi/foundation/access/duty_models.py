"""Who stands in for whom, who is on shift, and what was handed over."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

_CASCADE = models.PROTECT


def _span(begin: str, end: str) -> Func:
    return Func(F(begin), F(end), function="tstzrange", output_field=DateTimeRangeField())


class Deputy(models.Model):
    """A deputyship (代理): for a time, *deputy* holds the grants of *principal* as well.

    Only grants of one's own are lent, so there is no deputy of a deputy; roles that administer
    are not lent. A principal has one deputy at a time.
    """

    principal = models.ForeignKey("access.User", _CASCADE, related_name="deputies")
    deputy = models.ForeignKey("access.User", _CASCADE, related_name="principals")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    reason = models.CharField(max_length=200)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["deputy", "valid_to"], name="deputy_now"),)
        constraints = (
            models.CheckConstraint(condition=~Q(principal=F("deputy")), name="deputy_is_another"),
            models.CheckConstraint(
                condition=Q(valid_from__lt=F("valid_to")), name="deputy_period_order"
            ),
            ExclusionConstraint(
                name="one_deputy_at_a_time",
                expressions=[
                    ("principal", RangeOperators.EQUAL),
                    (_span("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.deputy_id} for {self.principal_id}"


class Shift(models.Model):
    """One turn of duty (值班): *user* holds the post (role, unit, scope) from when to when.

    The post is written as in `Grant`: a unit's post has a unit and mostly an empty scope, a
    centre's post a scope and no unit.
    """

    role = models.CharField(max_length=32)
    unit = models.ForeignKey("places.Unit", _CASCADE, null=True, related_name="shifts")
    scope = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey("access.User", _CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["role", "unit", "ends_at"],
                name="shift_of_post",
                condition=Q(cancelled_at=None),
            ),
            models.Index(fields=["user", "starts_at"], name="shift_of_user"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="shift_order"),
            ExclusionConstraint(
                name="one_shift_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (
                        Func(
                            F("unit"),
                            0,
                            function="coalesce",
                            output_field=models.BigIntegerField(),
                        ),
                        RangeOperators.EQUAL,
                    ),
                    ("scope", RangeOperators.EQUAL),
                    (_span("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.starts_at:%F %R}"


class Handover(models.Model):
    """One handing over (交接班): what is open, in words and numbers, and who took it over when.

    ``open_items`` is a snapshot: duty → how many, and the numbers of the first cases.
    """

    shift = models.OneToOneField(Shift, _CASCADE, related_name="handover")
    to_user = models.ForeignKey("access.User", _CASCADE, related_name="handovers")
    note = models.TextField(blank=True)
    open_items = models.JSONField(default=dict)
    offered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["to_user"], name="handover_waiting", condition=Q(accepted_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"handover of shift {self.shift_id}"

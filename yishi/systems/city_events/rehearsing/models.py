"""A rehearsal that somebody asked for, and each case that would have come out differently."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yishi.foundation.cases.models import Case, ChildQuerySet


class Rehearsal(models.Model):
    """From waiting to done. ``inputs`` name each file with its SHA-256 and what it changes; the
    files themselves (``content``, a ZIP) are forgotten when the work is done. ``bases`` are the
    versions of catalogue, table and rules that they were compared with. ``tally``: see
    `tally.Tally.as_json`; ``progress``: days done of days."""

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    user = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    note = models.CharField(max_length=100, blank=True, default="")
    at = models.DateTimeField()
    first_day = models.DateField()
    last_day = models.DateField()
    area = models.CharField(max_length=200, blank=True, default="")
    inputs = models.JSONField(default=list)
    bases = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default=WAITING)
    progress = models.JSONField(default=list)
    tally = models.JSONField(default=dict)
    seconds = models.FloatField(null=True)
    message = models.TextField(blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    content = models.BinaryField(default=b"")

    class Meta:
        indexes = (models.Index(fields=["user", "-id"], name="rehearsal_of_user"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(first_day__lte=models.F("last_day")), name="rehearsal_days"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "running"), finished_at__isnull=True)
                | Q(state__in=("done", "failed"), finished_at__isnull=False, content=b""),
                name="rehearsal_end",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class RehearsedCase(models.Model):
    """One decision that would have come out differently; see `tally.Difference`."""

    rehearsal = models.ForeignKey(
        Rehearsal, models.CASCADE, related_name="differences", db_index=False
    )
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    unit_before = models.BigIntegerField(null=True)
    unit_after = models.BigIntegerField(null=True)
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)
    late_before = models.BooleanField(null=True)
    late_after = models.BooleanField(null=True)
    hours_over = models.FloatField(null=True)
    why = models.CharField(max_length=400, blank=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["rehearsal", "kind", "id"], name="rehearsed_kind"),)

    def __str__(self) -> str:
        return f"{self.rehearsal_id} {self.kind} {self.case_id}"

"""The case itself, its words, and what follows what."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.scope import ScopedQuerySet
from yishi.foundation.places.models import Unit


class CaseQuerySet(ScopedQuerySet["Case"]):
    """Cases, narrowed by their own columns."""


class ChildQuerySet(ScopedQuerySet[Any]):
    """Rows that belong to a case and are narrowed by it."""

    case_path = "case"


class CatalogueVersion(models.Model):
    """One immutable version of a system's catalogue. Cases point to the version they began with."""

    system = models.CharField(max_length=32)
    hash = models.CharField(max_length=64)
    content = models.JSONField()
    effective_from = models.DateTimeField()
    origin = models.CharField(max_length=8, choices=[("file", _("文件")), ("browser", _("网页"))])
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["system", "-effective_from", "-id"], name="catalogue_effective"),
        )

    def __str__(self) -> str:
        return f"{self.system} {self.hash[:8]}"


class Case(models.Model):
    """One matter (一件) that somebody is responsible for, with clock, trace and evaluation."""

    #: Compared byte by byte, so that one index serves numbers, their beginnings and their order.
    number = models.CharField(max_length=40, db_collation="C")
    system = models.CharField(max_length=32)
    type_key = models.CharField(max_length=64)
    catalogue = models.ForeignKey(
        CatalogueVersion, models.PROTECT, related_name="+", db_index=False
    )
    lifecycle_version = models.SmallIntegerField(default=1)
    subject = models.CharField(max_length=200)
    division = models.CharField(max_length=12)
    managed_path = models.CharField(max_length=200)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=24)
    stage = models.CharField(max_length=16)
    outcome = models.CharField(max_length=24, blank=True)
    #: Fact about the handling clock once it stopped: on_time or late. Never edited afterwards.
    timeliness = models.CharField(max_length=8, blank=True)
    secret = models.BooleanField(default=False)
    next_due_at = models.DateTimeField(null=True)
    next_warn_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    #: Day of receipt in the city's own time; the roll-ups' day.
    received_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="members", db_index=False
    )
    waiting_for = models.SmallIntegerField(default=0)
    data = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    trace_length = models.IntegerField(default=0)
    trace_head = models.BinaryField(default=b"")

    objects: ClassVar[Any] = CaseQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["managed_path"], opclasses=["text_pattern_ops"], name="case_path"),
            models.Index(fields=["type_key", "id"], name="case_of_type"),
            # Open cases are few whatever the number of closed ones: a rare state is found at once.
            models.Index(
                fields=["state", "id"], name="case_open_state", condition=Q(closed_at__isnull=True)
            ),
            models.Index(fields=["unit", "id"], name="case_unit"),
            models.Index(
                fields=["next_due_at", "next_warn_at"],
                name="case_due",
                condition=Q(next_due_at__isnull=False),
            ),
            models.Index(fields=["received_on", "id"], name="case_received"),
            models.Index(
                fields=["system", "type_key", "lat"],
                name="case_near",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(fields=["root"], name="case_root", condition=Q(root__isnull=False)),
        )
        constraints = (
            models.UniqueConstraint(fields=["number"], name="case_number"),
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True)
                | Q(lon__gte=-180, lon__lte=180, lat__gte=-90, lat__lte=90),
                name="case_position",
            ),
            models.CheckConstraint(condition=Q(waiting_for__gte=0), name="case_waiting"),
            models.CheckConstraint(condition=Q(trace_length__gte=1), name="case_traced"),
        )

    def __str__(self) -> str:
        return self.number


class CaseWords(models.Model):
    """Words that a case is found by: its subject, and what each reporter said (numbers masked).

    ``part`` is ``subject`` or names the report. The index over pairs of characters is an
    expression of ``words`` (migration 0003), so that the two cannot differ.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="words", db_index=False)
    part = models.CharField(max_length=40)
    words = models.TextField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "part"], name="words_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.part}"


class CaseEdge(models.Model):
    """``after`` may start only when ``before`` gave what it needs: a granted result (``licence``)
    or just a decision (``data``). Both are members of one root."""

    before = models.ForeignKey(Case, models.CASCADE, related_name="+")
    after = models.ForeignKey(Case, models.CASCADE, related_name="+")
    kind = models.CharField(
        max_length=8, choices=[("licence", _("证照")), ("data", _("数据"))], default="licence"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["before", "after"], name="edge_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="edge_not_to_itself"),
            models.CheckConstraint(condition=Q(kind__in=["licence", "data"]), name="edge_kind"),
        )

    def __str__(self) -> str:
        return f"{self.before_id} → {self.after_id}"

"""Which case repairs which record, shields of bankrupts, and what copies elsewhere show."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.models import Case
from yishi.foundation.cases.models.case import ChildQuerySet
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.exchange.models import Partner


class RepairedRecord(models.Model):
    """The record that a case is about. ``open`` until the case is decided: a record has one open
    application at a time."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="+")
    record = models.ForeignKey(CreditRecord, models.PROTECT, related_name="+")
    open = models.BooleanField(default=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(open=True), name="repair_of_a_record_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.record_id}"


class Shield(models.Model):
    """A record rests (临时屏蔽) under a court's ruling until the plan fails or is carried out.

    ``before``: the state that publication resumes in.
    """

    FAILED, DONE = "failed", "done"

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="+")
    record = models.ForeignKey(CreditRecord, models.PROTECT, related_name="+")
    court = models.CharField(max_length=80)
    ruling_no = models.CharField(max_length=80)
    ruled_on = models.DateField()
    begun_on = models.DateField()
    before = models.CharField(max_length=12)
    ended_on = models.DateField(null=True)
    ended_how = models.CharField(
        max_length=8,
        blank=True,
        default="",
        choices=[(FAILED, _("计划终止执行")), (DONE, _("计划执行完毕"))],
    )
    ended_by = models.CharField(max_length=80, blank=True, default="")

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"],
                condition=Q(ended_on__isnull=True),
                name="shield_of_a_record_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_how="", ended_by="")
                | Q(ended_on__isnull=False, ended_how__in=["failed", "done"]) & ~Q(ended_by=""),
                name="shield_end",
            ),
            models.CheckConstraint(condition=Q(ruled_on__lte=F("begun_on")), name="shield_begin"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ruling_no}"


class CopyReport(models.Model):
    """What a copy elsewhere shows of a record, as its keeper or somebody else says.

    信用中国 prevails (Order 36): ``ours`` is what this file showed at that moment; where the two
    differ the report stays open until the copy follows.
    """

    record = models.ForeignKey(CreditRecord, models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="+")
    #: Who keeps the copy, where it is no partner.
    site = models.CharField(max_length=80, blank=True, default="")
    shown = models.BooleanField()
    ours = models.BooleanField()
    note = models.CharField(max_length=300, blank=True, default="")
    said_by = models.CharField(max_length=80)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=80, blank=True, default="")
    settled_how = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(partner__isnull=False) | ~Q(site=""), name="copy_of_somebody"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by="")
                | Q(settled_at__isnull=False) & ~Q(settled_by=""),
                name="copy_settled",
            ),
            models.UniqueConstraint(
                fields=["record", "partner"],
                condition=Q(settled_at__isnull=True, partner__isnull=False),
                name="copy_difference_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-at"], name="copy_differences", condition=Q(settled_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.partner_id or self.site}"

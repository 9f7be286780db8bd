"""Rows of item cases that are counted, unique or sealed and do not fit the case."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yishi.foundation.cases.models import Case, ChildQuerySet
from yishi.foundation.places.models import Unit


class Card(models.Model):
    """A yellow or red card (督办单) about a clock of an item: one of a colour for each clock.

    ``reason``: ``warning``, ``overdue`` or ``deemed_renewal``. Rows are only added; overdue is
    never approval.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="approval_cards", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    colour = models.CharField(max_length=8)
    clock = models.CharField(max_length=16)
    reason = models.CharField(max_length=16)
    managed_path = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "clock", "colour"], name="card_once"),
            models.CheckConstraint(
                condition=Q(colour__in=["yellow", "red"]), name="approval_card_colour"
            ),
        )
        indexes = (models.Index(fields=["unit", "at"], name="approval_card_unit"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.clock} {self.colour}"


class Submission(models.Model):
    """What the applicant of a single item said and handed in. ``sealed`` is a token of
    `yishi.foundation.parties.crypto`: the values of the form by field key."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="submission")
    sealed = models.TextField()
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.case_id)

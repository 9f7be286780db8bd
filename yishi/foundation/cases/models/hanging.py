"""What hangs on a case: who has it, by when, what happened, what was shown and said."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.models import User
from yishi.foundation.cases.models.case import Case, ChildQuerySet
from yishi.foundation.papers.models import Attachment
from yishi.foundation.places.models import Unit


class Assignment(models.Model):
    """Who has what to do on a case now, and had before. Work lists are queries over this table."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=16)
    state = models.CharField(max_length=8)
    managed_path = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (
            # With the path in it what waits is counted from the index alone, on every page.
            models.Index(
                fields=["role", "due_at", "id"],
                include=["managed_path"],
                name="work_role",
                condition=Q(state="open"),
            ),
            models.Index(
                fields=["unit", "role", "due_at", "id"], name="work_unit", condition=Q(state="open")
            ),
            models.Index(
                fields=["person", "role", "due_at", "id"],
                name="work_person",
                condition=Q(state="open", person__isnull=False),
            ),
            models.Index(fields=["unit", "case"], name="work_ever_unit"),
            models.Index(
                fields=["person", "case"],
                name="work_ever_person",
                condition=Q(person__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (Q(state="ended") & Q(ended_at__isnull=False)),
                name="assignment_end",
            ),
            models.UniqueConstraint(
                fields=["case", "role", "unit"],
                condition=Q(state="open"),
                name="one_open_assignment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.role} {self.state}"


class Clock(models.Model):
    """A time limit that runs on a case. Lights are derived from it and never stored."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=16)
    limit_text = models.CharField(max_length=40)
    profile = models.CharField(max_length=24)
    calendar_version = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    #: Finished pauses as [[from, to], …], UTC ISO times, disjoint and ascending.
    pauses = models.JSONField(default=list)
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    #: Set by a leader's order: the deadline is never later, whatever extends or pauses it.
    cap_at = models.DateTimeField(null=True)
    extensions = models.SmallIntegerField(default=0)
    provisional = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)
    #: Which notices were sent: 0 none, 1 the warning, 2 that it is overdue.
    warned = models.SmallIntegerField(default=0)
    #: Whether it stopped after its due time; null while it runs. A fact, never edited.
    late = models.BooleanField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["due_at"],
                name="clock_due",
                condition=Q(stopped_at__isnull=True, paused_at__isnull=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, late__isnull=True)
                | Q(stopped_at__isnull=False, late__isnull=False),
                name="clock_stop_fact",
            ),
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(stopped_at__isnull=True),
                name="one_running_clock",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.limit_text}"


class Trace(models.Model):
    """One row of a case's append-only history. ``body`` is what the hash covers.

    ``note`` is free text by an officer; the body holds only its digest, so that it can be erased.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="traces", db_index=False)
    seq = models.IntegerField()
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=64)
    move = models.CharField(max_length=32)
    body = models.BinaryField()
    algorithm = models.CharField(max_length=16)
    hash = models.BinaryField()
    note = models.TextField(blank=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "seq"], name="trace_order"),)
        indexes = (models.Index(fields=["at"], name="trace_at"),)

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.move}"


class IntakeKey(models.Model):
    """A reporter's own key for a report: the same body gets the same answer, another body a 409."""

    channel = models.CharField(max_length=32)
    key = models.CharField(max_length=128)
    body_hash = models.BinaryField(max_length=32)
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["channel", "key"], name="intake_once"),)

    def __str__(self) -> str:
        return f"{self.channel}:{self.key}"


class CasePaper(models.Model):
    """A photo or file on a case, with the step it documents (``before``, ``after`` …)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="papers", db_index=False)
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="+")
    step = models.CharField(max_length=16)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "attachment"], name="paper_once_on_a_case"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.step} {self.attachment_id}"


class Evaluation(models.Model):
    """A rating (GB/T 39046 annex A: 1 very satisfied … 5 very dissatisfied) of one closing."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="evaluations", db_index=False)
    rater_ref = models.CharField(max_length=64)
    round = models.SmallIntegerField(default=1)
    score = models.SmallIntegerField()
    solved = models.BooleanField(null=True)
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "rater_ref", "round"], name="rated_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="score_range"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.score}"


class Exemption(models.Model):
    """A late case that statistics do not count as late: the fact stays on the case, this row is
    added after an appeal was granted, and nothing else reads it.

    ``round``: which handling (reopenings count on) it is about.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="exemptions")
    round = models.SmallIntegerField(default=1)
    reason = models.CharField(max_length=24)
    actor_ref = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case"], name="exempt_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.reason}"

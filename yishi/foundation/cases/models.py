"""Cases and what hangs on them. What only one system needs has a table of that system instead."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.models import User
from yishi.foundation.cases.scope import ScopedQuerySet
from yishi.foundation.papers.models import Attachment
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
                fields=["next_due_at"], name="case_due", condition=Q(next_due_at__isnull=False)
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
    """``after`` may start only when ``before`` has ended; both are members of one root."""

    before = models.ForeignKey(Case, models.CASCADE, related_name="+")
    after = models.ForeignKey(Case, models.CASCADE, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["before", "after"], name="edge_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="edge_not_to_itself"),
        )

    def __str__(self) -> str:
        return f"{self.before_id} → {self.after_id}"


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
            models.Index(
                fields=["role", "due_at", "id"], name="work_role", condition=Q(state="open")
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


class RollUpDelta(models.Model):
    """A change of one cell of the roll-up, written with the case and folded by a worker."""

    day = models.DateField()
    system = models.CharField(max_length=32)
    managed_path = models.CharField(max_length=200)
    type_key = models.CharField(max_length=64)
    unit_id = models.BigIntegerField(default=0)
    stage = models.CharField(max_length=16)
    timeliness = models.CharField(max_length=8, blank=True)
    n = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.stage} {self.n:+d}"


class RollUp(models.Model):
    """How many cases of a day, place, type and unit stand in a stage: the folded deltas."""

    day = models.DateField()
    system = models.CharField(max_length=32)
    managed_path = models.CharField(max_length=200)
    type_key = models.CharField(max_length=64)
    unit_id = models.BigIntegerField(default=0)
    stage = models.CharField(max_length=16)
    timeliness = models.CharField(max_length=8, blank=True)
    n = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=[
                    "day",
                    "system",
                    "managed_path",
                    "type_key",
                    "unit_id",
                    "stage",
                    "timeliness",
                ],
                name="roll_up_cell",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.stage} {self.n}"

"""Records of the credit file, what happened to them, and objections."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.credit.scope import RecordQuerySet

UNPUBLISHED, PUBLISHED, REPAIRED, ENDED, KEPT, SHIELDED, DELETED, REVOKED = (
    "UNPUBLISHED",
    "PUBLISHED",
    "REPAIRED",
    "ENDED",
    "KEPT",
    "SHIELDED",
    "DELETED",
    "REVOKED",
)
STATES = (
    (UNPUBLISHED, _("不公示")),
    (PUBLISHED, _("公示中")),
    (REPAIRED, _("已修复")),
    (ENDED, _("公示期满")),
    (KEPT, _("期满未履行，继续公示")),
    (SHIELDED, _("暂时屏蔽")),
    (DELETED, _("已删除")),
    (REVOKED, _("修复已撤销，恢复公示")),
)
#: States in which a record may be seen by the public, and counts elsewhere.
SHOWN = (PUBLISHED, KEPT, REVOKED)
OVER = (REPAIRED, ENDED, DELETED)
CLASSES = (("light", _("轻微失信")), ("general", _("一般失信")), ("serious", _("严重失信")))


class CreditRules(models.Model):
    """The city's credit files (rules, lists, sources) as they were loaded; never changed."""

    version = models.PositiveIntegerField(unique=True)
    content: Any = models.JSONField()
    hash = models.CharField(max_length=80, unique=True)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"v{self.version}"


class CreditRecord(models.Model):
    """Something that a body recorded of a subject (penalty, listing, false pledge …).

    Names and numbers of people are sealed, those of others public; the hashes are those of
    ``parties``, so that a party that is taken up later finds its records. ``profile`` names the
    rules of publication, ``rules`` the one that was used last (``ndrc36@3``: key and version of the
    city's files). ``visible``: whether the public may see it; ``in_force``: whether it counts
    elsewhere (screening, effects). Both follow from the state and are written with it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    number = models.CharField(max_length=40, unique=True)
    party = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    subject_kind = models.CharField(max_length=20)
    subject_name = models.CharField(max_length=200, blank=True, default="")
    subject_name_enc = models.TextField(blank=True, default="")
    name_hash = models.CharField(max_length=64)
    identifier_kind = models.CharField(max_length=20, blank=True, default="")
    identifier = models.CharField(max_length=40, blank=True, default="")
    identifier_enc = models.TextField(blank=True, default="")
    identifier_hash = models.CharField(max_length=64, blank=True, default="")

    kind = models.CharField(max_length=32)
    list_key = models.CharField(max_length=48, blank=True, default="")
    #: What it counts as in screening (serious_list, judgment_debtor, false_pledge …), or nothing.
    ground = models.CharField(max_length=32, blank=True, default="")
    severity = models.CharField(max_length=8, choices=CLASSES)
    activity = models.CharField(max_length=32, blank=True, default="")
    profile = models.CharField(max_length=48)

    authority = models.CharField(max_length=120)
    #: The unit of this city that recorded it (谁认定、谁修复), if it is one.
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    document_no = models.CharField(max_length=120)
    document_date = models.DateField()
    summary = models.CharField(max_length=400)
    basis = models.CharField(max_length=200, blank=True, default="")
    fine_fen = models.BigIntegerField(null=True)
    #: The case of a system that led to it: ("pledge_licences", case id).
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.BigIntegerField(null=True)
    source = models.ForeignKey("credit.CreditSource", models.PROTECT, related_name="+")

    duty_done_on = models.DateField(null=True)
    #: True: known not to be done (a fine is unpaid); null: nobody knows.
    duty_open = models.BooleanField(null=True)
    published_from = models.DateField(null=True)
    min_end = models.DateField()
    max_end = models.DateField()
    rules = models.CharField(max_length=80)
    state = models.CharField(max_length=12, choices=STATES)
    visible = models.BooleanField()
    in_force = models.BooleanField()
    #: Its period is over with duties undone and no sector rule answers: a person decides.
    asked_at = models.DateTimeField(null=True)
    disputed = models.BooleanField(default=False)
    #: Length and head of the chain of its events, so that a cut tail is found.
    events_length = models.PositiveIntegerField(default=0)
    events_head = models.BinaryField(default=b"")
    simulated = models.BooleanField(default=False)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[Any] = RecordQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[s for s, _label in STATES]), name="credit_record_state"
            ),
            models.CheckConstraint(
                condition=Q(visible=False) | Q(state__in=SHOWN), name="credit_record_visible"
            ),
            models.CheckConstraint(
                condition=Q(in_force=False) | Q(state__in=SHOWN), name="credit_record_in_force"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=["light", "general", "serious"]),
                name="credit_record_class",
            ),
            models.CheckConstraint(
                condition=Q(max_end__gte=F("min_end")), name="credit_record_periods"
            ),
            models.CheckConstraint(
                condition=Q(duty_done_on__isnull=True)
                | Q(duty_open__isnull=True)
                | Q(duty_open=False),
                name="credit_record_duty",
            ),
            models.CheckConstraint(
                condition=Q(subject_kind="person", subject_name="")
                | ~Q(subject_kind="person") & ~Q(subject_name="") & Q(subject_name_enc=""),
                name="credit_record_name_sealed_for_people",
            ),
            models.CheckConstraint(
                condition=Q(identifier_kind="", identifier="", identifier_enc="")
                | Q(identifier_kind__in=["uscc", "org_code", "reg_no"], identifier_enc="")
                & ~Q(identifier="")
                | ~Q(identifier_kind__in=["", "uscc", "org_code", "reg_no"]) & Q(identifier=""),
                name="credit_record_number_sealed_for_people",
            ),
            models.UniqueConstraint(
                fields=["authority", "document_no", "kind", "identifier_hash", "name_hash"],
                condition=~Q(state="DELETED") & ~Q(name_hash=""),
                name="credit_record_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["party", "-document_date"], name="credit_record_party"),
            models.Index(
                fields=["identifier_hash"],
                condition=~Q(identifier_hash=""),
                name="credit_record_number_hash",
            ),
            models.Index(fields=["name_hash"], name="credit_record_name_hash"),
            models.Index(
                fields=["max_end"], condition=Q(state__in=SHOWN), name="credit_record_max_end"
            ),
            models.Index(fields=["-document_date", "-id"], name="credit_record_newest"),
            models.Index(fields=["about_kind", "about_id"], name="credit_record_about"),
        ]

    def __str__(self) -> str:
        return self.number


class RecordEvent(models.Model):
    """Something that happened to a record: chained (SM3), never changed; no personal values."""

    record = models.ForeignKey(CreditRecord, models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    what = models.CharField(max_length=32)
    state = models.CharField(max_length=12)
    body: Any = models.JSONField()
    algorithm = models.CharField(max_length=16)
    hash = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "seq"], name="credit_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.seq} {self.what}"


class Deletion(models.Model):
    """A lawful ground to delete a record, the day it arose, and by when it must be done."""

    record = models.ForeignKey(CreditRecord, models.PROTECT, related_name="deletions")
    ground = models.CharField(max_length=48)
    arose_on = models.DateField()
    due_on = models.DateField()
    reported_by = models.CharField(max_length=80)
    reported_at = models.DateTimeField()
    done_by = models.CharField(max_length=80, blank=True, default="")
    done_at = models.DateTimeField(null=True)
    late = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(done_at__isnull=True), name="credit_deletion_open"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by="", late__isnull=True)
                | Q(done_at__isnull=False, late__isnull=False) & ~Q(done_by=""),
                name="credit_deletion_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.ground}"


class Objection(models.Model):
    """Somebody says that a record is wrong: flagged by ``flag_due``, answered by ``decide_due``."""

    OPEN, UPHELD, REJECTED, WITHDRAWN = "OPEN", "UPHELD", "REJECTED", "WITHDRAWN"
    OUTCOMES = (
        (OPEN, _("处理中")),
        (UPHELD, _("成立")),
        (REJECTED, _("不成立")),
        (WITHDRAWN, _("已撤回")),
    )

    id = models.UUIDField(primary_key=True, editable=False)
    record = models.ForeignKey(CreditRecord, models.PROTECT, related_name="objections")
    party = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    reason_enc = models.TextField(blank=True, default="")
    raised_by = models.CharField(max_length=80)
    raised_at = models.DateTimeField()
    flag_due = models.DateTimeField()
    flagged_at = models.DateTimeField(null=True)
    decide_due = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OUTCOMES, default=OPEN)
    answer = models.CharField(max_length=400, blank=True, default="")
    decided_by = models.CharField(max_length=80, blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(state="OPEN"), name="credit_objection_open"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", decided_at__isnull=True)
                | ~Q(state="OPEN") & Q(decided_at__isnull=False) & ~Q(decided_by=""),
                name="credit_objection_decided",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["decide_due"], condition=Q(state="OPEN"), name="credit_objection_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.state}"

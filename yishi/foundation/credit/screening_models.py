"""Sources of bad-faith data, the lists they give, and the answers of screening."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

OK, DOWN, STALE, GARBLED, NEVER = "ok", "down", "stale", "garbled", "never"
PASS, EXCLUDED, UNKNOWN = "PASS", "EXCLUDED", "UNKNOWN"
OUTCOMES = ((PASS, _("通过")), (EXCLUDED, _("不适用")), (UNKNOWN, _("无法确定")))


class CreditSource(models.Model):
    """Where data of bad faith come from. ``kind``: ``own`` (recorded here), ``list`` (loaded from a
    file, copied here) or ``live`` (asked at the moment of a decision, ``address``).

    ``max_age``: how old what it says may be (null: what is recorded here is always of now).
    ``as_of``: the moment its data describe; ``fetched_at``: when they came.
    """

    STATES = (
        (OK, _("正常")),
        (DOWN, _("中断")),
        (STALE, _("过期")),
        (GARBLED, _("数据异常")),
        (NEVER, _("尚未载入")),
    )

    key = models.SlugField(max_length=48, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(
        max_length=8, choices=[("own", "own"), ("list", "list"), ("live", "live")]
    )
    authority = models.CharField(max_length=120, blank=True, default="")
    address = models.CharField(max_length=300, blank=True, default="")
    lists: Any = models.JSONField(default=list)
    max_age = models.DurationField(null=True)
    as_of = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    version = models.CharField(max_length=80, blank=True, default="")
    rows = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=STATES, default=NEVER)
    state_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[OK, DOWN, STALE, GARBLED, NEVER]), name="credit_source_state"
            ),
            models.CheckConstraint(
                condition=Q(kind="own") | Q(max_age__isnull=False), name="credit_source_max_age"
            ),
            models.CheckConstraint(
                condition=~Q(kind="live") | ~Q(address=""), name="credit_source_address"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class SourceCheck(models.Model):
    """One try to reach a source: during a screening, a retry afterwards, or an import."""

    source = models.ForeignKey(CreditSource, models.CASCADE, related_name="checks")
    at = models.DateTimeField()
    why = models.CharField(max_length=16)
    state = models.CharField(max_length=8)
    milliseconds = models.IntegerField()
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "-at"], name="credit_check_newest")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.at:%F %T} {self.state}"


class ListEntry(models.Model):
    """Somebody on a list that another body keeps, as its file said.

    Slim, for a list has millions: exact search by ``identifier_hash``, near matches by an index of
    names beside the database. ``masked``: a number of which only parts are told.
    """

    source = models.ForeignKey(CreditSource, models.PROTECT, related_name="entries")
    list_key = models.CharField(max_length=48)
    ground = models.CharField(max_length=32)
    external_id = models.CharField(max_length=80)
    person = models.BooleanField()
    name = models.CharField(max_length=200, blank=True, default="")
    name_enc = models.TextField(blank=True, default="")
    name_hash = models.CharField(max_length=64)
    identifier_kind = models.CharField(max_length=20, blank=True, default="")
    identifier_hash = models.CharField(max_length=64, blank=True, default="")
    #: Full numbers are kept too (people's sealed), so that hashes can be made anew with the keys.
    identifier = models.CharField(max_length=40, blank=True, default="")
    identifier_enc = models.TextField(blank=True, default="")
    masked = models.CharField(max_length=40, blank=True, default="")
    authority = models.CharField(max_length=120, blank=True, default="")
    document_no = models.CharField(max_length=120, blank=True, default="")
    listed_on = models.DateField()
    ends_on = models.DateField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_why = models.CharField(max_length=48, blank=True, default="")
    loaded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=Q(removed_at__isnull=True),
                name="credit_entry_once",
            ),
            models.CheckConstraint(
                condition=Q(person=True, name="", identifier="")
                | Q(person=False, name_enc="", identifier_enc="") & ~Q(name=""),
                name="credit_entry_sealed_for_people",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("listed_on")),
                name="credit_entry_days",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["identifier_hash"],
                condition=~Q(identifier_hash="") & Q(removed_at__isnull=True),
                name="credit_entry_number",
            ),
            models.Index(
                fields=["name_hash"],
                condition=Q(removed_at__isnull=True),
                name="credit_entry_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_key} {self.external_id}"


class Screening(models.Model):
    """A stored answer: who was asked about, for what, what every source said and when.

    ``subjects``: references only, ``[{"role", "party", "key"}]``; ``reasons``:
    ``[{"code", "text", "source", "at", …}]``; ``sources``: ``[{"key", "state", "as_of", "version",
    "asked_at", "milliseconds", "attempts": […]}]``. ``decision``: the rule with its conditions.
    """

    party = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(max_length=120)
    outcome = models.CharField(max_length=8, choices=OUTCOMES)
    subjects: Any = models.JSONField()
    policy: Any = models.JSONField()
    reasons: Any = models.JSONField()
    sources: Any = models.JSONField()
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    decision = models.ForeignKey("rulebook.Decision", models.PROTECT, null=True, related_name="+")
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=[PASS, EXCLUDED, UNKNOWN]), name="credit_screening_outcome"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["party", "-at"], name="credit_screening_party"),
            models.Index(fields=["-at", "-id"], name="credit_screening_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.outcome}"


class NearMatch(models.Model):
    """A listed name that is like a subject's: a person looks whether it is the same.

    Its answer holds for this subject and this listing from then on. ``DISTINCT`` was seen by itself
    from a different number; it is only kept for the record.
    """

    OPEN, SAME, DIFFERENT, DISTINCT = "OPEN", "SAME", "DIFFERENT", "DISTINCT"
    STATES = (
        (OPEN, _("待核对")),
        (SAME, _("是同一主体")),
        (DIFFERENT, _("不是同一主体")),
        (DISTINCT, _("号码不同，仅记录")),
    )

    #: ``party:<id>``, or a keyed hash of name and number of somebody without a file.
    subject_key = models.CharField(max_length=80)
    party = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    #: What was stated, sealed: whoever answers must see it.
    subject_enc = models.TextField(blank=True, default="")
    record = models.ForeignKey("credit.CreditRecord", models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey(ListEntry, models.PROTECT, null=True, related_name="+")
    screening = models.ForeignKey(Screening, models.PROTECT, null=True, related_name="near")
    score = models.FloatField()
    why: Any = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=STATES, default=OPEN)
    created_at = models.DateTimeField()
    answered_by = models.CharField(max_length=80, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(record__isnull=True, entry__isnull=False)
                | Q(record__isnull=False, entry__isnull=True),
                name="credit_near_of_one",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "DISTINCT"], answered_at__isnull=True)
                | Q(state__in=["SAME", "DIFFERENT"], answered_at__isnull=False)
                & ~Q(answered_by=""),
                name="credit_near_answered",
            ),
            models.UniqueConstraint(
                fields=["subject_key", "record"],
                condition=Q(record__isnull=False),
                name="credit_near_record_once",
            ),
            models.UniqueConstraint(
                fields=["subject_key", "entry"],
                condition=Q(entry__isnull=False),
                name="credit_near_entry_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=Q(state="OPEN"), name="credit_near_open")
        ]

    def __str__(self) -> str:
        return f"{self.subject_key} {self.state}"


class ListImport(models.Model):
    """A file of a list that was taken in: how many rows, and which were refused and why."""

    source = models.ForeignKey(CreditSource, models.PROTECT, related_name="imports")
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    as_of = models.DateTimeField()
    whole = models.BooleanField()
    rows = models.IntegerField()
    added = models.IntegerField()
    changed = models.IntegerField()
    removed = models.IntegerField()
    refused: Any = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at"], name="credit_import_newest")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.at:%F %T}"

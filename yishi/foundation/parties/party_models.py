"""People and organisations: one file for each (一人一档、一企一档), and what it is found by.

A record that turned out to be another's double is not rewritten: its ``file`` points to the record
that is kept, and everything that hangs on either is read by ``file``. Undoing a merge gives the
pointers back.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

PERSON = "person"
ORGANISATION = "organisation"
INDIVIDUAL_BUSINESS = "individual_business"
KINDS = ((PERSON, _("自然人")), (ORGANISATION, _("组织")), (INDIVIDUAL_BUSINESS, _("个体工商户")))

ACTIVE, ENDED, ERASED = "active", "ended", "erased"
STATES = ((ACTIVE, _("存续")), (ENDED, _("终止")), (ERASED, _("已删除个人信息")))


class Party(models.Model):
    """A person, an organisation or an individual business.

    Names of people are sealed (``name_enc``), those of others are public (``name``). ``name_hash``
    is the keyed hash of the name's compared form. ``legal_kind`` is what catalogues call the
    audience (enterprise, institution …). ``ended_on``: death, cancellation, absorption.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=20, choices=KINDS)
    legal_kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200, blank=True, default="")
    name_enc = models.TextField(blank=True, default="")
    name_hash = models.CharField(max_length=64)
    name_since = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=STATES, default=ACTIVE)
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=200, blank=True, default="")
    #: The record that is kept, its own id unless it was merged into another.
    file = models.ForeignKey("self", models.PROTECT, related_name="records")
    #: Made up for the demo (模拟): pages say so.
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name_hash"], name="party_name_hash"),
            models.Index(
                fields=["name"],
                opclasses=["text_pattern_ops"],
                name="party_name",
                condition=~Q(name=""),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(kind=PERSON, name="") & (~Q(name_enc="") | Q(state=ERASED)))
                | (~Q(kind=PERSON) & ~Q(name="") & Q(name_enc="")),
                name="party_name_sealed_for_people",
            ),
            models.CheckConstraint(
                condition=Q(state=ACTIVE, ended_on__isnull=True)
                | Q(state=ENDED, ended_on__isnull=False)
                | Q(state=ERASED, kind=PERSON),
                name="party_end",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[PERSON, ORGANISATION, INDIVIDUAL_BUSINESS]),
                name="party_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_person(self) -> bool:
        return self.kind == PERSON


class Identifier(models.Model):
    """A number that says who a party is, and until when it did.

    Numbers of organisations are public (``value``), those of people sealed (``value_enc``).
    ``value_hash`` covers kind and number (for 工商注册号 also the name, which alone never counts).
    A number belongs to one party at a time.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=40, blank=True, default="")
    value_enc = models.TextField(blank=True, default="")
    value_hash = models.CharField(max_length=64)
    #: How it is known: ``declared`` by whoever applied, ``real_name`` checked, from a ``registry``.
    source = models.CharField(max_length=12)
    valid_from = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "value_hash"],
                condition=Q(ended_on__isnull=True),
                name="identifier_of_one_party",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["uscc", "org_code", "reg_no"], value_enc="") & ~Q(value="")
                | ~Q(kind__in=["uscc", "org_code", "reg_no"]) & Q(value="") & ~Q(value_enc=""),
                name="identifier_sealed_for_people",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["declared", "real_name", "registry"]),
                name="identifier_source",
            ),
            models.CheckConstraint(condition=~Q(value_hash=""), name="identifier_hashed"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["value_hash"], name="identifier_hash"),
            models.Index(fields=["value"], name="identifier_value", condition=~Q(value="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Alias(models.Model):
    """Another name: a former one with the days it was borne, or one that is used beside."""

    FORMER, OTHER = "former", "other"

    id = models.UUIDField(primary_key=True, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="aliases")
    kind = models.CharField(max_length=8, choices=[(FORMER, _("曾用名")), (OTHER, _("别名"))])
    name = models.CharField(max_length=200, blank=True, default="")
    name_enc = models.TextField(blank=True, default="")
    name_hash = models.CharField(max_length=64)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    recorded_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(name="") & ~Q(name_enc="") | ~Q(name="") & Q(name_enc=""),
                name="alias_has_one_name",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="alias_days",
            ),
            models.CheckConstraint(
                condition=Q(kind="other") | Q(kind="former", valid_to__isnull=False),
                name="alias_former_ended",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["name_hash"], name="alias_name_hash")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PartyMerge(models.Model):
    """Two records that were one: which pointers moved, by whom and why; undone by the same list."""

    kept = models.ForeignKey(Party, models.CASCADE, related_name="+")
    merged = models.ForeignKey(Party, models.CASCADE, related_name="+")
    #: Ids of the records whose ``file`` this merge moved from ``merged`` to ``kept``.
    moved: Any = models.JSONField()
    reason = models.CharField(max_length=200)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    undone_by = models.CharField(max_length=64, blank=True, default="")
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_of_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="merge_reason"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="")
                | (Q(undone_at__isnull=False) & ~Q(undone_by="") & ~Q(undo_reason="")),
                name="merge_undone",
            ),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="merged_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}"


class Succession(models.Model):
    """A party that took over another's rights and duties (民法典 art. 67: 合并、分立; 1121: 继承).

    Both stay parties of their own; certificates do not pass by themselves, cases are seen by both.
    """

    ABSORBED, MERGED, SPLIT, DIVIDED = "absorbed", "merged", "split", "divided"
    WAYS = (
        (ABSORBED, _("吸收合并")),
        (MERGED, _("新设合并")),
        (SPLIT, _("解散分立")),
        (DIVIDED, _("存续分立")),
    )

    predecessor = models.ForeignKey(Party, models.CASCADE, related_name="successions")
    successor = models.ForeignKey(Party, models.CASCADE, related_name="predecessors")
    way = models.CharField(max_length=8, choices=WAYS)
    on = models.DateField()
    basis = models.CharField(max_length=200)
    recorded_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succeeded_once"),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="succession_of_two"
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="succession_basis"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"

"""Sources of facts, what they delivered, what was refused, snapshots, and corrections asked for.

Deliveries and snapshots are immutable: triggers refuse to change or delete them, their bytes lie
below ``settings.YISHI_MEDIA`` under their SHA-256. Facts are about enterprises and are known by
their 统一社会信用代码; nothing here names a person.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.facts.scope import CorrectionQuerySet, DeliveryQuerySet, RejectedQuerySet
from yishi.foundation.places.models import Unit

CODE_LENGTH = 18


class Source(models.Model):
    """A department's data: which facts it answers for, how they come and how old they may be.

    ``columns`` are the declarations of its facts by name, as `rulebook.content` stores them.
    ``names`` says that it also gives the registered name of each party. ``complete`` says that its
    whole deliveries name everybody there is: whom one leaves out has none of it (no, 0, not
    recognised), as of that delivery. Without it nothing is known of whom it leaves out. ``query``
    is the SQL of a source that is asked; where to ask is the installation's secret (`sqlsource`).
    """

    class Kind(models.TextChoices):
        """How deliveries usually come; an officer of the unit may always upload a file."""

        CSV = "csv", _("CSV 文件")
        XLSX = "xlsx", _("Excel 文件")
        SQL = "sql", _("数据库查询")
        API = "api", _("接口推送")

    class State(models.TextChoices):
        """What happened last; whether its data are too old is seen from their time."""

        NEVER = "never", _("未交付")
        OK = "ok", _("正常")
        FAILED = "failed", _("上次交付未成功")

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.CSV)
    columns = models.JSONField(default=dict)
    names = models.BooleanField(default=False)
    complete = models.BooleanField(default=False)
    query = models.TextField(blank=True)
    max_age = models.DurationField(null=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.NEVER)
    state_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    #: The moment of the newest data, and how many parties the last whole delivery was about.
    as_of = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["csv", "xlsx", "sql", "api"]), name="fact_source_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["never", "ok", "failed"]), name="fact_source_state"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """What a source said as of a moment. Immutable.

    ``whole``: of whom it says nothing, nothing is known; else it only adds to and replaces what was
    said before, and only in its own ``columns``. ``sha256`` is of the bytes as they came,
    ``content`` of the accepted rows as stored in ``file``.
    """

    class Kind(models.TextChoices):
        """How it came."""

        CSV = "csv", _("CSV 文件")
        XLSX = "xlsx", _("Excel 文件")
        SQL = "sql", _("数据库查询")
        API = "api", _("接口推送")
        CORRECTION = "fix", _("更正")
        SIMULATED = "sim", _("模拟数据")

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    whole = models.BooleanField()
    as_of = models.DateTimeField()
    received_at = models.DateTimeField()
    rows = models.IntegerField()
    rejected = models.IntegerField()
    columns = models.JSONField()
    sha256 = models.CharField(max_length=64)
    content = models.CharField(max_length=64)
    file = models.CharField(max_length=80)
    file_name = models.CharField(max_length=200, blank=True)
    simulated = models.BooleanField(default=False)
    delivered_by = models.CharField(max_length=80)

    objects: ClassVar[Any] = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # The same file for another moment is another statement: "still so".
            models.UniqueConstraint(
                fields=["source", "sha256", "as_of", "whole"], name="fact_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(rows__gte=0, rejected__gte=0), name="fact_delivery_counts"
            ),
            models.CheckConstraint(
                condition=Q(as_of__lte=F("received_at")), name="fact_delivery_not_of_tomorrow"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "as_of", "id"], name="fact_delivery_order")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.as_of:%Y-%m-%d}"


class RejectedRow(models.Model):
    """A row, or a field of it, that was not taken, and why. ``line`` as the file counts."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="+")
    line = models.IntegerField()
    field = models.CharField(max_length=64)
    value = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200)

    objects: ClassVar[Any] = RejectedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(line__gte=1), name="fact_rejected_line"),
            models.CheckConstraint(condition=~Q(reason=""), name="fact_rejected_reason"),
        ]
        indexes: ClassVar = [models.Index(fields=["delivery", "line"], name="fact_rejected_order")]

    def __str__(self) -> str:
        return f"{self.line} {self.field}"


class Snapshot(models.Model):
    """All that was known at a moment, one row for each party, in a Parquet file. Immutable.

    ``hash`` is the SHA-256 of the file's bytes; ``recipe`` that of what it was made from: the same
    deliveries under the same declarations are the same snapshot (other ones may say the same, and
    share the file). ``facts`` are the declarations.
    """

    hash = models.CharField(max_length=64, db_index=True)
    recipe = models.CharField(max_length=64, unique=True)
    taken_at = models.DateTimeField()
    rows = models.IntegerField()
    file = models.CharField(max_length=80)
    size = models.BigIntegerField()
    facts = models.JSONField()
    calendar_version = models.CharField(max_length=64, blank=True)
    simulated = models.BooleanField(default=False)
    #: Set where only those parties stand in it whose facts changed since that snapshot.
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    deliveries: Any = models.ManyToManyField(
        Delivery, through="SnapshotDelivery", related_name="snapshots"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rows__gte=0, size__gte=0), name="snapshot_counts")
        ]

    def __str__(self) -> str:
        return self.hash[:12]


class SnapshotDelivery(models.Model):
    """A delivery that a snapshot was made from."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["snapshot", "delivery"], name="snapshot_delivery_once")
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.delivery_id}"


class Correction(models.Model):
    """An enterprise says that a fact about it is wrong: a task for the data's owner.

    Values are in the stored form of the fact's type, null is "not there". An upheld correction is
    delivered at once (``delivery``), so that the next snapshot has it.
    """

    class State(models.TextChoices):
        """``OPEN`` waits for the data's owner."""

        OPEN = "open", _("待核实")
        UPHELD = "upheld", _("已更正")
        REJECTED = "rejected", _("核实无误，未更正")
        WITHDRAWN = "withdrawn", _("已撤回")

    party_code = models.CharField(max_length=CODE_LENGTH)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    fact = models.CharField(max_length=64)
    seen: Any = models.JSONField(null=True)
    seen_as_of = models.DateTimeField(null=True)
    claimed: Any = models.JSONField(null=True)
    reason = models.CharField(max_length=500)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[Any] = CorrectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None, answer="", delivery=None)
                | Q(state="upheld", answered_at__isnull=False, delivery__isnull=False)
                | Q(state="rejected", answered_at__isnull=False, delivery=None) & ~Q(answer="")
                | Q(state="withdrawn", answered_at__isnull=False, delivery=None),
                name="fact_correction_answered",
            ),
            models.UniqueConstraint(
                fields=["party_code", "fact"],
                condition=Q(state="open"),
                name="fact_correction_open_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["source", "due_at"], name="fact_correction_due", condition=Q(state="open")
            ),
            models.Index(fields=["party_code"], name="fact_correction_party"),
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.state}"

"""What bank and treasury say about payments, entry by entry, and what nobody could place."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.loud import LoudQuerySet
from yishi.systems.direct_benefits.payments.order_models import PaymentLine, of_unit


class ReceiptQuerySet(LoudQuerySet["Receipt"]):
    def allowed(self, actor: Actor) -> Q:
        """What one's finance unit took in."""
        return of_unit(actor)


class ReceiptEntryQuerySet(LoudQuerySet["ReceiptEntry"]):
    def allowed(self, actor: Actor) -> Q:
        """What stands in the receipts of one's unit."""
        return of_unit(actor, "receipt__")


class Receipt(models.Model):
    """A file as a finance unit took it in (sealed: it names accounts). ``message_id`` is the
    sender's; what it says of another unit's payments concerns that unit, which gets its own."""

    PAIN_002, CAMT_053, CAMT_054, TREASURY = "pain.002", "camt.053", "camt.054", "treasury"
    KINDS = (
        (PAIN_002, _("支付状态报告 pain.002")),
        (CAMT_053, _("账户对账单 camt.053")),
        (CAMT_054, _("借贷记通知 camt.054")),
        (TREASURY, _("国库支付结果表")),
    )

    kind = models.CharField(max_length=8, choices=KINDS)
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    message_id = models.CharField(max_length=70)
    sha256 = models.CharField(max_length=64)
    content_enc = models.TextField()
    received_by = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    #: Entries by outcome.
    counts = models.JSONField(default=dict)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "message_id", "unit"], nulls_distinct=False, name="receipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class ReceiptEntry(models.Model):
    """One thing that was said. What cannot be placed waits in the queue until a person says what
    it is; ``same`` keeps one thing that several files say from waiting twice."""

    ACCEPTED, REJECTED, BOOKED, RETURNED = "accepted", "rejected", "booked", "returned"
    WHATS = (
        (ACCEPTED, _("已受理")),
        (REJECTED, _("被拒绝")),
        (BOOKED, _("已到账")),
        (RETURNED, _("已退回")),
    )
    APPLIED, KNOWN, QUEUED, RESOLVED = "applied", "known", "queued", "resolved"
    OUTCOMES = (
        (APPLIED, _("已登记")),
        (KNOWN, _("已知")),
        (QUEUED, _("待人工处理")),
        (RESOLVED, _("已处理")),
    )
    UNKNOWN, AMOUNT, CONTRADICTION, DOUBLE = "unknown", "amount", "contradiction", "double"
    PROBLEMS = (
        (UNKNOWN, _("找不到对应的支付")),
        (AMOUNT, _("金额与支付单不符")),
        (CONTRADICTION, _("前后回单矛盾")),
        (DOUBLE, _("疑似重复支付")),
    )

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="entries")
    position = models.IntegerField()
    what = models.CharField(max_length=8, choices=WHATS)
    end_to_end_id = models.CharField(max_length=70, blank=True, default="")
    bank_ref = models.CharField(max_length=70, blank=True, default="")
    amount_fen = models.BigIntegerField(null=True)
    on = models.DateField(null=True)
    reason_code = models.CharField(max_length=10, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    line = models.ForeignKey(PaymentLine, models.PROTECT, null=True, related_name="entries")
    outcome = models.CharField(max_length=8, choices=OUTCOMES)
    problem = models.CharField(max_length=13, choices=PROBLEMS, blank=True, default="")
    same = models.CharField(max_length=64, blank=True, default="")
    resolved_by = models.CharField(max_length=64, blank=True, default="")
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=200, blank=True, default="")

    objects = ReceiptEntryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["receipt", "position"], name="receipt_entry_position"),
            models.UniqueConstraint(
                fields=["same"], condition=~Q(same=""), name="receipt_entry_queued_once"
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["queued", "resolved"]) | ~Q(problem=""),
                name="receipt_entry_problem",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="resolved") | (~Q(resolved_by="") & ~Q(resolution="")),
                name="receipt_entry_resolved",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="receipt_entry_queue", condition=Q(outcome="queued")),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.end_to_end_id}"

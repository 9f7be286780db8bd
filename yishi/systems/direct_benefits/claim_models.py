"""Objections to a payout, and what is claimed back: their rows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.models import ChildQuerySet

PAYOUT = "direct_benefits.Payout"


class PayoutChildQuerySet(ChildQuerySet):
    """Rows of a payout: whoever sees its case sees them."""

    case_path = "payout__case"


class Objection(models.Model):
    """异议: somebody says that a party on the notice does not qualify. It stops that party only.

    ``sealed``: name, contact and words of whoever objects (a token of ``parties.crypto``), erased
    with the case.
    """

    OPEN, UPHELD, REJECTED = "open", "upheld", "rejected"
    STATES = ((OPEN, _("核实中")), (UPHELD, _("异议成立")), (REJECTED, _("异议不成立")))

    number = models.CharField(max_length=32, unique=True)
    payout = models.ForeignKey(PAYOUT, models.CASCADE, related_name="objections")
    sealed = models.TextField()
    state = models.CharField(max_length=8, choices=STATES, default=OPEN)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True, default="")
    finding = models.CharField(max_length=500, blank=True, default="")

    objects: ClassVar[Any] = PayoutChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (
                    Q(state__in=["upheld", "rejected"], decided_at__isnull=False)
                    & ~Q(finding="")
                    & ~Q(decided_by="")
                ),
                name="objection_decided",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="objection_open", condition=Q(state="open")),
            models.Index(fields=["payout", "state"], name="objection_of_payout"),
        )

    def __str__(self) -> str:
        return self.number


class Clawback(models.Model):
    """追回: notice, hearing of views, decision, repayment by a plan. Whoever erred is on record;
    a credit record follows fraud only, never an error of the administration.

    ``views_sealed``: what the party said (a token). ``plan``: ``[{"due": day, "fen": n}, …]``.
    """

    GROUNDS = (
        ("false_data", _("提供虚假材料")),
        ("recognition_withdrawn", _("认定被撤销")),
        ("wrong_data", _("数据错误")),
        ("duplicate", _("重复兑现")),
        ("relocation", _("承诺期内迁出")),
    )
    ERRED = (("party", _("企业")), ("administration", _("行政机关")), ("nobody", _("无过错")))
    NOTICED, DECIDED, REPAID, DROPPED = "noticed", "decided", "repaid", "dropped"
    STATES = (
        (NOTICED, _("已告知，听取意见")),
        (DECIDED, _("已决定追回")),
        (REPAID, _("已退还")),
        (DROPPED, _("不予追回")),
    )

    number = models.CharField(max_length=32, unique=True)
    payout = models.ForeignKey(PAYOUT, models.CASCADE, related_name="clawbacks")
    ground = models.CharField(max_length=24, choices=GROUNDS)
    erred = models.CharField(max_length=16, choices=ERRED)
    facts = models.CharField(max_length=1000)
    basis = models.CharField(max_length=200)
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=STATES, default=NOTICED)
    noticed_at = models.DateTimeField()
    views_until = models.DateTimeField()
    views_sealed = models.TextField(blank=True, default="")
    views_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True, default="")
    decision = models.CharField(max_length=1000, blank=True, default="")
    plan = models.JSONField(default=list)
    repaid_fen = models.BigIntegerField(default=0)
    repaid_at = models.DateTimeField(null=True)
    credit_record = models.UUIDField(null=True)

    objects: ClassVar[Any] = PayoutChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["payout"],
                condition=Q(state__in=["noticed", "decided"]),
                name="clawback_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, repaid_fen__gte=0, repaid_fen__lte=F("amount_fen")),
                name="clawback_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(state="repaid") | Q(repaid_fen=F("amount_fen")),
                name="clawback_repaid_whole",
            ),
            models.CheckConstraint(
                condition=Q(credit_record__isnull=True) | Q(ground="false_data", erred="party"),
                name="clawback_credit_for_fraud_only",
            ),
        )

    def __str__(self) -> str:
        return self.number


class Repayment(models.Model):
    """Money that came back, or was set off against another payout of the same party."""

    MONEY, SET_OFF = "money", "set_off"
    KINDS = ((MONEY, _("缴回")), (SET_OFF, _("抵扣")))

    clawback = models.ForeignKey(Clawback, models.CASCADE, related_name="repayments")
    kind = models.CharField(max_length=8, choices=KINDS)
    fen = models.BigIntegerField()
    #: The bank's or treasury's number of the receipt, or the payout it was set off against.
    key = models.CharField(max_length=64, unique=True)
    against = models.ForeignKey(PAYOUT, models.PROTECT, null=True, related_name="+")
    law = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(fen__gt=0), name="repayment_amount"),
            models.CheckConstraint(
                condition=Q(kind="money", against__isnull=True)
                | (Q(kind="set_off", against__isnull=False) & ~Q(law="")),
                name="repayment_set_off_by_law",
            ),
        )

    def __str__(self) -> str:
        return self.key

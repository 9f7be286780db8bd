"""What a case cannot hold: batches with counters, payouts, objections, clawbacks, earlier payments.

Nobody is paid twice for one (item, party, period): the database refuses the second live payout
(``payout_once``), and a payout where a payment before the platform is on record (a trigger).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.access.loud import LoudQuerySet
from yishi.foundation.cases.models import Case, ChildQuerySet
from yishi.foundation.parties.models import Party
from yishi.foundation.places.models import Unit
from yishi.systems.direct_benefits.claim_models import Clawback, Objection, Repayment
from yishi.systems.direct_benefits.states import BATCH_STATES, CHECKER, MAKER, STATES, VOID

__all__ = ["Batch", "Clawback", "Objection", "Payout", "PriorPayment", "Repayment"]


class BatchQuerySet(LoudQuerySet["Batch"]):
    """Batches of one's unit; finance sees what every department asks for."""

    def allowed(self, actor: Actor) -> Q:
        """The batches that *actor* may see."""
        if actor.kind == "system" or actor.has(MAKER, CHECKER):
            return Q()
        units = [grant.unit_id for grant in actor.with_reach(Reach.UNIT) if grant.unit_id]
        condition = Q(unit_id__in=units)
        for grant in actor.with_reach(Reach.SCOPE):
            condition |= Q(managed_path=grant.scope)
            condition |= Q(managed_path__startswith=grant.scope + "/")
        return condition


class Batch(models.Model):
    """Payouts of one item and period that go together, from one run over one snapshot.

    ``counts`` and ``totals``: payouts and fen by state, moved in the transaction of each move.
    ``item_version``, ``snapshot_hash`` and ``calendar_version`` are frozen: what is corrected
    later comes in a supplementary batch. ``notice_until`` is the last instant of the notice.
    """

    FIRST, SUPPLEMENTARY = "first", "supplementary"
    KINDS = ((FIRST, _("首批")), (SUPPLEMENTARY, _("补充批次")))

    number = models.CharField(max_length=32, unique=True)
    item_key = models.CharField(max_length=120)
    item_version = models.ForeignKey(
        "benefit_policies.ItemVersion", models.PROTECT, related_name="+"
    )
    item_name = models.CharField(max_length=200)
    period = models.CharField(max_length=16)
    area = models.CharField(max_length=64, blank=True, default="")
    managed_path = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=KINDS, default=FIRST)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="supplements")
    run = models.ForeignKey("benefit_runs.Run", models.PROTECT, null=True, related_name="+")
    snapshot_hash = models.CharField(max_length=64)
    calendar_version = models.CharField(max_length=64)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    budget_line = models.ForeignKey(
        "ledger.BudgetLine", models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(max_length=16, choices=list(BATCH_STATES.items()), default="listed")
    counts = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    notice_days = models.IntegerField(null=True)
    notice_mode = models.CharField(max_length=10, blank=True, default="")
    notice_from = models.DateTimeField(null=True)
    notice_until = models.DateTimeField(null=True)
    notice_number = models.CharField(max_length=40, blank=True, default="")
    #: Code of the numbered paper (``papers.issuing``).
    notice_code = models.CharField(max_length=20, blank=True, default="")
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=64)
    #: When the department should have confirmed, and finance paid (last instants).
    review_due = models.DateTimeField()
    pay_due = models.DateTimeField(null=True)
    #: Which due time was reminded of, ``{"review": at, …}``: once each.
    reminded = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    #: Why the granted sums are smaller than the claims: claimed and available fen, if they were.
    short = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)

    objects: ClassVar[Any] = BatchQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item_key", "period", "area"],
                condition=Q(kind="first"),
                name="batch_first_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="first", parent__isnull=True)
                | Q(kind="supplementary", parent__isnull=False),
                name="batch_parent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(BATCH_STATES)),
                name="batch_state",
            ),
            models.CheckConstraint(
                condition=Q(notice_from__isnull=True, notice_until__isnull=True)
                | Q(notice_until__gt=F("notice_from")),
                name="batch_notice_days",
            ),
        )
        indexes = (
            models.Index(fields=["unit", "-opened_at"], name="batch_of_unit"),
            models.Index(fields=["item_key", "period"], name="batch_of_item"),
            models.Index(fields=["notice_until"], name="batch_notice_end"),
        )

    def __str__(self) -> str:
        return self.number


class Payout(models.Model):
    """What one party gets of one item for one period.

    ``award_fen``: by the rule; ``claim_fen``: less what stacking and caps take; ``amount_fen``:
    what the budget gives (the same unless it is short); ``paid_fen``: what the bank booked less
    what it returned. ``state`` is the case's. ``shares``: who bears it, ``{"city": fen, …}``.
    ``reason`` with its code: why it was struck, held or suspended.
    """

    case = models.OneToOneField(Case, models.CASCADE, related_name="payout")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="payouts")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    item_key = models.CharField(max_length=120)
    #: ``lifetime`` for what a party gets once; the batch says for which year.
    period = models.CharField(max_length=16)
    #: Items of which the better one is paid (从高不重复), and the year in which they count.
    stack_group = models.CharField(max_length=80, blank=True, default="")
    candidate = models.ForeignKey(
        "benefit_runs.Candidate", models.PROTECT, null=True, related_name="+"
    )
    award_fen = models.BigIntegerField()
    claim_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField(default=0)
    set_off_fen = models.BigIntegerField(default=0)
    shares = models.JSONField(default=dict)
    state = models.CharField(max_length=20)
    reason_code = models.CharField(max_length=24, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    account = models.ForeignKey(
        "benefit_payments.PayeeAccount", models.PROTECT, null=True, related_name="+"
    )
    #: How many payment orders it was in.
    attempts = models.IntegerField(default=0)
    reserved = models.BooleanField(default=False)
    #: ``run`` or ``added`` by the department.
    source = models.CharField(max_length=8, default="run")
    #: The day of the fact that the benefit follows from (recognition, purchase …).
    fact_on = models.DateField(null=True)
    listed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item_key", "party", "period"],
                condition=~Q(state__in=sorted(VOID)),
                name="payout_once",
            ),
            models.CheckConstraint(condition=Q(state__in=sorted(STATES)), name="payout_state"),
            models.CheckConstraint(
                condition=Q(
                    claim_fen__gte=0,
                    amount_fen__gte=0,
                    amount_fen__lte=F("claim_fen"),
                    claim_fen__lte=F("award_fen"),
                ),
                name="payout_amounts",
            ),
            models.CheckConstraint(
                condition=Q(
                    paid_fen__gte=0,
                    set_off_fen__gte=0,
                    paid_fen__lte=F("amount_fen") - F("set_off_fen"),
                ),
                name="payout_not_overpaid",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "done"]) | Q(paid_at__isnull=False),
                name="payout_paid_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["struck", "held", "declined"]) | ~Q(reason=""),
                name="payout_reason",
            ),
        )
        indexes = (
            models.Index(fields=["batch", "state", "id"], name="payout_of_batch"),
            models.Index(fields=["party", "-listed_at"], name="payout_of_party"),
            models.Index(
                fields=["party", "stack_group"],
                name="payout_of_stack",
                condition=~Q(stack_group=""),
            ),
            models.Index(fields=["state", "published_at"], name="payout_published"),
        )

    def __str__(self) -> str:
        return f"{self.item_key} {self.period} {self.state}"


class PriorPayment(models.Model):
    """What was paid before the platform, as the department's own list says (imported)."""

    item_key = models.CharField(max_length=120)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    period = models.CharField(max_length=16)
    stack_group = models.CharField(max_length=80, blank=True, default="")
    amount_fen = models.BigIntegerField()
    paid_on = models.DateField()
    source = models.CharField(max_length=120)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item_key", "party", "period"], name="prior_payment_once"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="prior_payment_amount"),
        )
        indexes = (models.Index(fields=["party", "stack_group"], name="prior_of_stack"),)

    def __str__(self) -> str:
        return f"{self.item_key} {self.period}"

"""Payment orders and their lines: made by one person, checked by another, then unchangeable."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.loud import LoudQuerySet
from yishi.foundation.parties.models import Party
from yishi.systems.direct_benefits.payments.account_models import PayeeAccount, PayingAccount
from yishi.systems.direct_benefits.payments.roles import FINANCE


def of_unit(actor: Actor, path: str = "") -> Q:
    """The orders of the finance units that *actor* works for."""
    if actor.kind == "system":
        return Q()
    units = {grant.unit_id for grant in actor.grants if grant.role in FINANCE}
    condition = Q(**{f"{path}unit_id__in": [unit for unit in units if unit is not None]})
    return condition | Q(**{f"{path}unit__isnull": True}) if None in units else condition


class PaymentOrderQuerySet(LoudQuerySet["PaymentOrder"]):
    def allowed(self, actor: Actor) -> Q:
        return of_unit(actor)


class PaymentLineQuerySet(LoudQuerySet["PaymentLine"]):
    def allowed(self, actor: Actor) -> Q:
        """The lines of one's unit; a party those that go to it."""
        if actor.party_ids:
            return Q(party__file_id__in=actor.party_ids)
        return of_unit(actor, "order__")


class PaymentOrder(models.Model):
    """An order (拨付单). ``content_hash`` is over its lines as they were checked."""

    DRAFT, CHECKED, SENT, SETTLED, CANCELLED = "draft", "checked", "sent", "settled", "cancelled"
    STATES = (
        (DRAFT, _("待复核")),
        (CHECKED, _("已复核待发送")),
        (SENT, _("已发送")),
        (SETTLED, _("已清结")),
        (CANCELLED, _("已作废")),
    )

    number = models.CharField(max_length=35, unique=True)
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    payer = models.ForeignKey(PayingAccount, models.PROTECT, related_name="orders")
    state = models.CharField(max_length=9, choices=STATES, default=DRAFT)
    purpose = models.CharField(max_length=100)
    count = models.IntegerField()
    total_fen = models.BigIntegerField()
    execute_on = models.DateField()
    content_hash = models.CharField(max_length=64, blank=True, default="")
    #: SHA-256 of the file as it was first given out.
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    checked_by = models.CharField(max_length=64, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=64, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")

    objects = PaymentOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(checked_by="") | ~Q(checked_by=F("made_by")),
                name="payment_order_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | (~Q(checked_by="") & Q(checked_at__isnull=False) & ~Q(content_hash="")),
                name="payment_order_checked",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="payment_order_sent"
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled") | Q(count__gt=0, total_fen__gt=0),
                name="payment_order_lines",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(reason=""), name="payment_order_reason"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "-id"], name="payment_order_unit")]

    def __str__(self) -> str:
        return self.number


class PaymentLine(models.Model):
    """One payment. ``key`` names the claim that is paid: it has at most one line that may still
    move money or did, so nothing is paid twice and nothing again before a return is booked."""

    WAITING, SENT, BOOKED, RETURNED = "waiting", "sent", "booked", "returned"
    REJECTED, CANCELLED = "rejected", "cancelled"
    STATES = (
        (WAITING, _("待发送")),
        (SENT, _("已发送")),
        (BOOKED, _("已到账")),
        (RETURNED, _("已退回")),
        (REJECTED, _("被拒绝")),
        (CANCELLED, _("已作废")),
    )
    LIVE = (WAITING, SENT, BOOKED)

    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="lines")
    position = models.IntegerField()
    about_kind = models.CharField(max_length=20)
    about_id = models.CharField(max_length=64)
    key = models.CharField(max_length=90)
    #: How many times the claim was ordered before, plus one.
    attempt = models.SmallIntegerField(default=1)
    end_to_end_id = models.CharField(max_length=35, unique=True)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    account = models.ForeignKey(PayeeAccount, models.PROTECT, related_name="lines")
    amount_fen = models.BigIntegerField()
    #: The ledger's budget line.
    budget_line_id = models.BigIntegerField()
    #: Who bears it, in fen by level (empty: as the budget line says).
    shares: Any = models.JSONField(default=dict)
    #: Its name in the ledger, given when it is booked.
    ledger_key = models.CharField(max_length=100, blank=True, default="")
    purpose = models.CharField(max_length=100)
    #: The first day on which it may be ordered: the day after the notice's last.
    not_before = models.DateField(null=True)
    made_on = models.DateField()
    state = models.CharField(max_length=9, choices=STATES, default=WAITING)
    accepted_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)
    booked_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    reason_code = models.CharField(max_length=10, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")

    objects = PaymentLineQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=["waiting", "sent", "booked"]),
                name="payment_line_never_twice",
            ),
            models.UniqueConstraint(
                fields=["ledger_key"],
                condition=~Q(ledger_key=""),
                name="payment_line_in_the_ledger",
            ),
            models.UniqueConstraint(fields=["order", "position"], name="payment_line_position"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_line_amount"),
            models.CheckConstraint(
                condition=Q(not_before__isnull=True) | Q(not_before__lte=F("made_on")),
                name="payment_line_not_before",
            ),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(booked_on__isnull=False, returned_on__isnull=True),
                name="payment_line_booked",
            ),
            models.CheckConstraint(
                condition=Q(state="returned", returned_on__isnull=False)
                | (~Q(state="returned") & Q(returned_on__isnull=True)),
                name="payment_line_returned",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["about_kind", "about_id"], name="payment_line_about"),
            models.Index(fields=["key"], name="payment_line_key"),
            models.Index(
                fields=["order"],
                name="payment_line_open",
                condition=Q(state__in=["waiting", "sent"]),
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

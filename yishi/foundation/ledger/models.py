"""Accounts, transfers and periods. The rules stand in the database: see migration 0002."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from yishi.foundation.ledger.scope import AreaQuerySet, TransferQuerySet

FEN, MINUTE, COUNT = "fen", "minute", "count"
UNITS = ((FEN, _("人民币（分）")), (MINUTE, _("分钟")), (COUNT, _("个")))
DEBIT, CREDIT = "debit", "credit"
SIDES = ((DEBIT, _("借")), (CREDIT, _("贷")))


class Account(models.Model):
    """Something that holds an amount of one unit: a pot of a budget line, a volunteer's hours.

    ``side`` is where it grows (借 or 贷); ``balance`` = what it holds, counted on that side, and
    never below ``floor`` (none: it may be anything). ``debits`` and ``credits`` are sums over all
    of its transfers, written only by the trigger on ``Transfer``. A ``closed`` one takes no more
    transfers. Accounts are never deleted; code, unit and side stay what they were.
    ``area``: managed path of those who may see it, ``""`` for the whole city.
    """

    code = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    unit = models.CharField(max_length=8, choices=UNITS)
    side = models.CharField(max_length=6, choices=SIDES)
    kind = models.CharField(max_length=24)
    floor = models.BigIntegerField(null=True)
    owner_kind = models.CharField(max_length=40, blank=True, default="")
    owner_id = models.CharField(max_length=40, blank=True, default="")
    area = models.CharField(max_length=100, blank=True, default="")
    closed = models.BooleanField(default=False)
    debits = models.BigIntegerField(default=0)
    credits = models.BigIntegerField(default=0)
    balance: Any = models.GeneratedField(
        expression=Case(
            When(side=DEBIT, then=F("debits") - F("credits")), default=F("credits") - F("debits")
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    objects: ClassVar[Any] = AreaQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner_kind", "owner_id"], name="ledger_account_owner")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(unit__in=[key for key, _label in UNITS]), name="ledger_account_unit"
            ),
            models.CheckConstraint(
                condition=Q(side__in=[DEBIT, CREDIT]), name="ledger_account_side"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="ledger_account_has_code"),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(balance__gte=F("floor")),
                name="ledger_account_floor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Period(models.Model):
    """A month of the books (``2026-11``). Closed once, never opened again; no transfer enters it.

    ``transfers``, ``amount`` and ``hash`` say what it held when it was closed.
    """

    key = models.CharField(primary_key=True, max_length=7)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True, default="")
    transfers = models.BigIntegerField(null=True)
    amount = models.DecimalField(max_digits=24, decimal_places=0, null=True)
    hash = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(key__regex=r"^\d{4}-(0[1-9]|1[0-2])$"), name="ledger_period_key"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="", hash="")
                | (Q(closed_at__isnull=False, transfers__isnull=False) & ~Q(hash="")),
                name="ledger_period_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PeriodBalance(models.Model):
    """An account in a closed period: what it held before, what moved, what it held after."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="balances")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    #: Balance on the account's own side before the period.
    opening = models.BigIntegerField()
    debits = models.BigIntegerField()
    credits = models.BigIntegerField()
    closing = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["period", "account"], name="ledger_periodbalance_one")
        ]

    def __str__(self) -> str:
        return f"{self.period_id} {self.account_id}"


class Transfer(models.Model):
    """An amount that goes from one account to another: one row, so that both sides agree.

    ``key`` is whoever posts' own name for it: the same key is the same transfer. The keys of
    accounts and period are looked at by the trigger for all rows of a statement at once.
    """

    id = models.BigAutoField(primary_key=True)
    debit = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    credit = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    amount = models.BigIntegerField()
    unit = models.CharField(max_length=8)
    key = models.CharField(max_length=120, db_collation="C")
    period = models.ForeignKey(
        Period, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    #: When it happened, which may be before or after the month that it is booked in.
    at = models.DateTimeField()
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.CharField(max_length=40, blank=True, default="")
    text = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[Any] = TransferQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["debit", "id"], name="ledger_transfer_debit"),
            models.Index(fields=["credit", "id"], name="ledger_transfer_credit"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="ledger_transfer_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_transfer_amount"),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="ledger_transfer_two_accounts"
            ),
            models.CheckConstraint(condition=~Q(key=""), name="ledger_transfer_has_key"),
        ]

    def __str__(self) -> str:
        return self.key


# Django finds models only here.
from yishi.foundation.ledger.budget_models import (  # noqa: E402
    BudgetChange,
    BudgetLine,
    Settlement,
)

__all__ = (
    "Account",
    "BudgetChange",
    "BudgetLine",
    "Period",
    "PeriodBalance",
    "Settlement",
    "Transfer",
)

"""Budget lines, the documents that change them, and settlements between levels of government."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.ledger.scope import AreaQuerySet, LineQuerySet

OPEN, CARRIED, LAPSED = "open", "carried", "lapsed"
LINE_STATES = ((OPEN, _("执行中")), (CARRIED, _("已结转")), (LAPSED, _("已收回")))
GRANT, ADD, CUT, CARRY_IN, CARRY_OUT, LAPSE, REFILL = (
    "grant",
    "add",
    "cut",
    "carry_in",
    "carry_out",
    "lapse",
    "refill",
)
CHANGES = (
    (GRANT, _("批复")),
    (ADD, _("追加")),
    (CUT, _("调减")),
    (CARRY_IN, _("上年结转")),
    (CARRY_OUT, _("结转下年")),
    (LAPSE, _("年终收回")),
    (REFILL, _("上级资金到位")),
)


class BudgetLine(models.Model):
    """Money of one year for one purpose (预算指标), in pots that are accounts of the ledger.

    ``functional``: 支出功能分类 (类3 款2 项2 digits). ``economic``: 政府预算支出经济分类 (5xxxx);
    ``economic_unit``: 部门预算支出经济分类 (3xxxx). ``area``: managed path of the government that
    pays. ``shares``: weights of the levels that bear it, e.g. ``{"city": 60, "county": 40}``; the
    line belongs to the lowest of them, which pays first.
    """

    code = models.CharField(max_length=48, unique=True)
    name = models.CharField(max_length=120)
    year = models.PositiveSmallIntegerField()
    functional = models.CharField(max_length=7)
    economic = models.CharField(max_length=5)
    economic_unit = models.CharField(max_length=5, blank=True, default="")
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    area = models.CharField(max_length=100)
    shares: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=LINE_STATES, default=OPEN)
    carried_to = models.ForeignKey("self", models.PROTECT, null=True, related_name="carried_from")
    #: Ids of its accounts by pot.
    accounts: Any = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)
    opened_at = models.DateTimeField()

    objects: ClassVar[Any] = AreaQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2999), name="ledger_line_year"
            ),
            models.CheckConstraint(
                condition=Q(functional__regex=r"^2\d{2}(\d{2}){0,2}$"),
                name="ledger_line_functional",
            ),
            models.CheckConstraint(
                condition=Q(economic__regex=r"^5\d{2}(\d{2})?$"), name="ledger_line_economic"
            ),
            models.CheckConstraint(
                condition=Q(economic_unit__regex=r"^(3\d{2}(\d{2})?)?$"),
                name="ledger_line_economic_unit",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[key for key, _label in LINE_STATES]),
                name="ledger_line_state",
            ),
            models.CheckConstraint(
                condition=Q(state=CARRIED, carried_to__isnull=False)
                | (~Q(state=CARRIED) & Q(carried_to__isnull=True)),
                name="ledger_line_carried",
            ),
            models.CheckConstraint(condition=~Q(area=""), name="ledger_line_has_area"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class BudgetChange(models.Model):
    """A document by which a line was granted, raised, cut, carried over or lapsed."""

    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=CHANGES)
    amount = models.BigIntegerField()
    document = models.CharField(max_length=120)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    key = models.CharField(max_length=110, unique=True)

    objects: ClassVar[Any] = LineQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_change_amount"),
            models.CheckConstraint(condition=~Q(document=""), name="ledger_change_has_document"),
            models.CheckConstraint(
                condition=Q(kind__in=[key for key, _label in CHANGES]), name="ledger_change_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Settlement(models.Model):
    """Money with which one level made good what another had paid for it (结算).

    ``payer`` and ``payee`` are managed paths (or a level above the city); ``year``: of the budget.
    """

    year = models.PositiveSmallIntegerField()
    payer = models.CharField(max_length=100)
    payee = models.CharField(max_length=100)
    amount = models.BigIntegerField()
    document = models.CharField(max_length=120)
    key = models.CharField(max_length=110, unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    #: The line of the payer that it was taken from, and that of the payee that it refills.
    payer_line = models.ForeignKey(BudgetLine, models.PROTECT, null=True, related_name="+")
    payee_line = models.ForeignKey(BudgetLine, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_settlement_amount"),
            models.CheckConstraint(
                condition=~Q(payer=F("payee")), name="ledger_settlement_two_sides"
            ),
            models.CheckConstraint(
                condition=~Q(document=""), name="ledger_settlement_has_document"
            ),
        ]

    def __str__(self) -> str:
        return self.key

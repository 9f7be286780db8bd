"""The pots of a budget line: accounts between which its money moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from yishi.foundation.ledger.budget_models import BudgetLine
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import CREDIT, DEBIT, FEN, Account

KIND = "budget"
OWNER = "budget_line"
GRANTED, AVAILABLE, RESERVED, COMMITTED, PAID, RETURNED, RECOVERED, LAPSED, CARRIED = (
    "granted",
    "available",
    "reserved",
    "committed",
    "paid",
    "returned",
    "recovered",
    "lapsed",
    "carried",
)
#: ``granted`` grows on the debit side, all others on the credit side: a line is balanced.
POTS = {
    GRANTED: _("预算批复"),
    AVAILABLE: _("可用指标"),
    RESERVED: _("预留"),
    COMMITTED: _("已核定待支付"),
    PAID: _("已支付"),
    RETURNED: _("退票待重付"),
    RECOVERED: _("收回上缴"),
    LAPSED: _("年终收回"),
    CARRIED: _("结转下年"),
}
_CHINESE = dict(
    zip(
        POTS,
        (
            "预算批复",
            "可用指标",
            "预留",
            "已核定待支付",
            "已支付",
            "退票待重付",
            "收回上缴",
            "年终收回",
            "结转下年",
        ),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a line holds, in fen. ``granted`` is the sum of all the others."""

    granted: int = 0
    available: int = 0
    reserved: int = 0
    committed: int = 0
    paid: int = 0
    returned: int = 0
    recovered: int = 0
    lapsed: int = 0
    carried: int = 0

    @property
    def used(self) -> int:
        """What is spoken for or spent."""
        return self.reserved + self.committed + self.paid + self.returned


def make(line: BudgetLine) -> dict[str, int]:
    """Make the accounts of a new *line* (1 statement) and return their ids by pot."""
    made = Account.objects.bulk_create(
        [
            Account(
                code=f"{line.code}.{pot}",
                name=f"{line.name}·{_CHINESE[pot]}",
                unit=FEN,
                side=DEBIT if pot == GRANTED else CREDIT,
                kind=KIND,
                floor=0,
                owner_kind=OWNER,
                owner_id=str(line.pk),
                area=line.area,
            )
            for pot in POTS
        ]
    )
    return {pot: account.pk for pot, account in zip(POTS, made, strict=True)}


def line_of(line: BudgetLine | int) -> BudgetLine:
    """The line itself (1 statement for an id)."""
    if isinstance(line, BudgetLine):
        return line
    rows = BudgetLine.objects.unscoped("a step of the budget is asked for by id")
    found: BudgetLine | None = rows.filter(pk=line).first()
    if found is None:
        raise LedgerError("line", "没有这个预算项", "no_line")
    return found


def chain(line: BudgetLine) -> list[BudgetLine]:
    """*line* and the lines that it was carried over to, in order (1 statement for each)."""
    found = [line]
    while found[-1].carried_to_id is not None:
        found.append(line_of(found[-1].carried_to_id))
    return found


def balances(ids: Iterable[int]) -> dict[int, int]:
    """Balances by account id (1 statement)."""
    rows = Account.objects.unscoped("figures of budget lines")
    return dict(rows.filter(pk__in=list(ids)).values_list("pk", "balance"))


def figures(accounts: Mapping[str, int], held: Mapping[int, int]) -> Figures:
    """The figures of one line from its accounts and their balances."""
    return Figures(**{pot: held[pk] for pot, pk in accounts.items()})

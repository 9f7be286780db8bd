"""Levels of government that bear a line together: the lower pays first, the upper settles later.

What an upper level owes a lower one for a budget year stands on a pair of accounts between the
two. It may turn round: what was settled and is clawed back afterwards is owed to the upper level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from yishi.foundation.ledger import shares as dividing
from yishi.foundation.ledger.areas import area_name
from yishi.foundation.ledger.budget_models import OPEN, REFILL, BudgetLine, Settlement
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import CREDIT, DEBIT, Account
from yishi.foundation.ledger.posting import Entry, hold, open_account, post
from yishi.foundation.ledger.pots import AVAILABLE, PAID

if TYPE_CHECKING:
    from yishi.foundation.ledger.budgets import Item

#: From the top down. Areas: ``province`` and ``nation`` stand for themselves.
LEVELS = ("nation", "province", "city", "county")
KIND = "between"


@dataclass(frozen=True, slots=True)
class Due:
    """What *upper* owes *lower* of a budget year, in fen (negative: the other way round)."""

    year: int
    lower: str
    upper: str
    amount: int


def level_of(area: str) -> str:
    """The level of the government whose managed path *area* is."""
    if area in LEVELS[:2]:
        return area
    return "county" if "/" in area else "city"


def upper_area(area: str, level: str) -> str:
    """The area of the upper *level* of a government."""
    return area.partition("/")[0] if level == "city" else level


def check_shares(shares: Mapping[str, int], area: str) -> None:
    """Shares are weights of known levels, none of them below the line's own."""
    if not area or len(area) > 100:
        raise LedgerError("area", "请指定预算所属的地区")
    own = LEVELS.index(level_of(area))
    for level, weight in shares.items():
        if level not in LEVELS or weight.__class__ is not int or weight <= 0:
            raise LedgerError("shares", "分担比例须按级次写成大于0的整数")
        if LEVELS.index(level) > own:
            raise LedgerError("shares", "由下级先行支付：预算项应属于分担的最低一级")


def entries(line: BudgetLine, step: str, items: Sequence[Item], *, back: bool) -> list[Entry]:
    """What the upper levels owe for *items* of a step, or no longer owe (*back*)."""
    own, pairs, found = level_of(line.area), pairs_of(line), []
    for item in items:
        for level, amount in _parts(line, item).items():
            if level == own or not amount:
                continue
            if level not in pairs:
                raise LedgerError("shares", "该级次不分担这个预算项", "shares")
            debit, credit = reversed(pairs[level]) if back else pairs[level]
            key = f"{step}:{item.key}:{level}"
            found.append(
                Entry(debit, credit, amount, key, item.about_kind, item.about_id, item.text)
            )
    return found


def pairs_of(line: BudgetLine) -> dict[str, tuple[int, int]]:
    """The accounts between the line's government and the upper levels that bear it."""
    own = level_of(line.area)
    return {
        level: between(line.year, line.area, upper_area(line.area, level))
        for level in sorted(line.shares)
        if level != own
    }


def _parts(line: BudgetLine, item: Item) -> Mapping[str, int]:
    if item.shares is None:
        return dividing.split(item.amount, line.shares)
    if sum(item.shares.values()) != item.amount or any(v < 0 for v in item.shares.values()):
        raise LedgerError("shares", "分担金额之和应等于金额", "shares")
    return item.shares


def between(year: int, lower: str, upper: str) -> tuple[int, int]:
    """Ids of (what *lower* is to get from *upper*, what *upper* owes), made if there are none."""
    code = f"due.{year}.{lower}.{upper}"
    owner, names = (KIND, f"{year}"), (area_name(lower), area_name(upper))
    claim = open_account(
        f"{code}.claim",
        f"{year}年度{names[0]}应收{names[1]}分担资金",
        side=DEBIT,
        kind=KIND,
        floor=None,
        owner=owner,
        area=lower,
    )
    debt = open_account(
        f"{code}.debt",
        f"{year}年度{names[1]}应付{names[0]}分担资金",
        side=CREDIT,
        kind=KIND,
        floor=None,
        owner=owner,
        area=lower,
    )
    return claim.pk, debt.pk


def due(year: int) -> list[Due]:
    """What the levels owe each other for the budgets of *year* (1 statement)."""
    rows = Account.objects.unscoped("what levels owe each other").filter(
        kind=KIND, owner_kind=KIND, owner_id=str(year), side=DEBIT
    )
    found = []
    for code, amount in rows.order_by("code").values_list("code", "balance"):
        _due, _year, lower, upper, _claim = code.split(".")
        found.append(Due(year, lower, upper, amount))
    return found


def settle(
    year: int,
    payer: str,
    payee: str,
    amount: int,
    document: str,
    by: str,
    now: datetime,
    *,
    payer_line: BudgetLine | None = None,
    payee_line: BudgetLine | None = None,
) -> Settlement:
    """*payer* made good *amount* of what it owes *payee*; the same document again is the same.

    ``payer_line``: the line of the payer that it was spent from. ``payee_line``: the line of the
    payee that it refills, since that had paid for both.

    Raises:
        LedgerError: more than is owed, a line of somebody else's, too little money on it.
    """
    said = " ".join(document.split())
    if not said or len(said) > 120:
        raise LedgerError("document", "请写明文号，最多120字", "required")
    _check_lines(payer, payer_line, payee, payee_line)
    down = LEVELS.index(level_of(payer)) < LEVELS.index(level_of(payee))
    lower, upper = (payee, payer) if down else (payer, payee)
    digest = hashlib.sha256(f"{payer}\n{payee}\n{said}".encode()).hexdigest()[:24]
    key = f"settle:{year}:{digest}"
    with transaction.atomic():
        claim, debt = between(year, lower, upper)
        hold([claim, debt])
        known = Settlement.objects.filter(key=key).first()
        if known is not None:
            if known.amount != amount:
                raise LedgerError("document", "该文号已用于另一笔结算", "key_taken")
            return known
        owed = Account.objects.unscoped("what is owed").get(pk=claim).balance
        if not 0 < amount <= (owed if down else -owed):
            raise LedgerError("amount", "结算金额超过应付的分担资金", "floor")
        pair = (debt, claim) if down else (claim, debt)
        _post_settlement(pair, amount, key, said, payer_line, now)
        if payee_line is not None:
            from yishi.foundation.ledger.budgets import change

            change(payee_line, REFILL, amount, said, by, now, key)
        return Settlement.objects.create(
            year=year,
            payer=payer,
            payee=payee,
            amount=amount,
            document=said,
            key=key,
            at=now,
            by=by,
            payer_line=payer_line,
            payee_line=payee_line,
        )


def _post_settlement(
    pair: tuple[int, int],
    amount: int,
    key: str,
    document: str,
    payer_line: BudgetLine | None,
    now: datetime,
) -> None:
    text = f"上下级分担资金结算：{document}"
    found = [Entry(*pair, amount, key, "settlement", "", text)]
    if payer_line is not None:
        spent = payer_line.accounts[AVAILABLE], payer_line.accounts[PAID]
        found.append(Entry(*spent, amount, f"{key}:spent", "settlement", "", text))
    post(found, now)


def _check_lines(
    payer: str, payer_line: BudgetLine | None, payee: str, payee_line: BudgetLine | None
) -> None:
    for field, area, line in (
        ("payer_line", payer, payer_line),
        ("payee_line", payee, payee_line),
    ):
        if line is not None and (line.area != area or line.state != OPEN):
            raise LedgerError(field, "预算项不属于该地区，或已结转、收回", "state")

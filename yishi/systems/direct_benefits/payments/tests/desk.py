"""A finance bureau for tests: people, firms with accounts, a budget line, and a bank."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.models import BudgetLine, Transfer
from yishi.foundation.parties.identifiers import uscc_check_sign
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.services import PartyInput, find_or_create
from yishi.systems.direct_benefits.payments import accounts, bank, orders, receipts, sending
from yishi.systems.direct_benefits.payments.accounts import AccountInput
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PaymentLine, PaymentOrder
from yishi.systems.direct_benefits.payments.roles import CHECKER, MAKER
from yishi.systems.direct_benefits.payments.values import PaymentRequest

CITY_TIME = ZoneInfo("Asia/Shanghai")
_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """A moment in the city's time."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY_TIME)


NOW = at("2026-05-11 09:00")


def officer(role: str, number: int, unit: int | None = None) -> Actor:
    grant = ActorGrant(role, unit, "4206")
    return Actor("user", f"user:{number}", f"财政{number}", (grant,), user_id=number)


MAKES, CHECKS = officer(MAKER, 1), officer(CHECKER, 2)
SYSTEM = Actor("system", "system", "系统")


def firm(name: str = "", number: str = "", when: datetime = NOW) -> Party:
    """An enterprise's file."""
    n = next(_numbers)
    body = f"91420606MA{n:07d}"
    raw = PartyInput(
        name or f"襄阳模拟兑现{n}有限公司", number or body + uscc_check_sign(body), "uscc"
    )
    party, _new = find_or_create(raw, actor=SYSTEM, purpose="测试", now=when)
    return party


def shop(name: str = "") -> Party:
    """A self-employed person's business (its credit code begins with 92)."""
    n = next(_numbers)
    body = f"92420606MA{n:07d}"
    return firm(name or f"樊城区模拟便利店{n}", body + uscc_check_sign(body))


def given(party: Party, name: str = "", **more: Any) -> AccountInput:
    n = next(_numbers)
    values = {
        "name": name or party.name,
        "number": f"6217{n:015d}",
        "bank": "模拟银行樊城支行",
        "bank_code": "000528000035",
        "source": "banks",
    } | more
    return AccountInput(**values)


def account(party: Party, name: str = "", when: datetime = NOW, **more: Any) -> PayeeAccount:
    """An account that the banks' register knows."""
    return accounts.register(SYSTEM, party, given(party, name, **more), when)


def line(amount: int = 100_000_000, code: str = "") -> BudgetLine:
    """A budget line with money."""
    return budgets.open_line(
        code or f"TEST-{next(_numbers)}",
        "惠企资金",
        2026,
        "2150805",
        "50701",
        "4206",
        amount,
        "襄财预〔2026〕1号（模拟）",
        "user:9",
        NOW,
    )


def request(
    budget: BudgetLine, party: Party | None = None, fen: int = 50_000, **more: Any
) -> PaymentRequest:
    """A claim whose money is committed, of a firm with an account."""
    party = party or firm()
    used, reason = accounts.usable(party, NOW)
    used = used or (account(party) if reason == "没有登记收款账户" else None)
    key = f"payout:{next(_numbers)}"
    items = [budgets.Item(key, fen)]
    budgets.reserve(budget, items, NOW)
    budgets.commit(budget, items, NOW)
    values: dict[str, Any] = {
        "about_kind": "payout",
        "about_id": key.rpartition(":")[2],
        "key": key,
        "party_id": party.pk,
        "amount_fen": fen,
        "account_id": used.pk if used else party.pk,
        "budget_line_id": budget.pk,
        "purpose": "专精特新奖励",
    } | more
    return PaymentRequest(**values)


def draft(budget: BudgetLine, count: int = 3, payer: str = "bank") -> PaymentOrder:
    wanted = [request(budget, fen=50_000 + n) for n in range(count)]
    made = orders.make(MAKES, wanted, NOW, payer=payer)
    assert made.order is not None
    return made.order


def sent(budget: BudgetLine, count: int = 3, payer: str = "bank") -> tuple[PaymentOrder, bytes]:
    """An order whose file was given out, with the file."""
    order = draft(budget, count, payer)
    orders.check(CHECKS, order.number, NOW)
    file = sending.send(CHECKS, order.number, NOW)
    order.refresh_from_db()
    return order, file.content


def answers(content: bytes, *fates: str) -> list[bytes]:
    """The bank's answers: one letter for each payment (b booked, r returned, x rejected)."""
    words = {
        "b": ("booked", "", ""),
        "r": ("returned", "AC04", "账户已销户"),
        "x": ("rejected", "MS03", "未说明原因"),
    }
    return [
        one.content
        for one in bank.answers(
            content, NOW, lambda asked: words[fates[0][int(asked.end_to_end_id[-5:]) - 1]]
        )
    ]


def take(*contents: bytes) -> None:
    for content in contents:
        receipts.read(content, "", CHECKS, NOW)


def states(order: PaymentOrder) -> str:
    rows = PaymentLine.objects.unscoped("test").filter(order=order).order_by("position")
    return " ".join(rows.values_list("state", flat=True))


def transfers() -> dict[str, int]:
    """What the ledger holds of payments: amounts by key."""
    rows = Transfer.objects.unscoped("test").filter(about_kind="payment_line")
    return dict(rows.values_list("key", "amount"))


def day(text: str) -> date:
    return date.fromisoformat(text)

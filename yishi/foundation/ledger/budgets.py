"""Budget lines: granted, reserved, committed, paid, returned, clawed back. Amounts in fen.

Every step is a transfer between two pots of the line, so that no pot can be overdrawn whatever is
posted at the same time, and a step that is repeated under its key changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from yishi.foundation.ledger import pots, settling, shares
from yishi.foundation.ledger.budget_models import (
    ADD,
    CARRIED,
    CUT,
    GRANT,
    OPEN,
    BudgetChange,
    BudgetLine,
)
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import Transfer
from yishi.foundation.ledger.posting import Entry, Posted, hold, post
from yishi.foundation.ledger.pots import (
    AVAILABLE,
    COMMITTED,
    GRANTED,
    OWNER,
    PAID,
    RECOVERED,
    RESERVED,
    RETURNED,
    Figures,
    line_of,
)

__all__ = ("Figures", "Item")


@dataclass(frozen=True, slots=True)
class Item:
    """One amount of a step. ``key`` is the same in all steps of one payment.

    ``shares``: who bears it, in fen by level; by the line's own shares unless it is said. ``of``:
    of money that comes back or is paid again, the key under which it was paid, if it is another.
    """

    key: str
    amount: int
    about_kind: str = ""
    about_id: str = ""
    text: str = ""
    shares: Mapping[str, int] | None = None
    of: str = ""


def open_line(
    code: str,
    name: str,
    year: int,
    functional: str,
    economic: str,
    area: str,
    amount: int,
    document: str,
    by: str,
    now: datetime,
    *,
    unit_id: int | None = None,
    economic_unit: str = "",
    shares: Mapping[str, int] | None = None,
    simulated: bool = False,
) -> BudgetLine:
    """Open a line and grant it *amount* by *document*; the same again is that line.

    Raises:
        LedgerError: a code that is none, shares of a level below the line's own, a code in use.
    """
    said = dict(shares or {})
    settling.check_shares(said, area)
    _check_codes(functional=functional, economic=economic, economic_unit=economic_unit)
    if not 2000 <= year <= 2999:
        raise LedgerError("year", "年度不正确")
    values = {
        "name": name,
        "year": year,
        "functional": functional,
        "economic": economic,
        "economic_unit": economic_unit,
        "unit_id": unit_id,
        "area": area,
        "shares": said,
        "simulated": simulated,
    }
    with transaction.atomic():
        rows = BudgetLine.objects.unscoped("a line is looked up by its code")
        line, made = rows.get_or_create(code=code, defaults={**values, "opened_at": now})
        if made:
            line.accounts = pots.make(line)
            line.save(update_fields=["accounts"])
            settling.pairs_of(line)  # made here, so that payments only find them
        elif any(getattr(line, key) != value for key, value in values.items()):
            raise LedgerError("code", f"预算项编号 {code} 已用于另一预算项", "key_taken")
        if amount:
            change(line, GRANT, amount, document, by, now)
    return line


def add(
    line: BudgetLine | int, amount: int, document: str, by: str, now: datetime, *, key: str = ""
) -> Posted:
    """Raise a line by a document (追加). *key* tells two of one document apart."""
    return _by_document(line_of(line), ADD, amount, document, by, now, key)


def cut(
    line: BudgetLine | int, amount: int, document: str, by: str, now: datetime, *, key: str = ""
) -> Posted:
    """Lower a line by a document (调减); only what is still available can be taken."""
    return _by_document(line_of(line), CUT, amount, document, by, now, key)


def reserve(line: BudgetLine | int, items: Sequence[Item], now: datetime) -> Posted:
    """Keep money for payments that are being decided (预留)."""
    found = line_of(line)
    if found.state != OPEN:
        raise LedgerError("line", "预算项已结转或已收回，不能再预留", "state")
    return _steps("reserve", [(found, list(items))], AVAILABLE, RESERVED, now)


def commit(line: BudgetLine | int, items: Sequence[Item], now: datetime) -> Posted:
    """What was reserved is decided and waits for payment (核定)."""
    return _steps("commit", _ahead("commit", line, items), RESERVED, COMMITTED, now)


def pay(line: BudgetLine | int, items: Sequence[Item], now: datetime) -> Posted:
    """What was committed has left the account; shares of upper levels become due."""
    return _steps("pay", _ahead("pay", line, items), COMMITTED, PAID, now, due=1)


def give_back(line: BudgetLine | int, items: Sequence[Item], now: datetime) -> Posted:
    """The bank returned a payment (退票): it is not paid, and not free either."""
    return _steps("return", _payers(line, items), PAID, RETURNED, now, due=-1)


def pay_again(line: BudgetLine | int, items: Sequence[Item], now: datetime) -> Posted:
    """What had come back has left the account again (重付). Needs a key of its own; ``of`` is the
    key under which it was paid first."""
    return _steps("repay", _payers(line, items), RETURNED, PAID, now, due=1)


def release(
    line: BudgetLine | int, items: Sequence[Item], now: datetime, of: str = RESERVED
) -> Posted:
    """Free what was ``reserved``, ``committed`` or ``returned`` and will not be paid."""
    if of == RETURNED:
        return _steps("release", _payers(line, items), RETURNED, "", now)
    if of not in (RESERVED, COMMITTED):
        raise LedgerError("of", "只能释放预留、已核定或退票的资金")
    return _steps("release", _ahead("release", line, items), of, AVAILABLE, now)


def claw_back(line: BudgetLine | int, items: Sequence[Item], now: datetime) -> Posted:
    """Money that should not have been paid has come back (追回).

    Until the line's year is wound up it lowers that year's spending and can be used again; later
    it goes to the treasury (收回以前年度资金).
    """
    return _steps("clawback", _payers(line, items), PAID, "", now, due=-1)


def set_off(
    line: BudgetLine | int, item: Item, back: BudgetLine | int, repaid: Item, now: datetime
) -> Posted:
    """Part of a payment is kept for what its payee has to pay back (抵扣): *item* counts as paid
    on *line* and *repaid* as clawed back on *back*, together or not at all; no bank is asked."""
    if item.amount != repaid.amount:
        raise LedgerError("amount", "抵扣的两笔金额应相同", "amount")
    with transaction.atomic():
        hold_lines([line_of(line), line_of(back)])
        done = pay(line, [item], now)
        also = claw_back(back, [repaid], now)
    return Posted(done.new + also.new, done.known + also.known, done.known_keys | also.known_keys)


def reserve_within(line: BudgetLine | int, items: Sequence[Item], now: datetime) -> dict[str, int]:
    """Reserve *items* in full, or cut all of them to what is available by largest remainder.

    Returns the fen by key. What was reserved under a key before stays as it was; an item that
    gets nothing is not posted. 3 statements and the posting.
    """
    found = line_of(line)
    with transaction.atomic():
        hold([found.accounts[AVAILABLE], found.accounts[RESERVED]])
        known = _amounts([f"reserve:{item.key}" for item in items])
        fresh = [item for item in items if f"reserve:{item.key}" not in known]
        available = pots.balances([found.accounts[AVAILABLE]])[found.accounts[AVAILABLE]]
        claims = [item.amount for item in fresh]
        got = shares.within(claims, available, [item.key for item in fresh])
        parts = dict(zip((item.key for item in fresh), got, strict=True))
        granted = [replace(item, amount=parts[item.key]) for item in fresh if parts[item.key]]
        reserve(found, granted, now)
    return {item.key: known.get(f"reserve:{item.key}", parts.get(item.key, 0)) for item in items}


def hold_lines(lines: Iterable[BudgetLine]) -> None:
    """Lock all that steps on *lines* write, in order, until the transaction ends: for callers that
    make several steps in one transaction."""
    known = [one for line in lines for one in pots.chain(line)]
    known.sort(key=lambda one: (one.year, one.area, one.pk))
    pairs = [pair for line in known for pair in settling.pairs_of(line).values()]
    hold([pk for line in known for pk in line.accounts.values()] + [i for p in pairs for i in p])


def state(line: BudgetLine | int) -> Figures:
    """What a line holds (1 statement)."""
    found = line_of(line)
    return pots.figures(found.accounts, pots.balances(found.accounts.values()))


def states(lines: Iterable[BudgetLine]) -> dict[int, Figures]:
    """What several lines hold (1 statement)."""
    known = list(lines)
    held = pots.balances(pk for line in known for pk in line.accounts.values())
    return {line.pk: pots.figures(line.accounts, held) for line in known}


def _steps(
    name: str,
    placed: Sequence[tuple[BudgetLine, list[Item]]],
    source: str,
    target: str,
    now: datetime,
    *,
    due: int = 0,
) -> Posted:
    """The step on every line that it concerns, in one transaction. *target* ``""``: what comes
    back goes where the state of its line says."""
    entries: list[Entry] = []
    with transaction.atomic():
        for line, items in placed:
            to = target or (AVAILABLE if line.state == OPEN else RECOVERED)
            entries += _entries(name, line, source, to, items)
            if due and line.shares:
                entries += settling.entries(line, name, items, back=due < 0)
        done = post(entries, now)
    known = sum(f"{name}:{i.key}" in done.known_keys for _line, items in placed for i in items)
    count = len({item.key for _line, items in placed for item in items})
    return Posted(count - known, known, done.known_keys)


def _entries(
    name: str, line: BudgetLine, source: str, target: str, items: Sequence[Item]
) -> list[Entry]:
    debit, credit = line.accounts[source], line.accounts[target]
    return [
        Entry(debit, credit, i.amount, f"{name}:{i.key}", i.about_kind, i.about_id, i.text)
        for i in items
    ]


Placed = list[tuple[BudgetLine, list[Item]]]


def _ahead(name: str, line: BudgetLine | int, items: Sequence[Item]) -> Placed:
    """What was carried over goes on where it is now, unless this very step was made before."""
    found = line_of(line)
    if found.state != CARRIED:
        return [(found, list(items))]
    chain = pots.chain(found)
    return _placed(chain, items, [(name, "")], chain[-1])


def _payers(line: BudgetLine | int, items: Sequence[Item]) -> Placed:
    """Money comes back to the line that paid it: of a carried one perhaps a later one."""
    found = line_of(line)
    if found.state != CARRIED:
        return [(found, list(items))]
    return _placed(pots.chain(found), items, [("pay", "of"), ("repay", "of")], found)


def _placed(
    chain: Sequence[BudgetLine],
    items: Sequence[Item],
    steps: Sequence[tuple[str, str]],
    otherwise: BudgetLine,
) -> Placed:
    keys = {
        f"{step}:{(item.of or item.key) if by else item.key}": item.key
        for item in items
        for step, by in steps
    }
    owner = {pk: line for line in chain for pk in line.accounts.values()}
    rows = Transfer.objects.unscoped("where a step was posted").filter(key__in=list(keys))
    where = {keys[key]: owner.get(pk) for key, pk in rows.values_list("key", "debit_id")}
    found: dict[int, tuple[BudgetLine, list[Item]]] = {}
    for item in items:
        line = where.get(item.key) or otherwise
        found.setdefault(line.pk, (line, []))[1].append(item)
    return list(found.values())


def _amounts(keys: list[str]) -> dict[str, int]:
    rows = Transfer.objects.unscoped("what was reserved before").filter(key__in=keys)
    return dict(rows.values_list("key", "amount"))


def _by_document(
    line: BudgetLine, kind: str, amount: int, document: str, by: str, now: datetime, key: str
) -> Posted:
    if line.state != OPEN:
        raise LedgerError("line", "预算项已结转或已收回，不能再调整", "state")
    with transaction.atomic():
        return change(line, kind, amount, document, by, now, key)


def change(
    line: BudgetLine, kind: str, amount: int, document: str, by: str, now: datetime, key: str = ""
) -> Posted:
    """Post what *document* says and keep it; the same document again changes nothing."""
    said = " ".join(document.split())
    if not said or len(said) > 120:
        raise LedgerError("document", "请写明文号，最多120字", "required")
    digest = hashlib.sha256(f"{said}\n{key}".encode()).hexdigest()[:24]
    name = f"{line.code}:{kind}:{digest}"
    pots_ = (AVAILABLE, GRANTED) if kind == CUT else (GRANTED, AVAILABLE)
    debit, credit = (line.accounts[pot] for pot in pots_)
    text = f"{BudgetChange(kind=kind).get_kind_display()}：{said}"
    entry = Entry(debit, credit, amount, f"change:{name}", OWNER, str(line.pk), text)
    done = post([entry], now)
    if done.new:
        BudgetChange.objects.create(
            line=line, kind=kind, amount=amount, document=said, at=now, by=by, key=name
        )
    return done


_CODES = {
    "functional": (r"2\d{2}(\d{2}){0,2}", "支出功能分类是2开头的3、5或7位数字"),
    "economic": (r"5\d{2}(\d{2})?", "政府预算支出经济分类是5开头的3或5位数字"),
    "economic_unit": (r"(3\d{2}(\d{2})?)?", "部门预算支出经济分类是3开头的3或5位数字"),
}


def _check_codes(**codes: str) -> None:
    for field, (pattern, told) in _CODES.items():
        if not re.fullmatch(pattern, codes[field], re.ASCII):
            raise LedgerError(field, told)

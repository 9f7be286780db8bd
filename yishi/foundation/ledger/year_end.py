"""The end of a budget year: what goes on is carried over by a document, the rest lapses."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.ledger import pots
from yishi.foundation.ledger.budget_models import (
    CARRIED,
    CARRY_IN,
    CARRY_OUT,
    LAPSE,
    LAPSED,
    OPEN,
    BudgetChange,
    BudgetLine,
)
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import Account, Period
from yishi.foundation.ledger.posting import Entry, hold, month_of, post
from yishi.foundation.ledger.pots import AVAILABLE, COMMITTED, GRANTED, OWNER, RESERVED

#: Pots that are empty when the year is wound up.
WOUND_UP = (AVAILABLE, RESERVED, COMMITTED)


def carry_over(
    line: BudgetLine | int,
    to: BudgetLine | int,
    document: str,
    by: str,
    now: datetime,
    *,
    available: int | None = None,
) -> int:
    """Carry what *line* still holds over to *to*, a line of the next year; returns the fen.

    All that is reserved or committed goes on there as such, with what is available (all of it, or
    as much as *available* says; the rest lapses). Steps that name the old line go on with the new
    one. What was returned by banks stays with the line that paid it.

    Raises:
        LedgerError: not the following year's line of the same purpose, or before 31 December.
    """
    with transaction.atomic():
        old, new = _locked(pots.line_of(line).pk), _locked(pots.line_of(to).pk)
        said = _document(document)
        if old.state == CARRIED and old.carried_to_id == new.pk:
            return 0
        _check_pair(old, new, now)
        hold([*old.accounts.values(), *new.accounts.values()])
        held = pots.figures(old.accounts, pots.balances(old.accounts.values()))
        free = held.available if available is None else available
        if not 0 <= free <= held.available:
            raise LedgerError("available", "结转金额超过可用指标", "floor")
        moved = {AVAILABLE: free, RESERVED: held.reserved, COMMITTED: held.committed}
        _carry(old, new, moved, said, by, now)
        left = held.available - free
        if left:
            _lapse(old, left, said, by, now)
        old.state, old.carried_to = CARRIED, new
        old.save(update_fields=["state", "carried_to"])
        _close(old)
        return sum(moved.values())


def lapse(year: int, document: str, by: str, now: datetime) -> dict[str, int]:
    """Take back what lines of *year* have left (年终收回); the fen by line, of those that had.

    Raises:
        LedgerError: before 31 December, or a line still has money reserved or committed: that is
            to be carried over or released first. Nothing is changed then.
    """
    _check_over(year, now)
    said = _document(document)
    with transaction.atomic():
        rows = BudgetLine.objects.unscoped("the year is wound up")
        lines = list(rows.filter(year=year, state=OPEN).order_by("pk").select_for_update())
        hold(pk for line in lines for pk in line.accounts.values())
        held = pots.balances(pk for line in lines for pk in line.accounts.values())
        found = {line.pk: pots.figures(line.accounts, held) for line in lines}
        busy = [x.code for x in lines if found[x.pk].reserved or found[x.pk].committed]
        if busy:
            names = "、".join(busy[:5])
            raise LedgerError("line", f"还有预留或待支付的资金，须先结转或释放：{names}", "state")
        for line in lines:
            if found[line.pk].available:
                _lapse(line, found[line.pk].available, said, by, now)
            line.state = LAPSED
            line.save(update_fields=["state"])
            _close(line)
    return {x.code: found[x.pk].available for x in lines if found[x.pk].available}


def _carry(
    old: BudgetLine,
    new: BudgetLine,
    moved: dict[str, int],
    document: str,
    by: str,
    now: datetime,
) -> None:
    entries = []
    text = f"结转：{document}"
    last, first = _open_month(f"{old.year}-12", now), _open_month(f"{new.year}-01", now)
    for pot, amount in moved.items():
        if amount:
            key = f"carry:{old.pk}:{new.pk}:{pot}"
            out, into = old.accounts, new.accounts
            about = (OWNER, str(old.pk), text)
            entries += [
                Entry(out[pot], out[pots.CARRIED], amount, f"{key}:out", *about, period=last),
                Entry(into[GRANTED], into[pot], amount, f"{key}:in", *about, period=first),
            ]
    post(entries, now)
    total = sum(moved.values())
    if total:
        _keep(old, CARRY_OUT, total, document, by, now)
        _keep(new, CARRY_IN, total, document, by, now, str(old.pk))


def _lapse(line: BudgetLine, amount: int, document: str, by: str, now: datetime) -> None:
    text = f"年终收回：{document}"
    pair = line.accounts[AVAILABLE], line.accounts[pots.LAPSED]
    about = (OWNER, str(line.pk), text)
    period = _open_month(f"{line.year}-12", now)
    post([Entry(*pair, amount, f"lapse:{line.pk}", *about, period=period)], now)
    _keep(line, LAPSE, amount, document, by, now)


def _open_month(wanted: str, now: datetime) -> str:
    """The month that a step of the year's end belongs to, or this one if that is closed."""
    closed = Period.objects.filter(pk=wanted, closed_at__isnull=False).exists()
    return month_of(now) if closed else wanted


def _keep(
    line: BudgetLine,
    kind: str,
    amount: int,
    document: str,
    by: str,
    now: datetime,
    of: str = "",
) -> None:
    key = f"{line.code}:{kind}:{of}"
    BudgetChange.objects.create(
        line=line, kind=kind, amount=amount, document=document, at=now, by=by, key=key
    )


def _close(line: BudgetLine) -> None:
    """Nothing more enters the pots of a year that is over."""
    wound = Q(pk__in=[line.accounts[pot] for pot in WOUND_UP])
    Account.objects.unscoped("a line is wound up").filter(wound).update(closed=True)


def _locked(pk: int) -> BudgetLine:
    rows = BudgetLine.objects.unscoped("a line is wound up").select_for_update()
    found: BudgetLine = rows.get(pk=pk)
    return found


def _check_pair(old: BudgetLine, new: BudgetLine, now: datetime) -> None:
    _check_over(old.year, now)
    if old.state != OPEN or new.state != OPEN:
        raise LedgerError("line", "预算项已结转或已收回", "state")
    if new.year != old.year + 1 or new.area != old.area:
        raise LedgerError("to", "只能结转到同一地区下一年度的预算项", "state")


def last_over(now: datetime) -> int:
    """The last year that can be wound up."""
    today = now.astimezone(SHANGHAI).date()
    return today.year if today >= date(today.year, 12, 31) else today.year - 1


def _check_over(year: int, now: datetime) -> None:
    if year > last_over(now):
        raise LedgerError("year", "年度终了（12月31日）才能结转或收回", "state")


def _document(document: str) -> str:
    said = " ".join(document.split())
    if not said or len(said) > 120:
        raise LedgerError("document", "请写明文号，最多120字", "required")
    return said

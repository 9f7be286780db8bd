"""``post``: transfers go into the books, each key once, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import IntegrityError, connection, transaction

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.ledger import errors
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import FEN, Account

#: From this many transfers on they go by COPY.
COPY_FROM = 40
#: The longest of what a row may hold, so that a COPY does not end at a text in the middle.
LONGEST = {"key": 120, "about_kind": 40, "about_id": 40, "text": 200}
MOST = 10**15  # fen; sums over 9,000 such transfers still fit
_COLUMNS = (
    "debit_id, credit_id, amount, unit, key, period_id, at, about_kind, about_id, text"  # in order
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer to be: ``amount`` > 0 goes from account ``debit`` to account ``credit`` (ids).

    ``key`` names it for good. ``period`` (``2026-11``) is the month of the call unless it is said.
    """

    debit: int
    credit: int
    amount: int
    key: str
    about_kind: str = ""
    about_id: str = ""
    text: str = ""
    period: str = ""
    unit: str = FEN


@dataclass(frozen=True, slots=True)
class Posted:
    """How many transfers were new, and how many were there already (and which)."""

    new: int
    known: int
    known_keys: frozenset[str] = frozenset()


def post(entries: Sequence[Entry], now: datetime) -> Posted:
    """Put *entries* into the books in one transaction; those whose key is there change nothing.

    The accounts are locked in the order of their ids until the transaction ends, so that who
    posts the same again waits and then finds it. Several calls in one transaction should name
    their accounts to :func:`hold` first.

    Raises:
        LedgerError: a key belongs to another transfer, a balance would fall below its floor, the
            period or an account is closed, the units differ. Nothing is posted then.
    """
    wanted = _checked(entries, now)
    if not wanted:
        return Posted(0, 0)
    try:
        with transaction.atomic():
            return _post(wanted, now)
    except IntegrityError as error:
        raise errors.read(error) or error from error


def hold(accounts: Iterable[int]) -> None:
    """Lock *accounts* (ids) in order until the transaction ends (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM ledger_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(set(accounts))],
        )


def month_of(now: datetime) -> str:
    """The period in which *now* lies."""
    return f"{now.astimezone(SHANGHAI):%Y-%m}"


def open_account(
    code: str,
    name: str,
    *,
    side: str,
    kind: str,
    unit: str = FEN,
    floor: int | None = 0,
    owner: tuple[str, object] = ("", ""),
    area: str = "",
) -> Account:
    """The account *code*, made if there is none (2 statements at most)."""
    values = {
        "name": name,
        "side": side,
        "kind": kind,
        "unit": unit,
        "floor": floor,
        "owner_kind": owner[0],
        "owner_id": str(owner[1]),
        "area": area,
    }
    rows = Account.objects.unscoped("an account is looked up by its code")
    found: Account
    found, made = rows.get_or_create(code=code, defaults=values)
    if not made and (found.unit, found.side) != (unit, side):
        raise LedgerError("code", f"科目 {code} 已存在，单位或方向不同", "key_taken")
    return found


def _checked(entries: Sequence[Entry], now: datetime) -> dict[str, Entry]:
    """The entries by key; the same entry twice is one."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.amount.__class__ is not int or not 0 < entry.amount <= MOST:
            raise LedgerError("amount", "金额必须是大于0的整数（分）", "amount")
        if not entry.key or entry.debit == entry.credit:
            raise LedgerError("key" if not entry.key else "account", "分录不完整", "invalid")
        if found.setdefault(entry.key, entry) is not entry and found[entry.key] != entry:
            raise LedgerError("key", f"同一编号的两笔分录内容不同：{entry.key}", "key_taken")
    for name, most in LONGEST.items():
        if any(len(getattr(entry, name)) > most for entry in found.values()):
            raise LedgerError(name, f"最多{most}个字", "too_long")
        if any("\0" in getattr(entry, name) for entry in found.values()):
            raise LedgerError(name, "含有不能保存的字符")
    return found


def _post(wanted: dict[str, Entry], now: datetime) -> Posted:
    _open_periods({entry.period or month_of(now) for entry in wanted.values()})
    hold({i for entry in wanted.values() for i in (entry.debit, entry.credit)})
    if len(wanted) >= COPY_FROM:
        try:
            # The usual case: none is there. Looking first would cost as much as a third of it.
            with transaction.atomic():
                _copy(wanted.values(), now)
            return Posted(len(wanted), 0)
        except IntegrityError as error:
            if not _is_key(error):
                raise
    known = _known(wanted)
    fresh = [entry for key, entry in wanted.items() if key not in known]
    if len(fresh) >= COPY_FROM:
        _copy(fresh, now)
    elif fresh:
        _insert(fresh, now)
    return Posted(len(fresh), len(known), known)


def _is_key(error: IntegrityError) -> bool:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) == "ledger_transfer_key"


def _open_periods(keys: set[str]) -> None:
    """Periods open by themselves with their first transfer; a closed one stays closed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_period (key, closed_by, hash) "
            "SELECT k, '', '' FROM unnest(%s::text[]) AS k "
            "WHERE NOT EXISTS (SELECT FROM ledger_period WHERE key = k) "
            "ORDER BY k ON CONFLICT DO NOTHING",
            [sorted(keys)],
        )


def _known(wanted: dict[str, Entry]) -> frozenset[str]:
    """The keys that are in the books already; they must say the same there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, debit_id, credit_id, amount, unit, about_kind, about_id "
            "FROM ledger_transfer WHERE key = ANY(%s)",
            [list(wanted)],
        )
        known = {row[0]: row[1:] for row in cursor.fetchall()}
    for key, stored in known.items():
        one = wanted[key]
        said = (one.debit, one.credit, one.amount, one.unit, one.about_kind, one.about_id)
        if said != stored:
            raise LedgerError("key", f"编号已用于另一笔分录：{key}", "key_taken")
    return frozenset(known)


def _insert(entries: Sequence[Entry], now: datetime) -> None:
    month = month_of(now)
    values: list[Any] = []
    for e in entries:
        values += [e.debit, e.credit, e.amount, e.unit, e.key, e.period or month, now]
        values += [e.about_kind, e.about_id, e.text]
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(entries))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO ledger_transfer ({_COLUMNS}) VALUES {marks}", values)


def _copy(entries: Iterable[Entry], now: datetime) -> None:
    month, at = month_of(now), now.isoformat()
    lines = "".join(
        f"{e.debit}\t{e.credit}\t{e.amount}\t{e.unit}\t{_text(e.key)}\t{e.period or month}\t{at}\t"
        f"{_text(e.about_kind)}\t{_text(e.about_id)}\t{_text(e.text)}\n"
        for e in entries
    )
    connection.ensure_connection()
    raw = cast(Any, connection.connection)
    with (
        connection.wrap_database_errors,
        raw.cursor() as cursor,
        cursor.copy(f"COPY ledger_transfer ({_COLUMNS}) FROM STDIN") as copy,
    ):
        copy.write(lines)


def _text(value: str) -> str:
    """*value* as COPY reads it; most texts are plain."""
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)

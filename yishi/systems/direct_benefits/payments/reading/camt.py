"""BankToCustomerStatement (camt.053) and DebitCreditNotification (camt.054), versions 02 to 08.

Only booked entries count. A debit is a payment that left; a credit that carries return information,
is a reversal or has a return's code is money that came back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments.files.iso import CURRENCY, day_of, fen_of
from yishi.systems.direct_benefits.payments.models import ReceiptEntry
from yishi.systems.direct_benefits.payments.reading.pain002 import reason_of
from yishi.systems.direct_benefits.payments.reading.xml import child, children, first, text
from yishi.systems.direct_benefits.payments.values import Message, Said

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_RETURNS = frozenset({"RRTN", "RPCR", "RVSL", "ARET"})


def read(body: Element, kind: str, parts: str) -> Message:
    """What the statements or notifications (*parts*: ``Stmt`` or ``Ntfctn``) of a file say.

    Raises FieldError on ``file`` naming the entry."""
    message_id = text(body, "GrpHdr", "MsgId")
    if not message_id:
        raise FieldError("file", "缺少 GrpHdr/MsgId", "required")
    said: list[Said] = []
    for part in children(body, parts):
        for entry in children(part, "Ntry"):
            said += _entry(entry, len(said) + 1)
    return Message(kind, message_id[:70], tuple(said))


def _entry(entry: Element, place: int) -> Iterator[Said]:
    if first(entry, ("Sts", "Cd"), ("Sts", "Prtry"), ("Sts",)) != "BOOK":
        return
    on = _day(entry, place)
    credit = _is_credit(entry, place)
    details = list(children(entry, "NtryDtls"))
    rows = [row for one in details for row in children(one, "TxDtls")]
    if not rows:
        yield _without_details(entry, details, credit, on, place)
        return
    for row in rows:
        amount = child(row, "Amt")
        if amount is None:
            amount = child(row, "AmtDtls", "TxAmt", "Amt")
        if amount is None and len(rows) == 1:
            amount = child(entry, "Amt")
        side = text(row, "CdtDbtInd")
        yield _one(entry, row, amount, side == "CRDT" if side else credit, on, place)


def _one(
    entry: Element, row: Element, amount: Element | None, credit: bool, on: date, place: int
) -> Said:
    code, reason = reason_of(row)
    back = credit and _comes_back(entry, row, code)
    ref = first(row, ("Refs", "AcctSvcrRef")) or first(entry, ("AcctSvcrRef",), ("NtryRef",))
    end_to_end = first(row, ("Refs", "EndToEndId"), ("Refs", "InstrId"))
    return Said(
        _what(credit, back),
        "" if end_to_end == "NOTPROVIDED" else end_to_end[:70],
        _amount(amount, place),
        on,
        code,
        _why(credit, back, reason),
        ref[:70],
    )


def _without_details(
    entry: Element, details: list[Element], credit: bool, on: date, place: int
) -> Said:
    """An entry for a whole batch, or one of which the bank says nothing more."""
    batch = child(details[0], "Btch") if details else None
    order = text(batch, "MsgId")
    number = text(batch, "NbOfTxs")
    code, reason = reason_of(entry)
    back = credit and _comes_back(entry, entry, code)
    return Said(
        _what(credit, back),
        "",
        _amount(child(entry, "Amt"), place),
        on,
        code,
        _why(credit, back, reason),
        first(entry, ("AcctSvcrRef",), ("NtryRef",))[:70],
        message_id=order[:70],
        count=int(number) if number.isascii() and number.isdecimal() else None,
    )


def _what(credit: bool, back: bool) -> str:
    """A credit that is no return is somebody's money: it waits in the queue as one."""
    return ReceiptEntry.RETURNED if credit or back else ReceiptEntry.BOOKED


def _why(credit: bool, back: bool, reason: str) -> str:
    return reason if back or not credit else (reason or "来款，回单未写明退汇")


def _comes_back(entry: Element, row: Element, code: str) -> bool:
    sub = first(
        row,
        ("BkTxCd", "Domn", "Fmly", "SubFmlyCd"),
    ) or text(entry, "BkTxCd", "Domn", "Fmly", "SubFmlyCd")
    return (
        bool(code)
        or child(row, "RtrInf") is not None
        or sub in _RETURNS
        or (text(entry, "RvslInd") == "true")
    )


def _is_credit(entry: Element, place: int) -> bool:
    side = text(entry, "CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise FieldError("file", f"第 {place} 笔：CdtDbtInd 应为 CRDT 或 DBIT", "required")
    return side == "CRDT"


def _day(entry: Element, place: int) -> date:
    value = first(entry, ("BookgDt", "Dt"), ("BookgDt", "DtTm"), ("ValDt", "Dt"), ("ValDt", "DtTm"))
    if not value:
        raise FieldError("file", f"第 {place} 笔缺少 BookgDt", "required")
    return day_of(value)


def _amount(amount: Element | None, place: int) -> int:
    if amount is None:
        raise FieldError("file", f"第 {place} 笔缺少金额", "required")
    currency = amount.get("Ccy", "")
    if currency != CURRENCY:
        raise FieldError("file", f"第 {place} 笔币种为 {currency[:5]}，应为 {CURRENCY}", "currency")
    return fen_of(amount.text or "")

"""CustomerPaymentStatusReport, pain.002 (written for .001.10; other versions read alike)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments.files.iso import day_of, fen_of
from yishi.systems.direct_benefits.payments.models import Receipt, ReceiptEntry
from yishi.systems.direct_benefits.payments.reading.xml import child, children, first, text
from yishi.systems.direct_benefits.payments.values import Message, Said

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ACCEPTED = frozenset({"RCVD", "ACTC", "ACCP", "ACFC", "ACSP", "ACWC", "ACWP", "PDNG", "PATC"})
_BOOKED = frozenset({"ACSC", "ACCC"})  # settlement on the debtor's, on the creditor's account
_REJECTED = frozenset({"RJCT", "CANC", "BLCK"})
_PART = frozenset({"PART", ""})


def read(report: Element) -> Message:
    """What a report says. Raises FieldError on ``file`` naming what is missing or unknown."""
    message_id = text(report, "GrpHdr", "MsgId")
    if not message_id:
        raise FieldError("file", "缺少 GrpHdr/MsgId", "required")
    created = text(report, "GrpHdr", "CreDtTm")
    if not created:
        raise FieldError("file", "缺少 GrpHdr/CreDtTm", "required")
    on = day_of(created)
    return Message(Receipt.PAIN_002, message_id[:70], tuple(_said(report, on)))


def _said(report: Element, on: date) -> Iterator[Said]:
    group = child(report, "OrgnlGrpInfAndSts")
    order = text(group, "OrgnlMsgId")
    infos = list(children(report, "OrgnlPmtInfAndSts"))
    status = text(group, "GrpSts")
    if status not in _PART and not any(list(children(info, "TxInfAndSts")) for info in infos):
        yield _of_order(group, order, status, on, "OrgnlNbOfTxs", "OrgnlCtrlSum")
        return
    for info in infos:
        rows = list(children(info, "TxInfAndSts"))
        status = text(info, "PmtInfSts")
        if not rows and status not in _PART:
            yield _of_order(info, order, status, on, "OrgnlNbOfTxs", "OrgnlCtrlSum")
        for place, row in enumerate(rows, start=1):
            yield _of_one(row, status, on, place)


def _of_order(
    part: Element | None, order: str, status: str, on: date, count: str, total: str
) -> Said:
    if not order:
        raise FieldError("file", "缺少 OrgnlMsgId，不知道是哪张拨付单", "required")
    number, amount = text(part, count), text(part, total)
    code, reason = reason_of(part)
    return Said(
        _what(status, "整单状态"),
        "",
        fen_of(amount) if amount else None,
        on,
        code,
        reason,
        message_id=order[:70],
        count=int(number) if number.isascii() and number.isdecimal() else None,
    )


def _of_one(row: Element, of_info: str, on: date, place: int) -> Said:
    end_to_end = first(row, ("OrgnlEndToEndId",), ("OrgnlInstrId",))
    if not end_to_end:
        raise FieldError("file", f"第 {place} 笔缺少 OrgnlEndToEndId", "required")
    status = text(row, "TxSts") or of_info
    amount = first(row, ("OrgnlTxRef", "Amt", "InstdAmt"), ("OrgnlTxRef", "IntrBkSttlmAmt"))
    moment = text(row, "AccptncDtTm")
    code, reason = reason_of(row)
    return Said(
        _what(status, end_to_end),
        end_to_end[:70],
        fen_of(amount) if amount else None,
        day_of(moment) if moment else on,
        code,
        reason,
        first(row, ("AcctSvcrRef",), ("StsId",))[:70],
    )


def _what(status: str, of: str) -> str:
    if status in _ACCEPTED:
        return ReceiptEntry.ACCEPTED
    if status in _BOOKED:
        return ReceiptEntry.BOOKED
    if status in _REJECTED:
        return ReceiptEntry.REJECTED
    raise FieldError("file", f"{of}：不认识的状态 {status[:10] or '（空）'}", "status")


def reason_of(part: Element | None) -> tuple[str, str]:
    """Code and words of why (StsRsnInf, RtrInf)."""
    for name in ("StsRsnInf", "RtrInf"):
        info = child(part, name)
        if info is not None:
            code = first(info, ("Rsn", "Cd"), ("Rsn", "Prtry"))
            return code[:10], text(info, "AddtlInf")[:200]
    return "", ""

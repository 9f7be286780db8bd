"""A made-up bank and treasury (模拟): reads the payment file and answers as a real one would.

Nothing here touches the database. What happens to a payment follows from its end-to-end id, so that
the same file always gets the same answers: most are booked, some come back, a few are rejected.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree as ET  # writing only: what comes in is read by defusedxml

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments.files.iso import CURRENCY, fen_of, yuan
from yishi.systems.direct_benefits.payments.reading import treasury
from yishi.systems.direct_benefits.payments.reading.xml import (
    child,
    children,
    name_of,
    parse,
    text,
)

BANK = "模拟银行"
REJECTED, RETURNED, BOOKED = "rejected", "returned", "booked"
#: Out of a thousand.
REJECT, RETURN = 10, 40
_REASONS = {
    REJECTED: (("AC01", "账号有误"), ("BE01", "户名与账号不符")),
    RETURNED: (("AC04", "账户已销户"), ("BE01", "户名与账号不符"), ("AC06", "账户被冻结")),
}
PAIN_002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
CAMT_054 = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment as the bank reads it from the file."""

    end_to_end_id: str
    amount_fen: int

    @property
    def fate(self) -> tuple[str, str, str]:
        """(what becomes of it, reason code, reason)."""
        drawn = int.from_bytes(hashlib.sha256(self.end_to_end_id.encode()).digest()[:8], "big")
        place = drawn % 1000
        if place >= REJECT + RETURN:
            return BOOKED, "", ""
        what = REJECTED if place < REJECT else RETURNED
        reasons = _REASONS[what]
        code, reason = reasons[drawn // 1000 % len(reasons)]
        return what, code, reason


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt that the bank sends."""

    name: str
    content: bytes


def read_order(data: bytes) -> tuple[str, list[Asked]]:
    """(message id, payments) of a pain.001 or of the treasury's table. Raises FieldError."""
    return _of_table(data) if data.startswith(b"PK") else _of_pain001(data)


def _of_pain001(data: bytes) -> tuple[str, list[Asked]]:
    root = child(parse(data), "CstmrCdtTrfInitn")
    if root is None:
        raise FieldError("file", "不是 pain.001 支付文件", "type")
    asked = [
        Asked(text(row, "PmtId", "EndToEndId"), fen_of(text(row, "Amt", "InstdAmt")))
        for info in children(root, "PmtInf")
        for row in children(info, "CdtTrfTxInf")
    ]
    return text(root, "GrpHdr", "MsgId"), asked


def _of_table(data: bytes) -> tuple[str, list[Asked]]:
    from yishi.foundation.tables.sheets import read_table
    from yishi.systems.direct_benefits.payments.files.treasury import TABLE

    columns = {column.key: str(column.label) for column in TABLE.in_file}
    rows = list(read_table(io.BytesIO(data), columns).rows())
    asked = [Asked(row.text("end_to_end_id"), fen_of(row.text("amount"))) for row in rows]
    return rows[0].text("message_id"), asked


def answers(
    data: bytes, now: datetime, fate: Callable[[Asked], tuple[str, str, str]] | None = None
) -> list[Answer]:
    """What a bank (or, for its table, the treasury) sends back over time, in that order."""
    message_id, asked = read_order(data)
    told = [(one, *(fate(one) if fate else one.fate)) for one in asked]
    if data.startswith(b"PK"):
        return _treasury_answers(message_id, told, now)
    found = [Answer(f"{message_id}-pain.002.xml", status_report(message_id, told, now))]
    day = now.astimezone(SHANGHAI).date()
    left = [row for row in told if row[1] != REJECTED]
    back = [row for row in told if row[1] == RETURNED]
    for word, rows, credit in (("debit", left, False), ("return", back, True)):
        if rows:
            content = notification(f"{message_id}-{word}", rows, day, now, credit=credit)
            found.append(Answer(f"{message_id}-camt.054-{word}.xml", content))
    return found


Told = Sequence[tuple[Asked, str, str, str]]


def status_report(message_id: str, told: Told, now: datetime) -> bytes:
    """pain.002.001.10: accepted, or rejected with the reason."""
    root = ET.Element("Document", {"xmlns": PAIN_002})
    report = _sub(root, "CstmrPmtStsRpt")
    _header(report, f"{message_id}-S", now)
    group = _sub(report, "OrgnlGrpInfAndSts")
    _sub(group, "OrgnlMsgId", message_id)
    _sub(group, "OrgnlMsgNmId", "pain.001.001.09")
    some = any(row[1] == REJECTED for row in told)
    _sub(group, "GrpSts", "PART" if some else "ACSP")
    info = _sub(report, "OrgnlPmtInfAndSts")
    _sub(info, "OrgnlPmtInfId", f"{message_id}-1")
    for one, what, code, reason in told:
        row = _sub(info, "TxInfAndSts")
        _sub(row, "OrgnlInstrId", one.end_to_end_id)
        _sub(row, "OrgnlEndToEndId", one.end_to_end_id)
        _sub(row, "TxSts", "RJCT" if what == REJECTED else "ACSP")
        if what == REJECTED:
            _reason(row, "StsRsnInf", code, reason)
    return _bytes(root)


def notification(message_id: str, told: Told, day: date, now: datetime, *, credit: bool) -> bytes:
    """camt.054.001.08: what left the account, or what came back to it."""
    root = ET.Element("Document", {"xmlns": CAMT_054})
    body = _sub(root, "BkToCstmrDbtCdtNtfctn")
    _header(body, message_id, now)
    part = _sub(body, "Ntfctn")
    _sub(part, "Id", message_id)
    account = _sub(_sub(_sub(part, "Acct"), "Id"), "Othr")
    _sub(account, "Id", "SIMULATED")
    for one, _what, code, reason in told:
        entry = _sub(part, "Ntry")
        _sub(entry, "Amt", yuan(one.amount_fen)).set("Ccy", CURRENCY)
        _sub(entry, "CdtDbtInd", "CRDT" if credit else "DBIT")
        _sub(_sub(entry, "Sts"), "Cd", "BOOK")
        _sub(_sub(entry, "BookgDt"), "Dt", day.isoformat())
        reference = hashlib.sha256(f"{one.end_to_end_id}{credit}".encode()).hexdigest()[:16]
        _sub(entry, "AcctSvcrRef", reference.upper())
        code_of = _sub(_sub(entry, "BkTxCd"), "Domn")
        _sub(code_of, "Cd", "PMNT")
        family = _sub(code_of, "Fmly")
        _sub(family, "Cd", "RCDT" if credit else "ICDT")
        _sub(family, "SubFmlyCd", "RRTN" if credit else "DMCT")
        row = _sub(_sub(entry, "NtryDtls"), "TxDtls")
        _sub(_sub(row, "Refs"), "EndToEndId", one.end_to_end_id)
        _sub(row, "Amt", yuan(one.amount_fen)).set("Ccy", CURRENCY)
        _sub(row, "CdtDbtInd", "CRDT" if credit else "DBIT")
        if credit:
            _reason(row, "RtrInf", code, reason)
    return _bytes(root)


def _treasury_answers(message_id: str, told: Told, now: datetime) -> list[Answer]:
    """First what was paid or refused, later what came back."""
    day = now.astimezone(SHANGHAI).date()
    paid = [(one, "支付失败" if w == REJECTED else "支付成功", c, r) for one, w, c, r in told]
    back = [(one, "退回", code, reason) for one, what, code, reason in told if what == RETURNED]
    found = [Answer(f"{message_id}-结果.csv", _result_table(f"{message_id}-1", paid, day))]
    if back:
        found.append(Answer(f"{message_id}-退回.csv", _result_table(f"{message_id}-2", back, day)))
    return found


def _result_table(receipt_id: str, told: Told, day: date) -> bytes:
    file = io.StringIO()
    out = csv.writer(file, lineterminator="\r\n")
    out.writerow(treasury.COLUMNS.values())
    for one, result, code, reason in told:
        failed = result != "支付成功"
        out.writerow(
            [
                receipt_id,
                one.end_to_end_id,
                yuan(one.amount_fen),
                result,
                day.isoformat(),
                code if failed else "",
                reason if failed else "",
                f"GK{one.end_to_end_id[-12:]}",
            ]
        )
    return file.getvalue().encode("utf-8-sig")


def _header(above: ET.Element, message_id: str, now: datetime) -> None:
    group = _sub(above, "GrpHdr")
    _sub(group, "MsgId", message_id)
    _sub(group, "CreDtTm", now.astimezone(SHANGHAI).replace(microsecond=0).isoformat())
    if name_of(above) == "CstmrPmtStsRpt":
        _sub(_sub(group, "InitgPty"), "Nm", BANK)


def _reason(row: ET.Element, tag: str, code: str, reason: str) -> None:
    info = _sub(row, tag)
    _sub(_sub(info, "Rsn"), "Cd", code)
    _sub(info, "AddtlInf", f"{reason}（{BANK}）")


def _sub(above: ET.Element, tag: str, value: str | None = None) -> ET.Element:
    element = ET.SubElement(above, tag)
    element.text = value
    return element


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content

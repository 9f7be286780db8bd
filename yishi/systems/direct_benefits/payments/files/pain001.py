"""CustomerCreditTransferInitiation, pain.001.001.09 (ISO 20022, version of 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree as ET  # writing only: what comes in is read by defusedxml

from yishi.foundation.calendars import SHANGHAI
from yishi.systems.direct_benefits.payments.files.iso import CURRENCY, plain, yuan

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MEDIA_TYPE = "application/xml"


@dataclass(frozen=True, slots=True)
class Side:
    """An account with its holder and bank; ``bank_code`` is the branch's number in CNAPS."""

    name: str
    number: str
    bank: str
    bank_code: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment of a file."""

    end_to_end_id: str
    amount_fen: int
    payee: Side
    purpose: str


@dataclass(frozen=True, slots=True)
class Head:
    """What the file says of itself. ``created`` is fixed when the order was checked, so that the
    same order always gives the same bytes."""

    message_id: str
    created: datetime
    execute_on: date
    payer: Side


def write(head: Head, transfers: Sequence[Transfer]) -> bytes:
    """The file, UTF-8. All payments leave one account on one day (one PmtInf)."""
    root = ET.Element("Document", {"xmlns": NAMESPACE})
    body = ET.SubElement(root, "CstmrCdtTrfInitn")
    total = yuan(sum(one.amount_fen for one in transfers))
    _group(body, head, len(transfers), total)
    info = ET.SubElement(body, "PmtInf")
    _add(info, "PmtInfId", f"{head.message_id}-1")
    _add(info, "PmtMtd", "TRF")
    _add(info, "BtchBookg", "false")
    _add(info, "NbOfTxs", str(len(transfers)))
    _add(info, "CtrlSum", total)
    purpose = ET.SubElement(ET.SubElement(info, "PmtTpInf"), "CtgyPurp")
    _add(purpose, "Cd", "GOVT")
    _add(ET.SubElement(info, "ReqdExctnDt"), "Dt", head.execute_on.isoformat())
    _party(info, "Dbtr", head.payer.name)
    _account(info, "DbtrAcct", head.payer.number, currency=True)
    _agent(info, "DbtrAgt", head.payer)
    for one in transfers:
        _transfer(info, one)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def _group(body: ET.Element, head: Head, count: int, total: str) -> None:
    group = ET.SubElement(body, "GrpHdr")
    _add(group, "MsgId", head.message_id)
    created = head.created.astimezone(SHANGHAI).replace(microsecond=0)
    _add(group, "CreDtTm", created.isoformat())
    _add(group, "NbOfTxs", str(count))
    _add(group, "CtrlSum", total)
    _party(group, "InitgPty", head.payer.name)


def _transfer(info: ET.Element, one: Transfer) -> None:
    row = ET.SubElement(info, "CdtTrfTxInf")
    ids = ET.SubElement(row, "PmtId")
    _add(ids, "InstrId", one.end_to_end_id)
    _add(ids, "EndToEndId", one.end_to_end_id)
    amount = ET.SubElement(ET.SubElement(row, "Amt"), "InstdAmt", {"Ccy": CURRENCY})
    amount.text = yuan(one.amount_fen)
    _agent(row, "CdtrAgt", one.payee)
    _party(row, "Cdtr", one.payee.name)
    _account(row, "CdtrAcct", one.payee.number)
    remark = plain(one.purpose, 140)
    if remark:
        _add(ET.SubElement(row, "RmtInf"), "Ustrd", remark)


def _party(above: ET.Element, tag: str, name: str) -> None:
    _add(ET.SubElement(above, tag), "Nm", plain(name, 140))


def _account(above: ET.Element, tag: str, number: str, *, currency: bool = False) -> None:
    account = ET.SubElement(above, tag)
    _add(ET.SubElement(ET.SubElement(account, "Id"), "Othr"), "Id", number)
    if currency:
        _add(account, "Ccy", CURRENCY)


def _agent(above: ET.Element, tag: str, side: Side) -> None:
    bank = ET.SubElement(ET.SubElement(above, tag), "FinInstnId")
    member = ET.SubElement(bank, "ClrSysMmbId")
    _add(ET.SubElement(member, "ClrSysId"), "Cd", "CNAPS")
    _add(member, "MmbId", side.bank_code)
    _add(bank, "Nm", plain(side.bank, 140))


def _add(above: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(above, tag).text = text

"""The treasury's table (国库集中支付): Excel or CSV, one row for each payment.

Column names are illustrative (示意): each treasury has its own table, and a city renames them here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from yishi.foundation.tables import workbook
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.tables.exporting import MEDIA_TYPE as XLSX
from yishi.systems.direct_benefits.payments.files.iso import plain, yuan
from yishi.systems.direct_benefits.payments.files.pain001 import Head, Transfer

CSV = "text/csv"
Row = tuple[Head, Transfer]


def _column(key: str, label: str, value: object, width: int = 14) -> Column[Row]:
    return Column(key, label, value, width=width)  # type: ignore[arg-type]


#: Amounts and account numbers are texts: a spreadsheet would round both.
TABLE: Table[Row] = Table(
    "treasury_payments",
    "国库集中支付明细表",
    (
        _column("message_id", "支付批次号", lambda row: row[0].message_id, 20),
        _column("end_to_end_id", "支付流水号", lambda row: row[1].end_to_end_id, 26),
        _column("execute_on", "支付日期", lambda row: row[0].execute_on.isoformat()),
        _column("payer_name", "付款人全称", lambda row: plain(row[0].payer.name, 140), 30),
        _column("payer_number", "付款人账号", lambda row: row[0].payer.number, 22),
        _column("payee_name", "收款人全称", lambda row: plain(row[1].payee.name, 140), 30),
        _column("payee_number", "收款人账号", lambda row: row[1].payee.number, 24),
        _column("payee_bank", "收款人开户银行", lambda row: plain(row[1].payee.bank, 140), 26),
        _column("bank_code", "联行号", lambda row: row[1].payee.bank_code, 14),
        _column("amount", "金额（元）", lambda row: yuan(row[1].amount_fen), 16),
        _column("currency", "币种", lambda row: "人民币", 8),
        _column("purpose", "用途", lambda row: plain(row[1].purpose, 140), 30),
    ),
)


def write_xlsx(
    head: Head, transfers: Sequence[Transfer], *, who: str, at: datetime, simulated: bool
) -> bytes:
    """The table as a workbook; *at* is fixed when the order was checked (same order, same file)."""
    stamp = workbook.Stamp(head.message_id, who, at, "国库集中支付", demo=simulated)
    file = io.BytesIO()
    rows = [(head, one) for one in transfers]
    workbook.write(file, [Part(TABLE, rows)], stamp, most=len(rows))
    return file.getvalue()


def write_csv(head: Head, transfers: Sequence[Transfer]) -> bytes:
    """The table as CSV (UTF-8 with a mark that spreadsheets know)."""
    file = io.StringIO()
    out = csv.writer(file, lineterminator="\r\n")
    out.writerow([column.label for column in TABLE.in_file])
    for one in transfers:
        out.writerow([_safe(str(column.value((head, one)))) for column in TABLE.in_file])
    return file.getvalue().encode("utf-8-sig")


def _safe(text: str) -> str:
    """No cell is ever taken for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


__all__ = ["CSV", "TABLE", "XLSX", "write_csv", "write_xlsx"]

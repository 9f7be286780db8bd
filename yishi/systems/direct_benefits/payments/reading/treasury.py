"""The treasury's result table (国库支付结果表), Excel or CSV: one row for each payment."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.sheets import Limits, read_table
from yishi.systems.direct_benefits.payments.files.iso import day_of, fen_of
from yishi.systems.direct_benefits.payments.models import Receipt, ReceiptEntry
from yishi.systems.direct_benefits.payments.values import Message, Said

COLUMNS = {
    "receipt_id": "回单编号",
    "end_to_end_id": "支付流水号",
    "amount": "金额（元）",
    "result": "支付结果",
    "on": "办理日期",
    "reason_code": "原因代码",
    "reason": "原因",
    "bank_ref": "国库流水号",
}
REQUIRED = ("end_to_end_id", "amount", "result", "on")
RESULTS = {
    "已受理": ReceiptEntry.ACCEPTED,
    "支付成功": ReceiptEntry.BOOKED,
    "已支付": ReceiptEntry.BOOKED,
    "支付失败": ReceiptEntry.REJECTED,
    "拒绝": ReceiptEntry.REJECTED,
    "退回": ReceiptEntry.RETURNED,
    "退票": ReceiptEntry.RETURNED,
}
_LIMITS = Limits(size=20 * 1024 * 1024, rows=50_000)


def read(data: bytes) -> Message:
    """What the table says. Raises FieldError on ``file`` or ``header``, naming the row."""
    rows = list(_workbook(data) if data.startswith(b"PK") else _csv(data))
    if not rows:
        raise FieldError("file", "表中没有一行数据", "empty")
    ids = {row["receipt_id"] for _number, row in rows}
    if len(ids) > 1:
        raise FieldError("file", "一张表只能有一个回单编号", "receipt_id")
    # A table without a number of its own is known by its content.
    message_id = ids.pop() or "sha256:" + hashlib.sha256(data).hexdigest()[:40]
    return Message(
        Receipt.TREASURY, message_id[:70], tuple(_said(number, row) for number, row in rows)
    )


def _said(number: int, row: Mapping[str, str]) -> Said:
    for name in REQUIRED:
        if not row[name]:
            raise FieldError("file", f"第 {number} 行缺少“{COLUMNS[name]}”", "required")
    what = RESULTS.get(row["result"])
    if what is None:
        known = "、".join(RESULTS)
        text = f"第 {number} 行支付结果“{row['result'][:20]}”不认识，可用：{known}"
        raise FieldError("file", text, "result")
    try:
        return Said(
            what,
            row["end_to_end_id"][:70],
            fen_of(row["amount"]),
            day_of(row["on"][:10]),
            row["reason_code"][:10],
            row["reason"][:200],
            row["bank_ref"][:70],
        )
    except FieldError as error:
        raise FieldError("file", f"第 {number} 行：{error.message}", error.code) from error


def _workbook(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    table = read_table(io.BytesIO(data), COLUMNS, required=REQUIRED, limits=_LIMITS)
    for row in table.rows():
        for name, fault in row.faults():
            raise FieldError("file", f"第 {row.number} 行“{COLUMNS[name]}”：{fault}", "cell")
        yield row.number, {name: row.text(name) for name in COLUMNS}


def _csv(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise FieldError("file", "文件的文字编码有误，应为 UTF-8 或 GB18030") from error
    if "\0" in text:
        raise FieldError("file", "不是文本文件", "type")
    rows = csv.reader(io.StringIO(text))
    try:
        head = [cell.strip() for cell in next(rows)]
        places = _places(head)
        for number, cells in enumerate(rows, start=2):
            if any(cell.strip() for cell in cells):
                yield (
                    number,
                    {
                        name: cells[place].strip().lstrip("'") if place < len(cells) else ""
                        for name, place in places.items()
                    }
                    | {name: "" for name in COLUMNS if name not in places},
                )
    except StopIteration as error:
        raise FieldError("file", "文件是空的", "empty") from error
    except csv.Error as error:
        raise FieldError("file", f"第 {rows.line_num} 行读不懂", "csv") from error


def _places(head: list[str]) -> dict[str, int]:
    names = {label: name for name, label in COLUMNS.items()} | {name: name for name in COLUMNS}
    places = {names[cell]: place for place, cell in enumerate(head) if cell in names}
    missing = [COLUMNS[name] for name in REQUIRED if name not in places]
    if missing:
        raise FieldError("header", f"缺少必需的列：{'、'.join(missing)}", "header")
    return places

"""Receipts of banks and treasuries: from bytes to plain statements about payments."""

from __future__ import annotations

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments.models import Receipt
from yishi.systems.direct_benefits.payments.reading import camt, pain002, treasury
from yishi.systems.direct_benefits.payments.reading.xml import children, name_of, parse
from yishi.systems.direct_benefits.payments.values import Message

LARGEST = 20 * 1024 * 1024
_BODIES = {
    "CstmrPmtStsRpt": Receipt.PAIN_002,
    "BkToCstmrStmt": Receipt.CAMT_053,
    "BkToCstmrDbtCdtNtfctn": Receipt.CAMT_054,
}


def read(data: bytes, kind: str = "") -> Message:
    """What a file says; its content tells what it is, and must agree with *kind* where given.

    Raises FieldError on ``file``, ``header`` or ``kind``; nothing is stored.
    """
    if len(data) > LARGEST:
        raise FieldError("file", f"文件超过 {LARGEST // 1024 // 1024} MB", "too_large")
    if not data.strip():
        raise FieldError("file", "文件是空的", "empty")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    message = _xml(data) if start == b"<" else treasury.read(data)
    if kind and message.kind != kind:
        labels = dict(Receipt.KINDS)
        text = f"文件是{labels[message.kind]}，不是{labels.get(kind, kind)}"
        raise FieldError("kind", text, "kind")
    return message


def _xml(data: bytes) -> Message:
    root = parse(data.removeprefix(b"\xef\xbb\xbf"))
    if name_of(root) != "Document":
        raise FieldError("file", "不是 ISO 20022 报文（根元素应为 Document）", "type")
    for name, kind in _BODIES.items():
        body = next(children(root, name), None)
        if body is None:
            continue
        if kind == Receipt.PAIN_002:
            return pain002.read(body)
        return camt.read(body, kind, "Stmt" if kind == Receipt.CAMT_053 else "Ntfctn")
    raise FieldError("file", "只接收 pain.002、camt.053、camt.054 报文", "type")

"""两书同达: the notice of a record, printed together with the notice of its repair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair.catalogue import Book
from yishi.foundation.credit.repair.conditions import day_text
from yishi.foundation.credit.repair.notices import KINDS, sheet
from yishi.foundation.places.snapshot import Register


def record_notice(
    record: CreditRecord,
    book: Book,
    register: Register,
    earliest: date | None,
    duties: Sequence[str],
    *,
    applicant: str,
    demo: bool,
) -> dict[str, Any]:
    """两书同达: what was recorded, and how it is repaired, in one paper."""
    site = book.profile(record.profile).site
    light = record.severity == "light"
    shown = "原则上不公示" if light else f"在“{site}”公示，最长至{day_text(record.max_end)}"
    begin = f"自{day_text(earliest)}起" if earliest is not None else "经认定单位核定后"
    when = "履行义务后即可" if light else f"{begin}，义务履行完毕、失信行为改正的，可以"
    said = {
        "paragraphs": [
            f"{record.authority}以{record.document_no}认定的信息记入您的信用档案，{shown}。"
            "现将信用修复的条件、途径和期限一并告知。",
            f"{when}申请信用修复。修复不收取任何费用，也不需要委托他人代办。",
        ],
        "facts": [
            ("文书", record.document_no),
            ("文书日期", day_text(record.document_date)),
            ("认定单位", record.authority),
            ("失信等级", record.get_severity_display()),
            ("最长公示期", day_text(record.max_end) if not light else "—"),
            ("最早申请日", day_text(earliest) if earliest is not None else "—"),
        ],
        "parts": _parts(book, duties),
        "remedy": "认为记录有误的，可以随时提出异议。",
    }
    return sheet(
        register,
        KINDS["repair_notice"][0],
        said,
        number=record.number,
        under="记录编号",
        applicant=applicant,
        unit=record.authority,
        seal="（专用印章）",
        day=day_text(record.document_date),
        demo=demo,
    )


def _parts(book: Book, duties: Sequence[str]) -> list[dict[str, Any]]:
    """What it takes to be repaired, and how one asks for it."""
    return [
        {
            "title": "修复的条件（须同时具备）",
            "lines": [
                "达到最短公示期（轻微失信不适用）",
                "失信行为已经改正，文书确定的义务履行完毕",
                "公开作出信用承诺",
                "法律、行政法规规定的其他条件",
                *duties,
            ],
        },
        {
            "title": "途径和期限",
            "lines": [
                f"在“{book.window}”网上申请，或者到政务服务窗口申请，可以一次申请多条",
                f"认定单位{book.accept}内决定是否受理，窗口{book.answer}内答复",
                "准予修复的，同时终止公示、停止共享使用、解除失信惩戒措施",
                "承诺不实的，撤销修复，恢复公示和措施，并依法认定为严重失信",
            ],
        },
    ]

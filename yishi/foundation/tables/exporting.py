"""Exporting a list: a purpose is stated, the file is numbered, marked, counted and logged."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils import translation

from yishi.foundation.audit import access_log
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables import workbook
from yishi.foundation.tables.columns import Part
from yishi.foundation.tables.models import Export
from yishi.foundation.tables.workbook import ZONE, Stamp

#: Rows of one file.
MOST_ROWS = 100_000
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Taker(Protocol):
    """Whoever exports; an `access.Actor` is one."""

    @property
    def ref(self) -> str: ...

    @property
    def name(self) -> str: ...


class LimitReached(ValueError):
    """The person took as many files or rows today as a day allows; ``str()`` says which."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a person may still take today."""

    files: int
    rows: int


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file, open for reading and without a name on disk, and its log entry."""

    file: IO[bytes]
    size: int
    export: Export


def left(taker: Taker, now: datetime) -> Left:
    """What *taker* may still export today (1 statement).

    The limits are ``settings.YISHI_EXPORTS_A_DAY`` files and ``YISHI_EXPORT_ROWS_A_DAY`` rows.
    """
    day = now.astimezone(ZONE).date()
    taken = Export.objects.filter(actor_ref=taker.ref, day=day).aggregate(
        files=Count("id"), rows=Sum("rows", default=0)
    )
    files = int(settings.YISHI_EXPORTS_A_DAY) - taken["files"]
    return Left(max(0, files), max(0, int(settings.YISHI_EXPORT_ROWS_A_DAY) - taken["rows"]))


def export(
    taker: Taker,
    parts: Sequence[Part],
    *,
    key: str,
    title: str,
    purpose: str,
    filters: Sequence[tuple[str, str]] = (),
    now: datetime,
    city: str = "",
    demo: bool = False,
) -> Made:
    """Write *parts* to a file that only the caller holds, and log it.

    The number is taken and logged before the first row is read, so that a broken export shows in
    the log too. Texts are Chinese whatever the reader's language. Raises FieldError on
    ``purpose``, :class:`LimitReached`, and :class:`TooManyRows` beyond ``MOST_ROWS``.
    """
    entry = _begun(taker, key, title, _stated(purpose), filters, now)
    stamp = Stamp(entry.number, taker.name, now, entry.purpose, city, demo, filters)
    file = tempfile.TemporaryFile(prefix="yishi-export-")  # noqa: SIM115 (the caller closes it)
    try:
        with translation.override("zh-hans"), transaction.atomic():
            rows = workbook.write(file, parts, stamp, most=MOST_ROWS)
        size = file.tell()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with transaction.atomic():
            entry.rows, entry.sha256 = rows, digest
            entry.save(update_fields=["rows", "sha256"])
            subject = f"export:{entry.pk}"
            access_log.look(taker.ref, "export", subject, entry.purpose, now, rows=rows)
    except BaseException:
        file.close()
        raise
    return Made(file, size, entry)


def _stated(purpose: str) -> str:
    text = " ".join(workbook.clean(purpose).split())
    if len(text) < 2:
        raise FieldError("purpose", "请写明用途", "required")
    if len(text) > 100:
        raise FieldError("purpose", "用途最多100字", "too_long")
    return text


def _begun(
    taker: Taker,
    key: str,
    title: str,
    purpose: str,
    filters: Sequence[tuple[str, str]],
    now: datetime,
) -> Export:
    """Take the next number of the day, one at a time for each person."""
    day = now.astimezone(ZONE).date()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"export:{taker.ref}"]
            )
        remaining = left(taker, now)
        if not remaining.files:
            raise LimitReached(f"今天已导出 {settings.YISHI_EXPORTS_A_DAY} 次，达到每日上限")
        if not remaining.rows:
            raise LimitReached(f"今天已导出 {settings.YISHI_EXPORT_ROWS_A_DAY} 行，达到每日上限")
        return Export.objects.create(
            at=now,
            day=day,
            nth=int(settings.YISHI_EXPORTS_A_DAY) - remaining.files + 1,
            actor_ref=taker.ref,
            who=taker.name[:64],
            table=key,
            title=title[:60],
            filters=[list(pair) for pair in filters],
            purpose=purpose,
        )

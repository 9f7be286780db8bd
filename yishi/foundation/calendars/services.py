"""Adopting a calendar: from the city's folder, or from the State Council's notice for a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from yishi.foundation import revisions
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.days import (
    CalendarError,
    check_in_year,
    content_hash,
    version_name,
)
from yishi.foundation.calendars.models import CalendarVersion


@dataclass(frozen=True, slots=True)
class YearImport:
    """What importing a year's notice did.

    ``changed``: dates whose answer to "do offices work?" is another than before. ``confirmed``:
    the dates that became official. Deadlines that rest on either (every provisional one, and
    those whose span touches a changed date) are to be computed again.
    """

    version: str
    changed: tuple[date, ...]
    confirmed: tuple[date, ...]
    new: bool


@transaction.atomic
def adopt(
    document: Mapping[str, Any], *, origin: str, source: str, now: datetime
) -> tuple[CalendarVersion, bool]:
    """Store ``document`` as the version in force; the same content again changes nothing.

    Raises CalendarError naming the field. Returns the version and whether it is new.
    """
    calendar = Calendar.from_document(document)
    if not source.strip():
        raise CalendarError("必须写明依据的文件", "source")
    if calendar.official_to is None:
        raise CalendarError("缺少各年的放假安排", "years")
    # The number's row lock also makes concurrent adoptions wait for each other.
    revisions.bump("calendars")
    newest = CalendarVersion.objects.order_by("-id").first()
    hashed = content_hash(document)
    if newest is not None and newest.content_hash == hashed:
        return newest, False
    if CalendarVersion.objects.filter(content_hash=hashed).exists():
        raise CalendarError("与更早的版本内容相同，日历只能向前修订", "years")
    row = CalendarVersion.objects.create(
        version=version_name(document),
        content_hash=hashed,
        days=dict(document),
        official_to=calendar.official_to,
        origin=origin,
        source=source.strip()[:400],
        effective_from=now,
    )
    return row, True


@transaction.atomic
def import_year(
    year: int,
    *,
    holidays: Mapping[date, str],
    makeup: Mapping[date, str],
    source: str,
    now: datetime,
) -> YearImport:
    """Adopt the official notice for ``year`` on top of the calendar in force.

    ``holidays`` and ``makeup`` map dates (of the year, or of the December before) to the name of
    the festival; ``source`` names the notice. Importing a published year again corrects it.
    Raises CalendarError naming the field; nothing is changed then.
    """
    revisions.bump("calendars")
    newest = CalendarVersion.objects.order_by("-id").first()
    if newest is None:
        raise CalendarError("尚未载入工作日历，请先运行 yishi city load")
    if not holidays:
        raise CalendarError(f"{year} 年没有任何放假日", "holidays")
    for day in holidays:
        check_in_year(day, year, "holidays")
    for day in makeup:
        check_in_year(day, year, "makeup_workdays")
    years = dict(newest.days["years"])
    years[str(year)] = {
        "holidays": {day.isoformat(): name for day, name in sorted(holidays.items())},
        "makeup_workdays": {day.isoformat(): name for day, name in sorted(makeup.items())},
    }
    document = {**newest.days, "years": years}
    before, after = (
        Calendar.from_document(newest.days),
        Calendar.from_document(document),
    )
    row, new = adopt(document, origin=CalendarVersion.Origin.IMPORT, source=source, now=now)
    span = [date(year - 1, 12, 1) + timedelta(days=n) for n in range(397)]
    span = [day for day in span if day.year <= year]
    return YearImport(
        version=row.version,
        changed=tuple(d for d in span if before.is_workday(d) != after.is_workday(d)),
        confirmed=tuple(d for d in span if after.is_official(d) and not before.is_official(d)),
        new=new,
    )

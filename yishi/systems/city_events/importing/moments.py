"""Times in files: strictly ISO 8601, in the file's own zone where they name none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from yishi.foundation.revisions.errors import FieldError

#: Before this no catalogue is in force (see ``city_events.seed.BEGINNING``).
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def read_moment(text: str, zone: ZoneInfo, now: datetime, pattern: str = "") -> datetime:
    """When something was received, as an aware time that is not after *now*.

    *text* is a date (midnight) or a date and a time, ``2026-03-01``, ``2026-03-01 08:30:00`` or
    with ``T``, a fraction, ``Z`` or an offset; with a *pattern* it is read by that (``strptime``).
    Without an offset it is local to *zone*; of a doubled hour in autumn the first is meant, an
    hour that was skipped in spring is refused.

    Raises:
        FieldError: on ``received_at``.
    """
    moment = _by_pattern(text, pattern) if pattern else _iso(text)
    try:
        if moment.tzinfo is None:
            moment = _local(moment, zone)
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise _wrong("时间超出范围") from error
    if moment > now:
        raise _wrong("不能晚于现在")
    if moment < EARLIEST:
        raise _wrong("不能早于2000年")
    return moment


def _local(wall: datetime, zone: ZoneInfo) -> datetime:
    moment = wall.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise _wrong("这个时间在该时区不存在（夏令时跳过）")
    return moment


def _iso(text: str) -> datetime:
    found = _ISO.fullmatch(text)
    if found is None:
        raise _wrong("应为 2026-03-01 08:30:00 这样的日期和时间，可带时区")
    day, time, offset = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{time or '00:00'}{offset or ''}")
    except ValueError as error:
        raise _wrong("没有这个日期或时间") from error


def _by_pattern(text: str, pattern: str) -> datetime:
    try:
        return datetime.strptime(text, pattern)
    except (ValueError, OverflowError) as error:
        raise _wrong(f"应符合格式 {pattern}") from error


def _wrong(message: str) -> FieldError:
    return FieldError("received_at", message, "time")

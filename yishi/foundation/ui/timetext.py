"""Times, durations and counts as people read them, in Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext

SHANGHAI = ZoneInfo("Asia/Shanghai")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def local(moment: datetime) -> datetime:
    """*moment* (aware) in Asia/Shanghai; ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment.astimezone(SHANGHAI)


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def date_text(value: date | datetime) -> str:
    """``2026年11月24日``, in English ``2026-11-24``."""
    day = local(value).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日" if _chinese() else day.isoformat()


def moment_text(value: datetime, now: datetime | None = None) -> str:
    """``11月24日 10:30`` (with the year unless *now* lies in it), in English ``11-24 10:30``."""
    moment = local(value)
    short = now is not None and local(now).year == moment.year
    if _chinese():
        day = f"{moment.month}月{moment.day}日"
        return f"{'' if short else f'{moment.year}年'}{day} {moment:%H:%M}"
    return f"{moment:%m-%d %H:%M}" if short else f"{moment:%Y-%m-%d %H:%M}"


def duration_text(value: timedelta | float) -> str:
    """Two largest units, rounded down: ``2 天 3 小时``, ``2 小时 10 分``, ``不到 1 分``."""
    total = value.total_seconds() if isinstance(value, timedelta) else float(value)
    seconds = int(abs(total))
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes = rest // _MINUTE
    if days:
        units = [(days, gettext("%(n)d 天")), (hours, gettext("%(n)d 小时"))]
    else:
        units = [(hours, gettext("%(n)d 小时")), (minutes, gettext("%(n)d 分"))]
    texts = [text % {"n": number} for number, text in units if number]
    return " ".join(texts) or gettext("不到 1 分")


def relative_text(value: datetime, now: datetime) -> str:
    """``刚刚``, ``35 分前``, ``2 小时 10 分后``; beyond a week the moment itself."""
    seconds = (now - value).total_seconds()
    if abs(seconds) < _MINUTE:
        return gettext("刚刚")
    if abs(seconds) > 7 * _DAY:
        return moment_text(value, now)
    form = gettext("%(duration)s前") if seconds > 0 else gettext("%(duration)s后")
    return form % {"duration": duration_text(seconds)}

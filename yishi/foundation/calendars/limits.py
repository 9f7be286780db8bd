"""Time limits as official texts write them: ``2紧急工作时``, ``5工作日``, ``15天``.

The text decides, never a separate type column. What cannot be read without guessing is
refused with a reason; there is no default limit.

A *profile* says which rule reads the plain words 小时, 天 and 日, which differ by law:

=========  ======================================================================
events     city-management templates: 小时 and 天 are working time from the minute
hotline    12345: hours run on, 工作日 count by date (GB/T 33358 practice)
licence    行政许可法 art. 82: 日 are working days
penalty    行政处罚法 art. 85: 2, 3, 5 and 7 日 are working days, others calendar days
civil      民法典 art. 201-203: 日 are calendar days, moved past rest days
notice     公示: working days, the day of posting counts
=========  ======================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from yishi.foundation.revisions.errors import FieldError


class Unit(StrEnum):
    """How a limit is counted. ``label`` gives the official Chinese term."""

    EMERGENCY_HOUR = "emergency_hour"
    EMERGENCY_DAY = "emergency_day"
    WORKING_HOUR = "working_hour"
    WORKING_DAY_FROM_MINUTE = "working_day_from_minute"
    WORKING_DAY = "working_day"
    NATURAL_DAY = "natural_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    MINUTE = "minute"

    @property
    def label(self) -> str:
        """The official term, in Chinese."""
        return _LABELS[self]

    @property
    def by_date(self) -> bool:
        """True if whole dates are counted and the last day ends at 24:00."""
        return self in (Unit.WORKING_DAY, Unit.CALENDAR_DAY, Unit.MONTH)

    @property
    def continuous(self) -> bool:
        """True if every second counts, nights and holidays included."""
        return self in (
            Unit.MINUTE,
            Unit.EMERGENCY_HOUR,
            Unit.EMERGENCY_DAY,
            Unit.NATURAL_DAY,
        )


class CountMode(StrEnum):
    """Whether the first day counts (公示: yes) or not (民法典 art. 201). Date units only."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


_LABELS = {
    Unit.EMERGENCY_HOUR: "紧急工作时",
    Unit.EMERGENCY_DAY: "紧急工作日",
    Unit.WORKING_HOUR: "工作时",
    Unit.WORKING_DAY_FROM_MINUTE: "工作日（自分钟起算）",
    Unit.WORKING_DAY: "工作日（按日计）",
    Unit.NATURAL_DAY: "自然日（连续）",
    Unit.CALENDAR_DAY: "日历日（遇休顺延）",
    Unit.MONTH: "月",
    Unit.MINUTE: "分钟",
}

# Beyond these a text is a slip of the pen, not a limit.
_MOST = {
    Unit.MINUTE: 10_080,
    Unit.EMERGENCY_HOUR: 8_784,
    Unit.WORKING_HOUR: 4_000,
    Unit.EMERGENCY_DAY: 1_098,
    Unit.WORKING_DAY_FROM_MINUTE: 1_000,
    Unit.WORKING_DAY: 1_000,
    Unit.NATURAL_DAY: 1_098,
    Unit.CALENDAR_DAY: 1_098,
    Unit.MONTH: 240,
}


class LimitError(FieldError):
    """A limit text that cannot be read. ``reason`` is Chinese and meant for the officer."""

    def __init__(self, text: str, reason: str, row: int | None = None) -> None:
        self.text = text
        self.reason = reason
        self.row = row
        where = "" if row is None else f"第 {row} 行："
        super().__init__("limit", f"{where}时限“{shown(text)}”无法识别：{reason}")

    def at_row(self, row: int) -> LimitError:
        """The same error with the row of the file it came from."""
        return LimitError(self.text, self.reason, row)


def shown(text: str) -> str:
    """``text`` shortened and made safe for a message: no control characters, no surrogates."""
    short = text if len(text) <= 40 else text[:40] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of one unit; ``text`` is the official wording it was read from.

    Raises LimitError for an amount that is not a positive whole number or is absurd.
    """

    amount: int
    unit: Unit
    text: str
    count_mode: CountMode = CountMode.EXCLUSIVE

    def __post_init__(self) -> None:
        if type(self.amount) is not int or self.amount < 1:
            raise LimitError(self.text, "数量必须是大于零的整数")
        if self.amount > _MOST[self.unit]:
            raise LimitError(
                self.text,
                f"数量过大：{self.unit.label}最多 {_MOST[self.unit]}，请核对原文",
            )
        if self.count_mode is CountMode.INCLUSIVE and not self.unit.by_date:
            raise LimitError(self.text, "只有按日计算的时限才能计入首日")


_ALWAYS = {
    "紧急工作时": Unit.EMERGENCY_HOUR,
    "紧急工作小时": Unit.EMERGENCY_HOUR,
    "紧急工作日": Unit.EMERGENCY_DAY,
    "工作时": Unit.WORKING_HOUR,
    "工作小时": Unit.WORKING_HOUR,
    "分钟": Unit.MINUTE,
    "个月": Unit.MONTH,
    "年": Unit.MONTH,
}
_BY_DATE = {
    "小时": Unit.EMERGENCY_HOUR,
    "工作日": Unit.WORKING_DAY,
    "自然日": Unit.CALENDAR_DAY,
    "日历日": Unit.CALENDAR_DAY,
}
_CIVIL = {**_BY_DATE, "日": Unit.CALENDAR_DAY, "天": Unit.CALENDAR_DAY}
_LICENCE = {**_BY_DATE, "日": Unit.WORKING_DAY, "天": Unit.WORKING_DAY}

PROFILES: dict[str, dict[str, Unit]] = {
    "events": {
        "小时": Unit.WORKING_HOUR,
        "工作日": Unit.WORKING_DAY_FROM_MINUTE,
        "天": Unit.WORKING_DAY_FROM_MINUTE,
        "自然日": Unit.NATURAL_DAY,
        "日历日": Unit.CALENDAR_DAY,
    },
    "hotline": {**_BY_DATE},
    "licence": _LICENCE,
    "penalty": _CIVIL,
    "civil": _CIVIL,
    "notice": _LICENCE,
}
"""Meaning of the words that depend on the rule; 紧急…, 工作时, 分钟, 个月, 年 never do."""

_PENALTY_WORKING_DAYS = (2, 3, 5, 7)

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_NUMBER = r"[0-9]+|[〇零一二两三四五六七八九十百千]+"
_UNIT = (
    r"个?紧急工作(?:小时|时|日)|个?工作(?:小时|时|日)|个?自然日|个?日历日"
    r"|个?小时|分钟|个月|天|日|年"
)
_LIMIT = re.compile(rf"(?P<number>{_NUMBER}) ?(?P<unit>{_UNIT})(?:以内|之内|内)?")
_CLEAN = {ord("0") + 0xFEE0 + i: str(i) for i in range(10)} | {
    ord(c): " " for c in "\t\r\n\v\f\u00a0\u3000\u200b\ufeff"
}


def parse_limit(text: str, profile: str = "events") -> Limit:
    """Read an official limit text.

    Full-width digits, a blank before the unit, 个, a closing 内 and Chinese numerals up to 9,999
    are understood. ``profile`` is a key of PROFILES. Raises LimitError with the reason.
    """
    if not isinstance(text, str):
        raise LimitError(str(text), "应为文字")
    if profile not in PROFILES:
        raise LimitError(text, f"未知的计时口径“{shown(profile)}”，可用：{'、'.join(PROFILES)}")
    return _parse(text, profile)


@lru_cache(maxsize=4096)
def _parse(text: str, profile: str) -> Limit:
    plain = text.translate(_CLEAN).strip()
    found = _LIMIT.fullmatch(plain)
    if found is None:
        raise LimitError(text, _why_not(plain))
    word = found["unit"]
    unit = _unit(word if word == "个月" else word.removeprefix("个"), profile, text)
    amount = _amount(found["number"], text)
    if word == "年":
        amount *= 12
    if profile == "penalty" and word in ("日", "天") and amount in _PENALTY_WORKING_DAYS:
        unit = Unit.WORKING_DAY
    inclusive = profile == "notice" and unit.by_date
    mode = CountMode.INCLUSIVE if inclusive else CountMode.EXCLUSIVE
    return Limit(amount, unit, text.strip(), mode)


def _unit(word: str, profile: str, text: str) -> Unit:
    unit = _ALWAYS.get(word) or PROFILES[profile].get(word)
    if unit is None:
        raise LimitError(
            text,
            f"“{word}”在口径“{profile}”下含义不明，请写明工作日、自然日或紧急工作日",
        )
    return unit


def _amount(number: str, text: str) -> int:
    if number[0] in "0123456789":
        # int() of thousands of digits is slow or refused; six already exceed every bound.
        digits = number.lstrip("0")
        if len(digits) > 6:
            raise LimitError(text, "数量过大，请核对原文")
        return int(digits or "0")
    amount = _chinese_number(number)
    if amount is None:
        raise LimitError(text, f"数字“{shown(number)}”写法有歧义，请用阿拉伯数字")
    return amount


def _chinese_number(number: str) -> int | None:
    """Value of a numeral such as 十五, 一百零五, 两千; None where it can be read two ways."""
    if number in ("零", "〇"):
        return 0
    total, digit, last_scale = 0, None, 10_000
    for position, char in enumerate(number):
        if char in "零〇":
            if digit is not None or position == 0 or number[position - 1] in "零〇十":
                return None
            continue
        if char in _DIGITS:
            if digit is not None:
                return None
            digit = _DIGITS[char]
            continue
        scale = _SCALES[char]
        if scale >= last_scale or (digit is None and not (scale == 10 and position == 0)):
            return None
        total += (1 if digit is None else digit) * scale
        last_scale, digit = scale, None
    if digit is None:
        return total if number[-1] not in "零〇" else None
    # 一百五 is said for 150 and read as 105: refuse it.
    if last_scale in (100, 1000) and number[-2] not in "零〇":
        return None
    return total + digit


def _why_not(plain: str) -> str:
    """The reason, in Chinese, why a text without blanks is not a limit."""
    if not plain:
        return "内容为空"
    if plain[0] in "-－−负":
        return "数量不能为负"
    if re.search(r"[0-9一二两三四五六七八九十][.．点/][0-9一二三四五六七八九]|半", plain):
        return "数量必须是整数，不接受小数或“半”"
    if re.search(rf"(?:{_NUMBER})[^0-9]*?[-~～—至到](?:{_NUMBER})", plain):
        return "是一个范围，不是一个确定的时限"
    if re.fullmatch(_NUMBER, plain):
        return "缺少单位"
    inner = _LIMIT.search(plain)
    if inner is not None and inner.start() > 0:
        return f"数量前有附加条件“{shown(plain[: inner.start()])}”，没有为它配置规则"
    if inner is not None:
        return f"单位后有多余文字“{shown(plain[inner.end() :])}”"
    if re.match(_NUMBER, plain):
        return "单位不认识"
    return "缺少数量或单位"


def parse_rows(
    rows: list[tuple[int, str]], profile: str = "events"
) -> tuple[dict[int, Limit], list[LimitError]]:
    """Read a column of an import: limits by row number, and the refused rows with reasons."""
    limits: dict[int, Limit] = {}
    refused: list[LimitError] = []
    for row, text in rows:
        try:
            limits[row] = parse_limit(text, profile)
        except LimitError as error:
            refused.append(error.at_row(row))
    return limits, refused

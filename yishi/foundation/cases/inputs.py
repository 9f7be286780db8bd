"""Turns what a form or an API call sends for a move into checked facts, field by field."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation.cases.lifecycle import Move, Need
from yishi.foundation.revisions.errors import FieldError

#: Longest opinion, in characters.
LONGEST_TEXT = 2000
MOST_PHOTOS = 9
MOST_KEYS = 60
#: NUL, and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CITY_TIME = ZoneInfo("Asia/Shanghai")


def clean_text(name: str, value: Any, longest: int = LONGEST_TEXT) -> str:
    """*value* as storable text without surrounding space.

    Raises:
        FieldError: when it is not text, too long, or holds what the database cannot store.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(name, "应为文字", "type")
    text = value.strip()
    if _UNSTORABLE.search(text):
        raise FieldError(name, "含有无法保存的字符，请删除后重试", "characters")
    if len(text) > longest:
        raise FieldError(name, f"最多{longest}个字，现有{len(text)}个字", "too_long")
    return text


def read_uuid(name: str, value: Any) -> uuid.UUID:
    """*value* as a UUID.

    Raises:
        FieldError: when it is none.
    """
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError as error:
        raise FieldError(name, "编号格式不正确", "format") from error


def read_int(name: str, value: Any) -> int:
    """*value* as a positive number that a bigint column can hold.

    Raises:
        FieldError: when it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise FieldError(name, "应为编号", "type")
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise FieldError(name, "应为编号", "format")
    return int(text)


def _choice(need: Need, value: Any) -> str:
    if value not in {key for key, _ in need.choices}:
        raise FieldError(need.name, "请从列出的选项中选择", "choice")
    return str(value)


def _photos(need: Need, value: Any) -> list[uuid.UUID]:
    if not isinstance(value, list | tuple):
        raise FieldError(need.name, "应为照片编号的列表", "type")
    if len(value) > MOST_PHOTOS:
        raise FieldError(need.name, f"最多{MOST_PHOTOS}张照片", "too_many")
    return list(dict.fromkeys(read_uuid(need.name, item) for item in value))


def _date(need: Need, value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError as error:
        raise FieldError(need.name, "应为日期，例如2026-03-18", "format") from error


def _moment(need: Need, value: Any) -> datetime:
    """A time; one without an offset is the city's own."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        at = at if at.tzinfo else at.replace(tzinfo=CITY_TIME)
        return at.astimezone(CITY_TIME)
    except (ValueError, OverflowError) as error:
        raise FieldError(need.name, "应为日期和时间，例如2026-03-18 17:00", "format") from error


def _number(need: Need, value: Any) -> int:
    """A small whole number."""
    number = read_int(need.name, value)
    if number > 9_999:
        raise FieldError(need.name, "数字过大", "too_big")
    return number


def _keys(need: Need, value: Any) -> list[str]:
    """Keys of a catalogue: a list of short texts."""
    if not isinstance(value, list | tuple):
        raise FieldError(need.name, "应为列表", "type")
    if len(value) > MOST_KEYS:
        raise FieldError(need.name, f"最多{MOST_KEYS}项", "too_many")
    return list(dict.fromkeys(clean_text(need.name, one, 64) for one in value))


_READERS: dict[str, Callable[[Need, Any], Any]] = {
    "text": lambda need, value: clean_text(need.name, value),
    "line": lambda need, value: clean_text(need.name, value, 200),
    "choice": _choice,
    "photos": _photos,
    "unit": lambda need, value: read_int(need.name, value),
    "member": lambda need, value: read_int(need.name, value),
    "person": lambda need, value: read_int(need.name, value),
    "type": lambda need, value: clean_text(need.name, value, 64),
    "standard": lambda need, value: clean_text(need.name, value, 64),
    "referral": lambda need, value: clean_text(need.name, value, 32),
    "number": _number,
    "keys": _keys,
    "date": _date,
    "moment": _moment,
    "flag": lambda need, value: bool(value),
    "place": lambda need, value: value,
}


def read_facts(move: Move, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of *move* from *raw*; empty optional ones are left out.

    Raises:
        FieldError: naming the first field that is wrong, missing, or unknown to the move.
    """
    known = {need.name for need in move.needs}
    for name in raw:
        if name not in known:
            raise FieldError(str(name)[:64], "此步骤没有这个字段", "unknown")
    facts: dict[str, Any] = {}
    for need in move.needs:
        value = raw.get(need.name)
        if value in (None, "", [], ()):
            if need.required:
                raise FieldError(need.name, f"请填写{need.label}", "required")
            continue
        facts[need.name] = _READERS[need.kind](need, value)
        if need.required and facts[need.name] == "":
            raise FieldError(need.name, f"请填写{need.label}", "required")
    return facts

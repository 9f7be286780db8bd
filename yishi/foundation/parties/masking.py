"""What is shown of personal values, and what is hidden inside free text.

Hiding in free text errs on the side of hiding: telephone numbers, identity numbers (GB 11643),
bank cards (ISO/IEC 7812), number plates (GA 36) and e-mail addresses lose every digit, also in
full-width digits and with blanks or dashes between them. Passports and WeChat names are not seen
unless a word like 电话, QQ or 微信 stands before a number.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise

_SEPARATOR = r"[\s\-_.·•/()（）+\u200b-\u200f\u2010-\u2015\u2212\u2060\ufeff－．]{0,3}"
_RUN = re.compile(rf"\d(?:{_SEPARATOR}\d)*(?:{_SEPARATOR}[XxＸｘ])?")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d([-/.年])(?:0?[1-9]|1[0-2])[-/.月](?:3[01]|[12]\d|0?[1-9])(?!\d)"
)
_COORDINATES = re.compile(
    r"(?<!\d)(?:7[3-9]|[89]\d|1[0-2]\d|13[0-5])\.\d{2,8}[\s/]{1,3}"
    r"(?:1[89]|[2-4]\d|5[0-3])\.\d{2,8}(?!\d)"
)
_STAMPED = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{0,10}")
_MOBILE = re.compile(r"(?=(1[3-9]\d{9}))")
_LANDLINE = re.compile(r"(?=(0(?:10|2\d)[2-8]\d{7}|0[3-9]\d\d[2-8]\d{6,7}))")
_IDENTITY = re.compile(
    r"(?=([1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]))"
)
_OLD_IDENTITY = re.compile(r"(?=([1-8]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}))")
_SPOKEN = re.compile(
    r"[零〇一二三四五六七八九幺][零〇一二三四五六七八九幺\s\-]{5,}[零〇一二三四五六七八九幺]"
)
_CALLED = re.compile(
    r"(?:电话|手机|座机|联系|身份证|银行卡|卡号|账号|帐号|微信|QQ|WeChat|tel|phone|mobile)"
    r"[^\d\n]{0,6}$",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][\s·.\-]{0,2}"
    r"[A-HJ-NP-ZＡ-ＺA-Za-zａ-ｚ]"
    r"((?:[\s·.\-]{0,2}[A-Za-z\dＡ-Ｚａ-ｚ]){4,6}[\s]?[学警港澳挂领使]?)"
)
_EMAIL = re.compile(r"([\w.+\-]{1,64})[@＠]([A-Za-z\d\-]{1,63}(?:[.．][A-Za-z\d\-]{1,63})+)")
_SUSPECT = re.compile(r"[\d@＠]|[零〇一二三四五六七八九幺][\s\-]*[零〇一二三四五六七八九幺]")
_FEWEST_CARD_DIGITS = 13
_FEWEST_CALLED_DIGITS = 6
#: Of what no word before it says that it is a number to hide.
_FEWEST_DIGITS = 11


def mask_phone(phone: str) -> str:
    """``13812345678`` → ``138****5678``; ``0710-3456789-801`` → ``0710-****789``."""
    if not phone:
        return ""
    if phone.startswith("+"):
        return phone[:3] + "****" + phone[-2:]
    area, dash, number = phone.partition("-")
    if dash:
        return f"{area}-****{number.partition('-')[0][-3:]}"
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****"


def mask_name(name: str) -> str:
    """``张三丰`` → ``张**``: the first character only, whatever the length."""
    return name[:1] + "**" if name else ""


def mask_email(email: str) -> str:
    """``zhang@example.cn`` → ``z***@example.cn``."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}" if local else ("***" if email else "")


def mask_numbers(text: str) -> str:
    """Return *text* with every personal number replaced by ``*``, one for each of its characters.

    The length and whatever stands around stay as they are; masking twice changes nothing.
    Dates, coordinates and short numbers (house numbers, lamp posts, times) stay readable.
    """
    if not _SUSPECT.search(text):
        return text
    hidden: set[int] = set()
    plain = [found.span() for known in (_DATE, _COORDINATES) for found in known.finditer(text)]
    plain.sort()
    for run in _RUN.finditer(text):
        _hide_in_run(text, run.start(), run.end(), plain, hidden)
    for found in _PLATE.finditer(text):
        if any(character.isdecimal() for character in found[1]):
            hidden.update(_word_places(text, *found.span(1)))
    for found in _SPOKEN.finditer(text):
        hidden.update(_word_places(text, *found.span()))
    for found in _EMAIL.finditer(text):
        hidden.update(_word_places(text, *found.span(1)))
    if not hidden:
        return text
    return "".join("*" if place in hidden else c for place, c in enumerate(text))


def _hide_in_run(
    text: str, start: int, end: int, plain: list[tuple[int, int]], hidden: set[int]
) -> None:
    """Add the places of personal numbers in the digits (and separators) between two places."""
    places = [p for p in range(start, end) if text[p].isdecimal() or text[p] in "XxＸｘ"]
    if len(places) < _FEWEST_CALLED_DIGITS:
        return
    digits = "".join(str(int(text[p])) if text[p].isdecimal() else "X" for p in places)
    if _CALLED.search(text[max(0, start - 16) : start]):
        hidden.update(places)
    if len(digits) < _FEWEST_DIGITS:
        return
    for pattern in (_MOBILE, _IDENTITY, _OLD_IDENTITY):
        for found in pattern.finditer(digits):
            span = places[slice(*found.span(1))]
            if pattern is not _MOBILE or _whole_groups(places, digits, *found.span(1)):
                hidden.update(span)
    for found in _LANDLINE.finditer(digits):
        if not text[places[found.start()] - 1 : places[found.start()]].isdecimal():
            hidden.update(places[slice(*found.span(1))])
    for part in _without_plain(places, plain):
        if _looks_like_card(text, part):
            hidden.update(part)


def _whole_groups(places: list[int], digits: str, start: int, end: int) -> bool:
    """Say whether digits lie within one group or make up whole groups (12 13 14 15 16 … do not).

    An X beside them belongs to identity numbers only and makes no group longer.
    """
    if places[end - 1] - places[start] == end - 1 - start:
        return True
    begins = start == 0 or places[start - 1] != places[start] - 1 or digits[start - 1] == "X"
    ends = end == len(places) or places[end] != places[end - 1] + 1 or digits[end] == "X"
    return begins and ends


def _without_plain(places: list[int], plain: list[tuple[int, int]]) -> list[list[int]]:
    """Split a run's digit places at the dates and coordinates in it, which are left out."""
    parts: list[list[int]] = [[]]
    for place in places:
        index = bisect_right(plain, (place, place + 1_000_000)) - 1
        if index >= 0 and plain[index][0] <= place < plain[index][1]:
            if parts[-1]:
                parts.append([])
        else:
            parts[-1].append(place)
    return parts


def _looks_like_card(text: str, places: list[int]) -> bool:
    """Say whether so many digits stand together that they may be a card's or document's number.

    Groups of two are more often lists (lamp posts 12 13 14 …): they count when the check digit
    (Luhn, ISO/IEC 7812-1 annex B) fits. A run that starts with a date is a number of a paper.
    """
    digits = [int(text[p]) for p in places if text[p].isdecimal()]
    if len(digits) < _FEWEST_CARD_DIGITS:
        return False
    if places[-1] - places[0] + 1 == len(places):
        return not _STAMPED.fullmatch("".join(map(str, digits)))
    groups = _group_lengths(places)
    if max(groups) >= 3 or max(groups) == 1:
        return True
    return len(digits) <= 19 and _luhn(tuple(digits))


def _group_lengths(places: list[int]) -> list[int]:
    lengths = [1]
    for before, after in pairwise(places):
        if after == before + 1:
            lengths[-1] += 1
        else:
            lengths.append(1)
    return lengths


@lru_cache(maxsize=1024)
def _luhn(digits: tuple[int, ...]) -> bool:
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _word_places(text: str, start: int, end: int) -> list[int]:
    return [place for place in range(start, end) if text[place].isalnum()]

"""Project codes (项目代码, GB/T 40058-2021): form, region, age; verified by a port.

Codes are given out by the central platform alone, and "没有项目代码或未通过项目代码核验的不得受理"
(发改投资〔2020〕1439号). How the check digit is computed is not published: a code is never made or
judged here beyond its form, but verified through a port.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from yishi.foundation.revisions.errors import FieldError

#: Time, region, guiding department, type, five random digits and the check digit.
_FORM = re.compile(r"(\d{4})-(\d{6})-(\d{2})-(\d{2})-(\d{6})", re.ASCII)
_DASHES = str.maketrans({"－": "-", "—": "-", "–": "-", "‐": "-", "　": " "})
#: Codes before November 2020 begin with their year.
LEGACY_YEARS = range(2016, 2021)
#: The type segment of legacy codes: how the project was taken on.
LEGACY_TYPES = {"01": "审批", "02": "核准", "03": "备案"}
PROVINCE = "42"


class Verdict(StrEnum):
    """What the platform says of a code."""

    VALID = "valid"
    UNKNOWN = "unknown"
    VOID = "void"
    #: No answer: the project waits, it is neither taken nor refused.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class ProjectCode:
    """A code that has the right form. *month*: year and month it was given, if it tells."""

    text: str
    region: str
    type: str
    legacy: bool
    month: date | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The platform's answer with what it is based on."""

    verdict: Verdict
    source: str
    note: str = ""


class ProjectCodeVerifier(Protocol):
    """The port to the platform that gives out project codes."""

    def verify(self, code: ProjectCode) -> Verification:
        """What the platform knows of *code*; never raises for a platform that is away."""
        ...


class StubVerifier:
    """Stands for the platform where none is connected (模拟): says so, and knows void codes by the
    random segment 000000, unknown ones by 999999, and is away for 888888."""

    SOURCE = "模拟核验（未接入投资项目在线审批监管平台）"
    _KNOWN = {
        "000000": Verdict.VOID,
        "999999": Verdict.UNKNOWN,
        "888888": Verdict.UNREACHABLE,
    }

    def verify(self, code: ProjectCode) -> Verification:
        """The simulated answer."""
        verdict = self._KNOWN.get(code.text[-6:], Verdict.VALID)
        return Verification(verdict, self.SOURCE)


def read_code(field: str, raw: str, today: date) -> ProjectCode:
    """The code that *raw* writes.

    Raises:
        FieldError: ``format``, ``region`` or ``month``, naming *field*.
    """
    text = raw.strip().translate(_DASHES).replace(" ", "")
    found = _FORM.fullmatch(text)
    if found is None:
        raise FieldError(
            field,
            "项目代码应为24位，形如 2609-420606-04-01-123456（四段数字加六位，用短横线连接）",
            "format",
        )
    when, region, _, kind, _ = found.groups()
    if not region.startswith(PROVINCE):
        raise FieldError(field, f"项目代码的地区段 {region} 不属于湖北省（42）", "region")
    if int(when) in LEGACY_YEARS:
        return ProjectCode(text, region, kind, True, None)
    year, month = 2000 + int(when[:2]), int(when[2:])
    if not 1 <= month <= 12:
        raise FieldError(field, f"项目代码的时间段 {when} 不是年月", "month")
    given = date(year, month, 1)
    if given > today:
        raise FieldError(field, f"项目代码的时间段 {when} 晚于今天", "month")
    return ProjectCode(text, region, kind, False, given)


def in_city(code: ProjectCode, city: str) -> bool:
    """Whether the code's region is the city's or the province's own (projects across cities)."""
    return code.region.startswith(city[:4]) or code.region.startswith(PROVINCE + "0000")

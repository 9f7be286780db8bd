"""Numbers that say who somebody is, checked: GB 32100 (统一社会信用代码), GB 11714 (组织机构代码),
GB 11643 (公民身份号码), and the other papers as their issuers write them.

Pure functions. What is wrong is said with the place in the number; what only looks odd (a region
that no longer exists) is a warning, for numbers outlive the divisions they were given in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from yishi.foundation.parties.identifier_codes import (
    LEGAL_KINDS,
    ORGANISATION_KINDS,
    PROVINCES,
    REGISTRARS,
)
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError


class IdentifierKind(StrEnum):
    """Kinds of identifying numbers. Those of organisations are public, those of people are not."""

    USCC = "uscc"
    ORG_CODE = "org_code"
    REG_NO = "reg_no"
    RESIDENT_ID = "resident_id"
    RESIDENCE_PERMIT = "residence_permit"
    HK_MO_PERMIT = "hk_mo_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PASSPORT = "passport"
    FOREIGN_RESIDENCE = "foreign_residence"
    MILITARY = "military"


if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

#: As officials name them. The codes of GA/T 517 and GB/T 36903 stand in ``identifier_codes``.
LABELS: dict[IdentifierKind, StrPromise] = {
    IdentifierKind.USCC: _("统一社会信用代码"),
    IdentifierKind.ORG_CODE: _("组织机构代码"),
    IdentifierKind.REG_NO: _("工商注册号"),
    IdentifierKind.RESIDENT_ID: _("居民身份证"),
    IdentifierKind.RESIDENCE_PERMIT: _("港澳台居民居住证"),
    IdentifierKind.HK_MO_PERMIT: _("港澳居民来往内地通行证"),
    IdentifierKind.TAIWAN_PERMIT: _("台湾居民来往大陆通行证"),
    IdentifierKind.PASSPORT: _("护照"),
    IdentifierKind.FOREIGN_RESIDENCE: _("外国人永久居留身份证"),
    IdentifierKind.MILITARY: _("军人证件"),
}
PUBLIC_KINDS = frozenset({IdentifierKind.USCC, IdentifierKind.ORG_CODE, IdentifierKind.REG_NO})

#: GB 32100-2015 table 1: the 31 signs, without I, O, S, V and Z.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {sign: place for place, sign in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_SEPARATORS = re.compile(r"[\s\-_.·()（）\u200b-\u200f\u2010-\u2015\ufeff]+")
_EARLIEST_BIRTH = date(1880, 1, 1)


@dataclass(frozen=True, slots=True)
class Checked:
    """A number in its one form, with what it says of itself.

    ``region``: the six digits of the place that gave it; ``legal_kind``: what sort of organisation
    (:data:`~yishi.foundation.parties.identifier_codes.LEGAL_KINDS`). Its repr shows no number of a
    person.
    """

    kind: IdentifierKind
    value: str
    region: str = ""
    registrar: str = ""
    legal_kind: str = ""
    organisation: str = ""
    born: date | None = None
    sex: str = ""
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = self.value if self.kind in PUBLIC_KINDS else "…"
        return f"Checked({self.kind}, {shown})"


def check_identifier(field: str, kind: object, value: object, today: date) -> Checked:
    """Check the number *value* of a paper of *kind*.

    Raises:
        FieldError: on ``<field>`` for the number, on ``<field>_kind`` for an unknown kind.
    """
    try:
        known = IdentifierKind(str(kind))
    except ValueError:
        raise FieldError(f"{field}_kind", "没有这种证件", "unknown") from None
    return _CHECKS[known](field, value, today)


def check_uscc(field: str, value: object) -> Checked:
    """A 统一社会信用代码. Raises `FieldError` on *field*."""
    text = _plain(field, value)
    _length(field, text, 18, "统一社会信用代码")
    for place, sign in enumerate(text, 1):
        if sign not in _USCC_VALUES:
            raise FieldError(field, _wrong_sign(place, sign), "alphabet")
    if not text[2:8].isdigit():
        raise FieldError(field, "第3至8位为登记机关行政区划码，应为6位数字", "region")
    expected = uscc_check_sign(text[:17])
    if text[17] != expected:
        raise FieldError(field, "校验位不符，请核对是否有输错的字符", "check")
    warnings = []
    registrar = REGISTRARS.get(text[0], "")
    organisation = ORGANISATION_KINDS.get(text[:2], "")
    if not registrar:
        warnings.append(f"登记管理部门代码“{text[0]}”不在已知代码中")
    elif not organisation:
        warnings.append(f"机构类别代码“{text[:2]}”不在已知代码中")
    if text[2:4] not in PROVINCES:
        warnings.append("行政区划码不属于已知省份")
    if text[16] != org_code_check_sign(text[8:16]):
        warnings.append("主体标识码（组织机构代码）的校验位不符")
    return Checked(
        IdentifierKind.USCC,
        text,
        region=text[2:8],
        registrar=registrar,
        legal_kind=LEGAL_KINDS.get(text[:2], "organisation"),
        organisation=organisation,
        warnings=tuple(warnings),
    )


def uscc_check_sign(first: str) -> str:
    """The 18th sign for the first 17 (GB 32100-2015, 4.4): (31 − Σ mod 31) mod 31."""
    total = sum(_USCC_VALUES[s] * w for s, w in zip(first, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def org_code_check_sign(first: str) -> str:
    """The 9th sign of an 组织机构代码 for the first 8 (GB 11714-1997): 10 is X, 11 is 0."""
    values = (int(s, 36) for s in first)
    total = sum(v * w for v, w in zip(values, _ORG_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def resident_check_sign(first: str) -> str:
    """The 18th sign of a 公民身份号码 for the first 17 (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(s) * w for s, w in zip(first, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def check_resident_id(field: str, value: object, today: date) -> Checked:
    """A 公民身份号码 of 18 signs: digits, a date of birth not in the future, the check sign.

    The area may be one that no longer exists. Numbers of 15 digits are refused: cards that bear
    them are void since 2013 (居民身份证法). Raises `FieldError` on *field*.
    """
    text = _eighteen(field, value, "公民身份号码")
    warnings = () if text[:2] in PROVINCES else ("前两位不属于已知省份",)
    return _person(IdentifierKind.RESIDENT_ID, field, text, today, warnings)


def _check_residence_permit(field: str, value: object, today: date) -> Checked:
    text = _eighteen(field, value, "港澳台居民居住证号码")
    if text[:6] not in {"810000", "820000", "830000"}:
        raise FieldError(field, "港澳台居民居住证号码以810000、820000或830000开头", "format")
    return _person(IdentifierKind.RESIDENCE_PERMIT, field, text, today, ())


def _eighteen(field: str, value: object, what: str) -> str:
    text = _plain(field, value)
    if len(text) == 15 and text.isdigit():
        raise FieldError(
            field, "这是15位旧号码，第一代居民身份证已停止使用，请填写18位号码", "legacy"
        )
    _length(field, text, 18, what)
    for place, sign in enumerate(text[:17], 1):
        if not sign.isdigit():
            raise FieldError(field, f"第{place}位应为数字", "alphabet")
    if text[17] not in "0123456789X":
        raise FieldError(field, "最后一位应为数字或X", "alphabet")
    return text


def _person(
    kind: IdentifierKind, field: str, text: str, today: date, warnings: tuple[str, ...]
) -> Checked:
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise FieldError(field, "第7至14位不是有效的出生日期", "date") from None
    if born > today:
        raise FieldError(field, "出生日期在今天之后", "date")
    if born < _EARLIEST_BIRTH:
        raise FieldError(field, "出生年份过早，请核对第7至10位", "date")
    if text[17] != resident_check_sign(text[:17]):
        raise FieldError(field, "校验位不符，请核对是否有输错的数字", "check")
    sex = "male" if int(text[16]) % 2 else "female"
    return Checked(kind, text, region=text[:6], born=born, sex=sex, warnings=warnings)


def _check_org_code(field: str, value: object, today: date) -> Checked:
    text = _plain(field, value)
    _length(field, text, 9, "组织机构代码")
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", text):
        raise FieldError(field, "组织机构代码由8位数字或大写字母和1位校验码组成", "alphabet")
    if text[8] != org_code_check_sign(text[:8]):
        raise FieldError(field, "校验位不符，请核对是否有输错的字符", "check")
    return Checked(IdentifierKind.ORG_CODE, text, legal_kind="organisation")


def _check_reg_no(field: str, value: object, today: date) -> Checked:
    text = _plain(field, value)
    if not re.fullmatch(r"[0-9]{13}|[0-9]{15}", text):
        raise FieldError(field, "工商注册号为13位或15位数字", "format")
    return Checked(IdentifierKind.REG_NO, text, region=text[:6], legal_kind="organisation")


def _check_foreign_residence(field: str, value: object, today: date) -> Checked:
    """Cards from 2023 on bear 18 digits that begin with 9 and a check sign as residents' do; older
    ones three letters of the country and twelve digits."""
    text = _plain(field, value)
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", text):
        return Checked(IdentifierKind.FOREIGN_RESIDENCE, text)
    if not text.startswith("9") or len(text) != 18:
        raise FieldError(field, "永久居留身份证号码为以9开头的18位，或3位字母加12位数字", "format")
    text = _eighteen(field, value, "永久居留身份证号码")
    return _person(IdentifierKind.FOREIGN_RESIDENCE, field, text, today, ())


def _patterned(
    kind: IdentifierKind, pattern: str, message: str
) -> Callable[[str, object, date], Checked]:
    compiled = re.compile(pattern)

    def check(field: str, value: object, today: date) -> Checked:
        text = _plain(field, value)
        if not compiled.fullmatch(text):
            raise FieldError(field, message, "format")
        return Checked(kind, text)

    return check


_CHECKS: dict[IdentifierKind, Callable[[str, object, date], Checked]] = {
    IdentifierKind.USCC: lambda field, value, today: check_uscc(field, value),
    IdentifierKind.ORG_CODE: _check_org_code,
    IdentifierKind.REG_NO: _check_reg_no,
    IdentifierKind.RESIDENT_ID: check_resident_id,
    IdentifierKind.RESIDENCE_PERMIT: _check_residence_permit,
    IdentifierKind.FOREIGN_RESIDENCE: _check_foreign_residence,
    IdentifierKind.HK_MO_PERMIT: _patterned(
        IdentifierKind.HK_MO_PERMIT,
        r"[HM]([0-9]{8}|[0-9]{10})",
        "港澳居民来往内地通行证号码为H或M加8位或10位数字",
    ),
    IdentifierKind.TAIWAN_PERMIT: _patterned(
        IdentifierKind.TAIWAN_PERMIT,
        r"[0-9]{8}|[0-9]{10}[A-Z]?",
        "台湾居民来往大陆通行证号码为8位数字，旧版为10位数字",
    ),
    IdentifierKind.PASSPORT: _patterned(
        IdentifierKind.PASSPORT, r"[A-Z0-9]{5,20}", "护照号码为5至20位字母或数字"
    ),
    IdentifierKind.MILITARY: _patterned(
        IdentifierKind.MILITARY, r"[\u4e00-\u9fffA-Z0-9]{4,20}", "军人证件号码为4至20位文字或数字"
    ),
}


def mask_identifier(kind: str, value: str) -> str:
    """What is shown of a number: whole for organisations, ends only for people."""
    if kind in PUBLIC_KINDS or not value:
        return value
    if len(value) >= 15:
        return f"{value[:4]}{'*' * (len(value) - 6)}{value[-2:]}"
    return f"{value[:1]}{'*' * max(3, len(value) - 3)}{value[-2:]}" if len(value) > 3 else "***"


def _plain(field: str, value: object) -> str:
    text = unicodedata.normalize("NFKC", clean_text(field, value, longest=60, required=True))
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return _SEPARATORS.sub("", "".join(digits)).upper()


def _length(field: str, text: str, wanted: int, what: str) -> None:
    if len(text) != wanted:
        raise FieldError(field, f"{what}应为{wanted}位，现有{len(text)}位", "length")


def _wrong_sign(place: int, sign: str) -> str:
    meant = {"O": "数字0", "I": "数字1", "Z": "数字2", "S": "数字5", "V": "字母U"}.get(sign)
    text = f"第{place}位“{sign}”不能出现在统一社会信用代码中（不用字母I、O、S、V、Z）"
    return f"{text}，是否应为{meant}？" if meant else text

"""What somebody typed into a field of the form, checked by the field's type.

All values are kept as texts in one form: dates as 2026-03-02, money and decimals without blanks,
yes/no as ``yes`` and ``no``, choices by their key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from yishi.foundation.approvals.catalogue.model import FieldSpec
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.parties.identifiers import check_resident_id, check_uscc
from yishi.foundation.parties.masking import mask_name, mask_numbers
from yishi.foundation.parties.normalise import normalise_email, normalise_phone
from yishi.foundation.revisions.errors import FieldError

LONGEST = {"text": 200, "long_text": 2_000, "person_name": 60, "address": 200, "division": 20}
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)


def read_value(key: str, spec: FieldSpec, raw: object, today: date) -> str:
    """The value of *raw* in its one form; "" for nothing. Raises FieldError on *key*."""
    text = clean_text(key, raw, LONGEST.get(spec.type, 200))
    if not text:
        return ""
    reader = _READERS.get(spec.type)
    value = reader(key, spec, text, today) if reader else text
    if spec.most is not None and spec.type in ("text", "long_text") and len(value) > spec.most:
        raise FieldError(key, f"最多{spec.most}个字", "too_long")
    return value


def shown_value(spec: FieldSpec, value: str) -> str:
    """A value as people read it."""
    if spec.type == "choice":
        return dict(spec.choices).get(value, value)
    if spec.type == "bool":
        return {"yes": "是", "no": "否"}.get(value, value)
    return value


def masked_value(spec: FieldSpec, value: str) -> str:
    """A value for whoever need not know it: names and numbers of people are covered."""
    shown = shown_value(spec, value)
    if spec.type == "person_name":
        return mask_name(shown)
    if spec.type in ("id_number", "phone", "email") or spec.personal:
        hidden = mask_numbers(shown)
        if hidden != shown:
            return hidden
        return shown[:1] + "***" + shown[-1:] if len(shown) > 2 else "***"
    return shown


def _int(key: str, spec: FieldSpec, text: str, today: date) -> str:
    plain = text.replace(",", "").replace("，", "")
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 12:
        raise FieldError(key, "应为整数", "format")
    if spec.most is not None and int(plain) > spec.most:
        raise FieldError(key, f"不能大于{spec.most}", "range")
    return str(int(plain))


def _decimal(key: str, spec: FieldSpec, text: str, today: date) -> str:
    plain = text.replace(",", "").replace("，", "")
    if not _NUMBER.fullmatch(plain):
        raise FieldError(key, "应为数字", "format")
    try:
        found = Decimal(plain)
    except InvalidOperation as error:
        raise FieldError(key, "应为数字", "format") from error
    if found < 0:
        raise FieldError(key, "不能小于零", "range")
    if spec.most is not None and found > spec.most:
        raise FieldError(key, f"不能大于{spec.most}", "range")
    if spec.type == "money":
        if found != found.quantize(Decimal("0.01")):
            raise FieldError(key, "金额最多两位小数", "format")
        return str(found.quantize(Decimal("0.01")))
    return format(found.normalize(), "f")


def _date(key: str, spec: FieldSpec, text: str, today: date) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise FieldError(key, "应为日期，例如 2026-03-02", "format") from error


def _choice(key: str, spec: FieldSpec, text: str, today: date) -> str:
    if text not in dict(spec.choices):
        raise FieldError(key, "请从列出的选项中选择", "choice")
    return text


def _bool(key: str, spec: FieldSpec, text: str, today: date) -> str:
    if text not in ("yes", "no"):
        raise FieldError(key, "请选择是或否", "choice")
    return text


_READERS: dict[str, Callable[[str, FieldSpec, str, date], str]] = {
    "int": _int,
    "decimal": _decimal,
    "money": _decimal,
    "date": _date,
    "choice": _choice,
    "bool": _bool,
    "phone": lambda key, spec, text, today: normalise_phone(key, text, area_code="0710"),
    "email": lambda key, spec, text, today: normalise_email(key, text),
    "id_number": lambda key, spec, text, today: check_resident_id(key, text, today).value,
    "uscc": lambda key, spec, text, today: check_uscc(key, text).value,
}

"""Contact details in one form: Chinese telephone numbers (YD/T 1120-style numbering), e-mail."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from yishi.foundation.revisions.errors import FieldError

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0(?:10|2[0-9])[2-8][0-9]{7}|0[3-9][0-9]{2}[2-8][0-9]{6,7})")
_EXTENSION = re.compile(r"(?:转|ext\.?|x|#|-|,)\s*([0-9]{1,6})$", re.IGNORECASE)
_FOREIGN = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATORS = re.compile(r"[\s()\-.·_/\u200b-\u200f\u2010-\u2015\u2212\ufeff]+")


def clean_text(field: str, value: object, *, longest: int, required: bool = False) -> str:
    """Return *value* as trimmed NFC text without control characters (line ends are kept).

    Raises :class:`FieldError` naming *field* for anything that is no text, cannot be stored
    (lone surrogates), is longer than *longest* characters, or is empty though *required*.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise FieldError(field, "应为文本", "type")
    if value.isprintable() and unicodedata.is_normalized("NFC", value):
        text = value.strip()  # neither surrogates nor control characters: nearly every value
    elif any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise FieldError(field, "含有无法识别的字符", "encoding")
    else:
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc").strip()
    if required and not text:
        raise FieldError(field, "不能为空", "required")
    if len(text) > longest:
        raise FieldError(field, f"不能超过 {longest} 个字", "too_long")
    return text


def normalise_phone(field: str, value: object, *, area_code: str = "") -> str:
    """Return a telephone number in its one form, empty for empty input.

    Mobile ``13812345678``, landline ``0710-3456789`` or ``0710-3456789-801`` (extension),
    abroad E.164 ``+85212345678``. Full-width digits, blanks, dashes, brackets and a leading
    +86/0086 are accepted; a local number without area code only when *area_code* is given.
    Raises :class:`FieldError` naming *field*.
    """
    text = clean_text(field, value, longest=40)
    if not text:
        return ""
    text = _ascii_digits(unicodedata.normalize("NFKC", text))
    digits = _SEPARATORS.sub("", text)
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    domestic = digits.removeprefix("86") if len(digits) == 13 else digits
    mobile = domestic.removeprefix("0") if len(domestic) == 12 else domestic
    if _MOBILE.fullmatch(mobile):
        return mobile
    if _FOREIGN.fullmatch(digits):
        return digits
    return _landline(field, text, area_code)


def normalise_email(field: str, value: object) -> str:
    """Return an e-mail address with its domain in lower case, empty for empty input.

    Raises :class:`FieldError` naming *field*.
    """
    text = unicodedata.normalize("NFKC", clean_text(field, value, longest=254))
    if not text:
        return ""
    try:
        validate_email(text)
    except ValidationError as error:
        raise FieldError(field, "邮箱地址格式不正确", "email") from error
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _ascii_digits(text: str) -> str:
    """Turn every decimal digit of Unicode into its ASCII form."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _landline(field: str, text: str, area_code: str) -> str:
    """Return a landline number as area code, number and, if there is one, extension."""
    head, extension = text, ""
    whole = _local(text, area_code)
    if whole is None and (found := _EXTENSION.search(text)):
        head, extension = text[: found.start()], "-" + found[1]
        whole = _local(head, area_code)
    if whole is None:
        raise FieldError(field, "电话号码格式不正确：请填手机号，或带区号的固定电话", "phone")
    cut = 3 if whole[1] in "12" else 4
    return f"{whole[:cut]}-{whole[cut:]}{extension}"


def _local(text: str, area_code: str) -> str | None:
    digits = _SEPARATORS.sub("", text)
    if digits.startswith(("+86", "0086")):
        digits = digits.removeprefix("+").removeprefix("00").removeprefix("86")
        digits = digits if digits.startswith("0") else "0" + digits
    if re.fullmatch(r"[2-8][0-9]{6,7}", digits):
        digits = area_code + digits
    return digits if _LANDLINE.fullmatch(digits) else None

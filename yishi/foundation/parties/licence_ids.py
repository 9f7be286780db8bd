"""电子证照标识 (GB/T 36904): ``1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>``.

The check sign is ISO 7064 MOD 37,36 over type, issuer, serial and version without dots and without
the root. Its alphabet holds all of 0-9A-Z, unlike that of the credit code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError

ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORM = re.compile(
    rf"{re.escape(ROOT)}\.([0-9A-Z]{{21}})\.([0-9A-Z]{{6}}|[0-9A-Z]{{18}})\.([0-9A-Z]{{1,40}})"
    r"\.([0-9]{3})\.([0-9A-Z])"
)


@dataclass(frozen=True, slots=True)
class LicenceId:
    """An identifier in its parts; ``str()`` gives it with its check sign."""

    type: str
    issuer: str
    serial: str
    version: int = 1

    def __str__(self) -> str:
        body = f"{self.type}.{self.issuer}.{self.serial}.{self.version:03d}"
        return f"{ROOT}.{body}.{check_sign(body.replace('.', ''))}"

    def renewed(self) -> LicenceId:
        """The identifier after a change or renewal: the next version of the same serial."""
        return replace(self, version=self.version + 1)


def check_sign(text: str) -> str:
    """ISO 7064 MOD 37,36 (hybrid) of *text* (0-9A-Z)."""
    product = 36
    for sign in text:
        total = (product + _ALPHABET.index(sign)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def check_licence_id(field: str, value: object) -> LicenceId:
    """Read an identifier. Raises `FieldError` on *field*."""
    text = clean_text(field, value, longest=120, required=True).upper()
    found = _FORM.fullmatch(text)
    if found is None:
        raise FieldError(
            field, f"不是电子证照标识（{ROOT}.类型.机构.流水号.版本.校验位）", "format"
        )
    kind, issuer, serial, version, sign = found.groups()
    if check_sign(kind + issuer + serial + version) != sign:
        raise FieldError(field, "电子证照标识的校验位不符", "check")
    return LicenceId(kind, issuer, serial, int(version))

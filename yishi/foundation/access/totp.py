"""Codes of a generator (RFC 6238: 6 digits, 30 s, SHA-1 as all apps do) and recovery codes.

A code counts once: the time step of an accepted code is stored, and a step that is not newer is
refused, in one statement, so that two requests with the same code cannot both pass.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp
from django.db import transaction

from yishi.foundation.access.models import RecoveryCode, Totp, User
from yishi.foundation.parties import crypto

STEP = 30
#: Steps before and after now whose codes are taken, for clocks that are off.
DRIFT = 1
RECOVERY_CODES = 10
#: Without letters that are read as others.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_secret() -> str:
    """A fresh secret (160 bits in base32) for an enrolment; nothing is stored before it is
    confirmed."""
    return pyotp.random_base32()


def uri(user: User, secret: str, issuer: str) -> str:
    """What the QR code of an enrolment says (``otpauth://…``)."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer)


@transaction.atomic
def confirm(user: User, secret: str, code: str, now: datetime) -> list[str] | None:
    """Take *secret* into force when *code* is right; returns fresh recovery codes, else ``None``.

    An earlier generator of the user stops working, and so do the earlier recovery codes.
    """
    step = _step_of(secret, code, now)
    if step is None:
        return None
    Totp.objects.update_or_create(
        user=user,
        defaults={
            "secret_enc": crypto.encrypt(secret, _context(user.pk)),
            "confirmed_at": now,
            "last_step": step,
        },
    )
    return new_recovery_codes(user)


def check(user: User, code: str, now: datetime) -> bool:
    """Whether *code* is right and was not used before (2 statements)."""
    row = Totp.objects.filter(user=user, confirmed_at__isnull=False).first()
    if row is None:
        return False
    secret = crypto.decrypt(row.secret_enc, _context(user.pk))
    step = _step_of(secret, code, now)
    if step is None:
        return False
    changes: dict[str, object] = {"last_step": step}
    if crypto.key_id_of(row.secret_enc) != crypto.key_ring().current:
        changes["secret_enc"] = crypto.encrypt(secret, _context(user.pk))
    return Totp.objects.filter(user=user, last_step__lt=step).update(**changes) == 1


def new_recovery_codes(user: User) -> list[str]:
    """Replace the user's recovery codes; the plain ones are returned once."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user=user, digest=_digest(user, code)) for code in codes
        )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use_recovery_code(user: User, code: str, now: datetime) -> bool:
    """Whether *code* is an unused recovery code; it is used up (1 statement)."""
    plain = "".join(char for char in code.upper() if char in _ALPHABET)
    if len(plain) != 10:
        return False
    found = RecoveryCode.objects.filter(user=user, digest=_digest(user, plain), used_at=None)
    return found.update(used_at=now) == 1


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step in which *code* is right, looking at :data:`DRIFT` steps around now."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        return None
    generator = pyotp.TOTP(secret)
    middle = int(now.timestamp()) // STEP
    for step in range(middle - DRIFT, middle + DRIFT + 1):
        if hmac.compare_digest(generator.at(step * STEP), digits):
            return step
    return None


def _context(user_id: int) -> str:
    return f"totp.secret:{user_id}"


def _digest(user: User, code: str) -> bytes:
    """A random code of 50 bits behind a throttle needs no slow hash, only a key."""
    return bytes.fromhex(crypto.search_hash("recovery", f"{user.pk}:{code}"))

"""Passkeys (通行密钥): registering and signing in by WebAuthn level 3, checked by py_webauthn.

Challenges lie in the session, work once and for five minutes. Signing in without a password asks
for user verification (fingerprint or PIN); then a passkey is two factors in one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from yishi.foundation.access.models import Passkey, User

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

MOST = 10
CHALLENGE_SECONDS = 300
_KEY = "passkey_challenge"


class PasskeyRefused(ValueError):
    """What the browser sent is no proof; the message is for the log, not for people."""


def origin_of(request: HttpRequest) -> str:
    """The origin that browsers see, without a path."""
    return settings.SITE_ORIGIN or f"{request.scheme}://{request.get_host()}"


def _rp_id(request: HttpRequest) -> str:
    return urlsplit(origin_of(request)).hostname or "localhost"


def registration_options(request: HttpRequest, user: User, site: str, now: datetime) -> str:
    """Options for ``navigator.credentials.create`` as JSON (1 statement)."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=_rp_id(request),
        rp_name=site,
        user_id=hashlib.sha256(f"yishi user {user.pk}".encode()).digest(),
        user_name=user.username,
        user_display_name=user.display_name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(user),
    )
    _remember(request, "register", options.challenge, now)
    return webauthn.options_to_json(options)


def register(
    request: HttpRequest, user: User, answer: dict[str, Any], name: str, now: datetime
) -> Passkey:
    """Store the passkey that the browser made.

    Raises:
        PasskeyRefused: when the answer proves nothing, or the key is known already.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_challenge(request, "register", now),
            expected_rp_id=_rp_id(request),
            expected_origin=origin_of(request),
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused(str(error)) from error
    if Passkey.objects.filter(user=user).count() >= MOST:
        raise PasskeyRefused("too many")
    try:
        with transaction.atomic():
            return Passkey.objects.create(
                user=user,
                name=name[:60],
                credential=found.credential_id,
                public_key=found.credential_public_key,
                sign_count=found.sign_count,
                transports=_transports(answer),
                created_at=now,
            )
    except IntegrityError as error:
        raise PasskeyRefused("known already") from error


def sign_in_options(request: HttpRequest, user: User | None, now: datetime) -> str:
    """Options for ``navigator.credentials.get`` as JSON: for a known user, or for whoever has a
    passkey of this site."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(request),
        allow_credentials=_descriptors(user) if user else [],
        user_verification=UserVerificationRequirement.PREFERRED
        if user
        else UserVerificationRequirement.REQUIRED,
    )
    purpose = f"user:{user.pk}" if user else "anybody"
    _remember(request, purpose, options.challenge, now)
    return webauthn.options_to_json(options)


@transaction.atomic
def proven(
    request: HttpRequest, user: User | None, answer: dict[str, Any], now: datetime
) -> Passkey:
    """The passkey whose holder answered; of *user* if one is given.

    Raises:
        PasskeyRefused: when the answer proves nothing.
    """
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = _challenge(request, f"user:{user.pk}" if user else "anybody", now)
    try:
        credential = base64url_to_bytes(str(answer["id"]))
        held = Passkey.objects.select_for_update(of=("self",)).select_related("user")
        key = held.filter(credential=credential).first()
        if key is None or (user is not None and key.user_id != user.pk):
            raise PasskeyRefused("unknown key")
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(request),
            expected_origin=origin_of(request),
            credential_public_key=bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=user is None,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused(str(error)) from error
    key.sign_count, key.used_at = found.new_sign_count, now
    key.save(update_fields=["sign_count", "used_at"])
    return key


def _descriptors(user: User | None) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    keys = Passkey.objects.filter(user=user).order_by("id")
    return [PublicKeyCredentialDescriptor(id=bytes(key.credential)) for key in keys]


def _transports(answer: dict[str, Any]) -> list[str]:
    response = answer.get("response")
    said = response.get("transports") if isinstance(response, dict) else None
    return [str(name)[:20] for name in said[:8]] if isinstance(said, list) else []


def _remember(request: HttpRequest, purpose: str, challenge: bytes, now: datetime) -> None:
    request.session[_KEY] = [purpose, challenge.hex(), int(now.timestamp())]


def _challenge(request: HttpRequest, purpose: str, now: datetime) -> bytes:
    """The challenge that was sent for *purpose*, which is forgotten by this."""
    said, challenge, at = request.session.pop(_KEY, ("", "", 0))
    if said != purpose or not 0 <= now.timestamp() - at <= CHALLENGE_SECONDS:
        raise PasskeyRefused("no challenge")
    return bytes.fromhex(challenge)

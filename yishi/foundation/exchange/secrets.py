"""Partners' secrets: those for signing are encrypted, those for signing in stored as digests."""

from __future__ import annotations

import base64
import secrets as random
import uuid
from datetime import UTC, datetime

from standardwebhooks import Webhook

from yishi.foundation.exchange.models import Partner
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.parties.walked import Walked

FIELDS = ("secret", "previous")


def new_signing_secret() -> str:
    """256 random bits as Standard Webhooks writes them: ``whsec_`` and base64."""
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode()


def new_client_secret() -> str:
    """An OAuth client secret of 256 random bits."""
    return "yishi_cs_" + random.token_urlsafe(32)


def context(partner_id: int) -> str:
    """What a partner's sealed secret is bound to."""
    return f"exchange_partner:secret:{partner_id}"


def seal(secret: str, partner_id: int) -> str:
    """*secret* as it is stored."""
    return encrypt(secret, context(partner_id))


def signed_headers(
    partner: Partner, message_id: uuid.UUID, body: bytes, now: datetime
) -> dict[str, str]:
    """The headers of Standard Webhooks: id, seconds since 1970, and HMAC-SHA256 signatures.

    Within a rotation's overlap both secrets sign, so that the receiver may change at any time.

    Raises:
        yishi.foundation.parties.crypto.TokenError: when a stored secret does not open.
    """
    stored = [partner.secret_enc]
    if partner.previous_enc and partner.previous_until and now < partner.previous_until:
        stored.append(partner.previous_enc)
    text = body.decode()
    moment = now.astimezone(UTC)  # the library takes whatever zone it is given for UTC
    signatures = [
        Webhook(decrypt(token, context(partner.pk))).sign(str(message_id), moment, text)
        for token in stored
    ]
    return {
        "Webhook-Id": str(message_id),
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": " ".join(signatures),
    }


#: How the change of keys walks through the partners' secrets.
TABLE = Walked(Partner, {f"{field}_enc": lambda partner: context(partner.pk) for field in FIELDS})

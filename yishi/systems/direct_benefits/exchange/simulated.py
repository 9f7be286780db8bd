"""The made-up service network of the demo (模拟): stands inside the house and behaves as the
documented port asks. It verifies the signature, checks the message against the schema, and
acknowledges later with receipts of its own. Demo only: a real network is an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.secrets import context
from yishi.foundation.exchange.sending import Answer
from yishi.foundation.parties.crypto import decrypt
from yishi.systems.direct_benefits.exchange import receipts
from yishi.systems.direct_benefits.exchange.models import NetworkMessage
from yishi.systems.direct_benefits.exchange.schema import faults

#: Addresses of made-up networks: RFC 6761 lets no real name end so.
HOST = ".simulated.invalid"


@dataclass(frozen=True, slots=True)
class Peer:
    """One made-up network."""

    partner: Partner

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer as a network would: 401 for a wrong signature, 422 for a wrong message."""
        secret = decrypt(self.partner.secret_enc, context(self.partner.pk))
        try:
            Webhook(secret).verify(body.decode(), {k.lower(): v for k, v in headers.items()})
        except WebhookVerificationError:
            return Answer(401)
        return Answer(422 if faults(orjson.loads(body)) else 200)

    def acknowledge(self, now: datetime, *, most: int = 500) -> int:
        """Send the receipts of what was taken; returns how many."""
        rows = NetworkMessage.objects.filter(
            partner=self.partner, state=NetworkMessage.State.SENT
        ).order_by("sent_at", "id")
        taken = list(rows[:most])
        for message in taken:
            number = f"模拟-{message.created_at:%Y%m%d}-{message.id.hex[-8:].upper()}"
            said = receipts.Receipt(
                f"sim-{message.id.hex}-{message.attempts}", str(message.id), "accepted", number
            )
            receipts.take(self.partner, said, now)
        return len(taken)


def is_simulated(partner: Partner) -> bool:
    """Whether a network is a made-up one."""
    return (urlsplit(partner.callback_url).hostname or "").endswith(HOST)


def peer_of(partner: Partner) -> Peer | None:
    """The made-up network behind a partner, in the demo only."""
    return Peer(partner) if settings.DEMO and is_simulated(partner) else None

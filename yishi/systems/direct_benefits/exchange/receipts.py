"""Acknowledgements of service networks (回执): each once; a refusal waits for a person."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import transaction

from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.exchange.incoming import NoticeConflict
from yishi.foundation.exchange.models import Partner
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.exchange.models import NetworkMessage, NetworkReceipt

ACCEPTED, REFUSED = "accepted", "refused"
RESULTS = (ACCEPTED, REFUSED)
S = NetworkMessage.State


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a network says: its own id of the receipt, the message, the result, its number."""

    id: str
    message: str
    result: str
    number: str = ""
    reason: str = ""

    @property
    def body_hash(self) -> bytes:
        """Whether a repetition says the same."""
        said = [self.message, self.result, self.number, self.reason]
        return hashlib.sha256(orjson.dumps(said)).digest()


def read(raw: dict[str, object]) -> Receipt:
    """The receipt as given. Raises FieldError naming what is wrong."""
    found = Receipt(
        clean_text("id", raw.get("id"), 64),
        clean_text("message", raw.get("message"), 64),
        clean_text("result", raw.get("result"), 8),
        clean_text("number", raw.get("number"), 64),
        clean_text("reason", raw.get("reason"), 200),
    )
    if not found.id:
        raise FieldError("id", "请给出回执编号", "required")
    if found.result not in RESULTS:
        raise FieldError("result", "应为 accepted 或 refused", "unknown")
    if found.result == REFUSED and not found.reason:
        raise FieldError("reason", "退回应说明原因", "required")
    return found


@transaction.atomic
def take(partner: Partner, receipt: Receipt, now: datetime) -> tuple[NetworkMessage, bool]:
    """Keep a receipt; returns its message and whether it was known already.

    A later receipt about a message counts (first refused, then accepted by hand at the network).

    Raises:
        FieldError: ``message`` for one that this network was never sent.
        NoticeConflict: for a known id with another content.
    """
    message = _message(partner, receipt.message)
    known = NetworkReceipt.objects.filter(partner=partner, receipt_id=receipt.id).first()
    if known is not None:
        if bytes(known.body_hash) != receipt.body_hash:
            raise NoticeConflict(
                "conflict", "这个回执编号已用于另一份内容不同的回执", 1, receipt.id
            )
        return message, True
    NetworkReceipt.objects.create(
        partner=partner,
        receipt_id=receipt.id,
        message=message,
        body_hash=receipt.body_hash,
        result=receipt.result,
        at=now,
    )
    message.state = S.ACCEPTED if receipt.result == ACCEPTED else S.REFUSED
    message.answered_at, message.sent_at = now, message.sent_at or now
    message.their_number = receipt.number or message.their_number
    message.last_error = receipt.reason if receipt.result == REFUSED else ""
    message.save(update_fields=["state", "answered_at", "sent_at", "their_number", "last_error"])
    return message, False


def _message(partner: Partner, given: str) -> NetworkMessage:
    try:
        wanted = uuid.UUID(given)
    except ValueError:
        raise FieldError("message", "不是消息编号", "format") from None
    rows = NetworkMessage.objects.select_for_update().filter(partner=partner, pk=wanted)
    found = rows.filter(attempts__gt=0).first()
    if found is None:
        raise FieldError("message", "没有向本平台推送过这条消息", "unknown")
    return found

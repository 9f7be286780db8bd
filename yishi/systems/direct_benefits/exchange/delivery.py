"""Sending to the service networks: signed, at least once, in order for each subject.

The rules are those of the exchange of cases (docs/exchange.md): what concerns the network as a
whole lets all its messages wait, what concerns one message only its subject.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from yishi.foundation.exchange import sending
from yishi.foundation.exchange.address import AddressRefused
from yishi.foundation.exchange.delivery import MOST_REFUSALS, PAUSE_AFTER, wait_before
from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.secrets import signed_headers
from yishi.foundation.parties.crypto import TokenError
from yishi.systems.direct_benefits.exchange import simulated
from yishi.systems.direct_benefits.exchange.models import NetworkMessage
from yishi.systems.direct_benefits.exchange.outbox import body_of, networks

_ABOUT_THE_MESSAGE = frozenset({400, 409, 413, 415, 422})
_GONE = 410
Post = Callable[..., sending.Answer]
S = NetworkMessage.State


@dataclass(frozen=True, slots=True)
class Delivery:
    """Counts of one run; ``stopped``: the network has to wait as a whole."""

    sent: int = 0
    refused: int = 0
    stopped: bool = False


def deliver_all(now: datetime, *, most: int = 500) -> dict[str, Delivery]:
    """Deliver what is due to every network, by its key."""
    return {
        partner.key: deliver_to(partner.pk, now, most=most, post=post_to(partner))
        for partner in networks()
        if partner.state == Partner.State.ACTIVE
    }


def post_to(partner: Partner) -> Post:
    """How a network is reached: the made-up one of the demo (模拟) stands inside the house."""
    peer = simulated.peer_of(partner)
    return peer.post if peer is not None else sending.post


def deliver_to(
    partner_id: int,
    now: datetime,
    *,
    most: int = 500,
    seconds: float = 15.0,
    post: Post = sending.post,
) -> Delivery:
    """Send what is due, a transaction each, until nothing is due or the network fails."""
    begun, sent, refused = time.monotonic(), 0, 0
    for _ in range(most):
        outcome = _deliver_next(partner_id, now, post)
        if outcome is None:
            break
        if outcome == "stopped":
            return Delivery(sent, refused, stopped=True)
        sent, refused = sent + (outcome == "sent"), refused + (outcome == "refused")
        if time.monotonic() - begun > seconds:
            break
    return Delivery(sent, refused)


@transaction.atomic
def _deliver_next(partner_id: int, now: datetime, post: Post) -> str | None:
    partner = Partner.objects.filter(pk=partner_id, state=Partner.State.ACTIVE).first()
    if partner is None or (partner.next_attempt_at and partner.next_attempt_at > now):
        return None
    message = _next(partner_id, now)
    if message is None:
        return None
    message.attempts += 1
    try:
        body = body_of(message)
        answer = post(partner.callback_url, signed_headers(partner, message.id, body, now), body)
    except (sending.SendFailed, AddressRefused) as error:
        return _network_failed(partner, message, str(error), now, 0)
    except TokenError:
        return _network_failed(partner, message, "签名密钥无法解密", now, 0)
    if 200 <= answer.status < 300:
        return _took(partner, message, now)
    reason = f"HTTP {answer.status}"
    if answer.status in _ABOUT_THE_MESSAGE:
        return _refused(message, reason, now)
    gone = answer.status == _GONE
    return _network_failed(partner, message, reason, now, answer.retry_after, gone=gone)


def _next(partner_id: int, now: datetime) -> NetworkMessage | None:
    """The next due message that nobody else holds, none before its predecessor was taken."""
    earlier = NetworkMessage.objects.filter(
        partner_id=OuterRef("partner_id"),
        subject=OuterRef("subject"),
        seq__lt=OuterRef("seq"),
        state__in=(S.QUEUED, S.REFUSED),
    )
    due = NetworkMessage.objects.filter(
        ~Exists(earlier), partner_id=partner_id, state=S.QUEUED, next_attempt_at__lte=now
    )
    locked = due.select_for_update(skip_locked=True, of=("self",))
    return locked.order_by("next_attempt_at", "id").first()


def _took(partner: Partner, message: NetworkMessage, now: datetime) -> str:
    message.state, message.sent_at, message.last_error = S.SENT, now, ""
    message.save(update_fields=["state", "sent_at", "attempts", "last_error"])
    Partner.objects.filter(pk=partner.pk).update(
        failures=0, failing_since=None, next_attempt_at=None, last_error="", last_success_at=now
    )
    return "sent"


def _refused(message: NetworkMessage, reason: str, now: datetime) -> str:
    message.last_error = reason
    message.next_attempt_at = now + wait_before(message.attempts)
    if message.attempts >= MOST_REFUSALS:
        message.state = S.REFUSED
    message.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
    return "refused"


def _network_failed(
    partner: Partner,
    message: NetworkMessage,
    reason: str,
    now: datetime,
    retry_after: int,
    *,
    gone: bool = False,
) -> str:
    message.last_error = reason[:200]
    message.save(update_fields=["attempts", "last_error"])
    partner.failures += 1
    partner.failing_since = partner.failing_since or now
    wait = max(wait_before(partner.failures), timedelta(seconds=retry_after))
    partner.next_attempt_at, partner.last_error = now + wait, reason[:120]
    if gone or now - partner.failing_since >= PAUSE_AFTER:
        partner.state = Partner.State.PAUSED
    partner.save(
        update_fields=["failures", "failing_since", "next_attempt_at", "last_error", "state"]
    )
    return "stopped"

"""Delivering webhooks: at least once, in order per partner and case, under a stable id.

A message is sent while its row is locked, in a transaction of its own; it is due only when no
earlier one about the same case still waits. A worker killed between sending and commit leaves it
queued, and the partner recognises the repetition by the id. Whatever concerns the partner as a
whole (no answer, 5xx, wrong address) lets all its messages wait, 5 seconds at first and twice as
long each time, at most an hour; what concerns one message (400, 409, 413, 422) only its case.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from yishi.foundation.exchange import sending
from yishi.foundation.exchange.address import AddressRefused
from yishi.foundation.exchange.content import content_of
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.exchange.notices import tell_administrators
from yishi.foundation.exchange.secrets import signed_headers
from yishi.foundation.parties.crypto import TokenError

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
#: A message that the partner refuses this often waits for a person.
MOST_REFUSALS = 8
#: Deliveries that fail for this long are paused, and administrators are told.
PAUSE_AFTER = timedelta(days=3)
#: Statuses that say something about the message and nothing about the partner.
_ABOUT_THE_MESSAGE = frozenset({400, 409, 413, 415, 422})
_GONE = 410
#: First half of the advisory lock's key, so that it meets no other.
_LOCK_CLASS = 0x79E5C4

Post = Callable[..., sending.Answer]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Counts of one run; ``stopped``: the partner has to wait as a whole."""

    sent: int = 0
    refused: int = 0
    stopped: bool = False


def wait_before(attempt: int) -> timedelta:
    """The wait after the failed attempt number *attempt*: 5, 10, 20 … seconds, at most an hour."""
    return min(FIRST_WAIT * (1 << min(max(attempt, 1) - 1, 16)), LONGEST_WAIT)


def waiting_partners(now: datetime) -> list[int]:
    """The partners that something can be delivered to at *now* (1 statement)."""
    due = Outgoing.objects.filter(
        partner=OuterRef("pk"), state=Outgoing.State.QUEUED, next_attempt_at__lte=now
    )
    ready = Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)
    rows = Partner.objects.filter(ready, Exists(due), state=Partner.State.ACTIVE)
    return list(rows.order_by("id").values_list("pk", flat=True))


@contextmanager
def alone(partner_id: int) -> Iterator[bool]:
    """Whether nobody else delivers to the partner meanwhile (2 statements).

    A lock of the database session: it goes with a worker that is killed. Order and ids do not rest
    on it; it keeps one slow partner from taking up several workers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, partner_id])
        free = bool(cursor.fetchone()[0])
    try:
        yield free
    finally:
        if free:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, partner_id])


def deliver_to(
    partner_id: int,
    now: datetime,
    *,
    most: int = 200,
    seconds: float = 15.0,
    post: Post = sending.post,
) -> Delivery:
    """Send what is due to a partner, a transaction each, until nothing is due or it fails.

    A run ends after *most* messages or *seconds*, so that a slow partner leaves room for others.
    """
    begun = time.monotonic()
    sent = refused = 0
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
    """Send the next due message that nobody else holds; say how it went."""
    partner = Partner.objects.filter(pk=partner_id, state=Partner.State.ACTIVE).first()
    if partner is None or (partner.next_attempt_at and partner.next_attempt_at > now):
        return None
    message = _next(partner_id, now)
    if message is None:
        return None
    message.attempts += 1
    try:
        body = orjson.dumps(content_of(message, partner))
        headers = signed_headers(partner, message.id, body, now)
        answer = post(partner.callback_url, headers, body)
    except (sending.SendFailed, AddressRefused) as error:
        return _partner_failed(partner, message, str(error), now, 0)
    except TokenError:
        return _partner_failed(partner, message, "签名密钥无法解密", now, 0)
    if 200 <= answer.status < 300:
        _took(partner, message, now)
        return "sent"
    if answer.status in _ABOUT_THE_MESSAGE:
        _refused(partner, message, f"HTTP {answer.status}", now)
        return "refused"
    reason = f"HTTP {answer.status}"
    return _partner_failed(
        partner, message, reason, now, answer.retry_after, gone=answer.status == _GONE
    )


def _next(partner_id: int, now: datetime) -> Outgoing | None:
    earlier = Outgoing.objects.filter(
        partner_id=OuterRef("partner_id"),
        case_id=OuterRef("case_id"),
        seq__lt=OuterRef("seq"),
        state__in=(Outgoing.State.QUEUED, Outgoing.State.FAILED),
    )
    due = Outgoing.objects.filter(
        ~Exists(earlier),
        partner_id=partner_id,
        state=Outgoing.State.QUEUED,
        next_attempt_at__lte=now,
    )
    locked = due.select_for_update(skip_locked=True, of=("self",))
    return locked.order_by("next_attempt_at", "id").first()


def _took(partner: Partner, message: Outgoing, now: datetime) -> None:
    message.state, message.sent_at, message.last_error = Outgoing.State.SENT, now, ""
    message.save(update_fields=["state", "sent_at", "attempts", "last_error"])
    Partner.objects.filter(pk=partner.pk).update(
        failures=0, failing_since=None, next_attempt_at=None, last_error="", last_success_at=now
    )


def _refused(partner: Partner, message: Outgoing, reason: str, now: datetime) -> None:
    """The message is wrong for the partner: it waits, and at last for a person."""
    message.last_error = reason
    message.next_attempt_at = now + wait_before(message.attempts)
    if message.attempts >= MOST_REFUSALS:
        message.state = Outgoing.State.FAILED
        tell_administrators(
            "exchange.failed",
            f"message:{message.id}:{message.attempts}",
            now,
            partner=partner.name,
            number=message.case.number,
            reason=reason,
        )
    message.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])


def _partner_failed(
    partner: Partner,
    message: Outgoing,
    reason: str,
    now: datetime,
    retry_after: int,
    *,
    gone: bool = False,
) -> str:
    """All messages wait; after some days, or when the address is gone, until a person resumes."""
    message.last_error = reason[:120]
    message.save(update_fields=["attempts", "last_error"])
    partner.failures += 1
    partner.failing_since = partner.failing_since or now
    wait = max(wait_before(partner.failures), timedelta(seconds=retry_after))
    partner.next_attempt_at = now + wait
    partner.last_error = reason[:120]
    if gone or now - partner.failing_since >= PAUSE_AFTER:
        partner.state = Partner.State.PAUSED
        tell_administrators(
            "exchange.paused",
            f"partner:{partner.pk}:{partner.failing_since.isoformat()}",
            now,
            partner=partner.name,
            reason=reason,
        )
    partner.save(
        update_fields=["failures", "failing_since", "next_attempt_at", "last_error", "state"]
    )
    return "stopped"

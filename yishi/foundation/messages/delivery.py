"""Delivering the outbox: at least once, under a stable id; in-app messages exactly once.

A message is sent while its row is locked, in a transaction of its own. Two deliverers therefore
never send the same one; a deliverer killed between sending and commit leaves the row queued, and
the receiver recognises the repetition by the id in the header.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction

from yishi.foundation.messages.hours import held_until
from yishi.foundation.messages.models import Channel, Message, State
from yishi.foundation.messages.senders import Outgoing, Sender, SendError, sender_for
from yishi.foundation.messages.texts import render
from yishi.foundation.parties.contacts import details
from yishi.foundation.parties.crypto import TokenError
from yishi.foundation.parties.models import Contact

MOST_ATTEMPTS = 8
#: Outcome of a message that waits for its hours; no attempt is counted.
HELD = "held"
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Counts of one run; what failed once and is tried again counts as ``retried``."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    inbox_only: int = 0
    held: int = 0


def deliver_queued(now: datetime, *, most: int = 500) -> Delivery:
    """Send what is due at *now* and may go out at that hour, oldest first: at most *most* messages,
    a transaction each."""
    counts: Counter[str] = Counter()
    for _ in range(most):
        outcome = _deliver_next(now)
        if outcome is None:
            break
        counts[outcome] += 1
    return Delivery(
        counts[State.SENT],
        counts[State.QUEUED],
        counts[State.FAILED],
        counts[State.INBOX_ONLY],
        counts[HELD],
    )


def wait_before(attempt: int) -> timedelta:
    """Return the wait after the failed attempt number *attempt*: 1, 2, 4 … minutes, at most 6 h."""
    return min(_FIRST_WAIT * (1 << min(max(attempt, 1) - 1, 16)), _LONGEST_WAIT)


@transaction.atomic
def _deliver_next(now: datetime) -> str | None:
    """Send the next due message that nobody else holds; return its new state."""
    due = Message.objects.filter(state=State.QUEUED, next_attempt_at__lte=now)
    locked = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "id")
    message = locked.first()
    if message is None:
        return None
    sender = sender_for(message.channel)
    if sender is None:
        label = str(Channel(message.channel).label)
        _settle(message, State.INBOX_ONLY, f"未配置{label}通道")
    elif (later := held_until(message, now)) is not None:
        message.next_attempt_at = later
        message.save(update_fields=["next_attempt_at"])
        return HELD
    else:
        _send(message, sender, now)
    message.save(update_fields=["state", "attempts", "next_attempt_at", "status_note", "sent_at"])
    return message.state


def _send(message: Message, sender: Sender, now: datetime) -> None:
    address = _address(message) if sender.needs_address else ""
    if sender.needs_address and not address:
        # A user still has the inbox; a contact without an address cannot be reached at all.
        reachable = message.user_id is not None
        _settle(message, State.INBOX_ONLY if reachable else State.FAILED, "收件人没有可用的地址")
        return
    title, body = _text(message)
    message.attempts += 1
    try:
        sender.send(Outgoing(message.id, address, title, body))
    except SendError as error:
        last = message.attempts >= MOST_ATTEMPTS
        _settle(message, State.FAILED if last else State.QUEUED, str(error))
        message.next_attempt_at = now + wait_before(message.attempts)
    else:
        _settle(message, State.SENT, "")
        message.sent_at = now


def _settle(message: Message, state: State, note: str) -> None:
    message.state, message.status_note = str(state), note[:120]


def _text(message: Message) -> tuple[str, str]:
    """Both languages: whoever is reached outside has chosen none."""
    title, body = render(message.template, message.params)
    _, english = render(message.template, message.params, "en")
    return title, f"{body}\n\n{english}\n"


def _address(message: Message) -> str:
    """Return the e-mail address or telephone number of the recipient, empty if there is none."""
    by_mail = message.channel == Channel.EMAIL
    if message.contact_id is not None:
        contact = Contact.objects.filter(id=message.contact_id).first()
        if contact is None:
            return ""
        try:
            found = details(contact)
        except TokenError:
            return ""
        return found.email if by_mail else found.phone
    users = get_user_model().objects.filter(is_active=True)
    user = users.filter(pk=message.user_id).first() if message.user_id is not None else None
    return str(getattr(user, "email" if by_mail else "phone", "") or "")

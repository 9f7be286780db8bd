"""Ways out of the house: e-mail by Django's backend, everything else by the library Apprise.

A city configures a channel with one Apprise URL, in ``settings.YISHI_NOTIFY_URLS`` (channel → URL)
or the environment (``YISHI_NOTIFY_SMS``, ``YISHI_NOTIFY_WECOM``, ``YISHI_NOTIFY_DINGTALK``).
``{phone}`` and ``{id}`` in it are replaced by the recipient's number and the message's stable id::

    YISHI_NOTIFY_SMS='jsons://gateway.example/send/{phone}?+X-Message-Id={id}'
    YISHI_NOTIFY_WECOM='wecombot://BOT_KEY'
    YISHI_NOTIFY_DINGTALK='dingtalk://ACCESS_TOKEN'
"""

from __future__ import annotations

import logging
import os
import uuid
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage

from yishi.foundation.messages.models import Channel

# These two print or drop: with them e-mail counts as not configured, for logs carry ids only.
_SILENT_BACKENDS = (
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
)


class SendError(RuntimeError):
    """The channel did not take the message. The text names no recipient."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes out. ``address`` is an e-mail address or a telephone number, or empty."""

    id: uuid.UUID
    address: str
    title: str
    body: str

    def __repr__(self) -> str:
        return f"Outgoing({self.id})"


class Sender(Protocol):
    """The one interface of a channel."""

    needs_address: bool

    def send(self, message: Outgoing) -> None:
        """Hand *message* over. Raises :class:`SendError` when it was not taken."""


class EmailSender:
    """E-mail by the configured Django backend; ``Message-ID`` is the same on every attempt."""

    needs_address = True

    def send(self, message: Outgoing) -> None:
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
        mail = EmailMessage(
            subject=message.title.replace("\n", " "),
            body=message.body,
            to=[message.address],
            headers={
                "Message-ID": f"<{message.id}@{domain}>",
                "X-Yishi-Message": str(message.id),
                "Auto-Submitted": "auto-generated",
            },
        )
        try:
            taken = mail.send(fail_silently=False)
        except Exception as error:
            # Back-ends raise their library's errors, whose texts may quote the address.
            raise SendError(type(error).__name__) from None
        if not taken:
            raise SendError("the mail server took nothing")


class AppriseSender:
    """Any service that Apprise knows, named by its URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.needs_address = "{phone}" in url

    def send(self, message: Outgoing) -> None:
        import apprise

        # Its warnings quote URLs, and ours may hold a telephone number.
        logging.getLogger("apprise").disabled = True
        url = self.url.replace("{phone}", quote(message.address, safe=""))
        service = apprise.Apprise()
        if not service.add(url.replace("{id}", str(message.id))):
            raise SendError("the channel's URL is not one that Apprise knows")
        try:
            taken = service.notify(title=message.title, body=message.body)
        except Exception as error:
            raise SendError(type(error).__name__) from None
        if not taken:
            raise SendError("the service did not take the message")


def sender_for(channel: str) -> Sender | None:
    """Return the way out for *channel*, or ``None`` where the city configured none."""
    if channel == Channel.EMAIL:
        return None if settings.EMAIL_BACKEND in _SILENT_BACKENDS else EmailSender()
    configured: dict[str, str] = getattr(settings, "YISHI_NOTIFY_URLS", {})
    url = configured.get(channel) or os.environ.get(f"YISHI_NOTIFY_{channel.upper()}", "")
    return AppriseSender(url) if url else None

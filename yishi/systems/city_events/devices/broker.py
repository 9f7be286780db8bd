"""Where the broker is, and the names of the topics: read from one address (``YISHI_MQTT_URL``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from yishi.systems.city_events.devices.payloads import KINDS

DEFAULT_PREFIX = "yishi/v1"
_CLIENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PREFIX = re.compile(r"[^/+#\x00]+(/[^/+#\x00]+)*")


class BrokerError(ValueError):
    """The address cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker, and how this installation is called there."""

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    tls: bool
    prefix: str
    client: str

    @property
    def filters(self) -> list[str]:
        """What the intake subscribes to."""
        return [f"{self.prefix}/devices/+/{kind}" for kind in KINDS]

    def taken_apart(self, topic: str) -> tuple[str, str]:
        """The device and the kind of message of a topic that was subscribed to."""
        ref, _, kind = topic.removeprefix(f"{self.prefix}/devices/").rpartition("/")
        return ref, kind

    def accepted(self, ref: str) -> str:
        """Where a device is told what became of its messages."""
        return f"{self.prefix}/devices/{ref}/accepted"

    def errors(self, ref: str) -> str:
        """Where a device is told what is wrong with a message."""
        return f"{self.prefix}/devices/{ref}/errors"


def read_url(url: str) -> Broker:
    """``mqtt://user:password@host:1883/yishi/v1?client=yishi-intake``; ``mqtts`` for TLS.

    Raises:
        BrokerError: naming what is wrong with it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BrokerError(f"YISHI_MQTT_URL: {error}") from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise BrokerError("YISHI_MQTT_URL must look like mqtt://user:password@host:1883/yishi/v1")
    given = parse_qs(parts.query)
    client = given.pop("client", ["yishi-intake"])[0]
    if given or not _CLIENT.fullmatch(client):
        raise BrokerError("YISHI_MQTT_URL: only ?client=NAME (letters, digits, _ . -) may follow")
    prefix = unquote(parts.path.strip("/")) or DEFAULT_PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise BrokerError("YISHI_MQTT_URL: the path is the start of all topics, without + and #")
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname,
        port=port or (8883 if tls else 1883),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
        prefix=prefix,
        client=client,
    )

"""The live process: server-sent events from PostgreSQL's LISTEN/NOTIFY, plain ASGI.

``GET /live/<topic>`` or ``GET /live/?topic=A&topic=B``, with ``token=`` where a topic is not
public; with a token and no topic: all of the token's. An event says ``event: changed`` and
``data: <the followed topic>``; nothing else ever leaves this process.
After every (re)connection the page gets ``event: hello`` and asks its view again, so a lost event
is never missed for long. ``GET /healthz`` answers with the state of the process.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")

from django.conf import settings
from django.http.request import validate_host

from yishi.foundation.messages.live import (
    CHANNEL,
    TopicError,
    check_topic,
    may_follow,
    permitted,
)
from yishi.runtime import environment

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEARTBEAT_SECONDS = 15.0
GATHER_SECONDS = 0.1
#: First and longest pause before the database is tried again: one connection, and pages wait.
RECONNECT_SECONDS = (0.1, 0.5)
"""Changes within this time reach a page as one event."""
MOST_LISTENERS = 10_000
MOST_TOPICS = 20
LONGEST_QUERY = 8_000

log = logging.getLogger("yishi.live")


class Listener:
    """One open page: which of its topics changed since it was last told."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self.changed: set[str] = set()
        self.wake = asyncio.Event()

    def tell(self, topic: str) -> None:
        """Note a change of one of the followed topics."""
        self.changed.add(topic)
        self.wake.set()


class Hub:
    """Who follows what, and whether the database is being listened to."""

    def __init__(self) -> None:
        self.followers: dict[str, set[Listener]] = defaultdict(set)
        self.listeners = 0
        self.listening = False
        self.numbers = itertools.count(1)

    def add(self, listener: Listener) -> None:
        """Start telling a listener."""
        self.listeners += 1
        for topic in listener.topics:
            self.followers[topic].add(listener)

    def remove(self, listener: Listener) -> None:
        """Stop telling a listener."""
        self.listeners -= 1
        for topic in listener.topics:
            self.followers[topic].discard(listener)
            if not self.followers[topic]:
                del self.followers[topic]

    def announce(self, topic: str) -> None:
        """Tell everybody who follows the topic or one above it."""
        while topic:
            for listener in self.followers.get(topic, ()):
                listener.tell(topic)
            topic = topic.rpartition("/")[0]

    def announce_all(self) -> None:
        """After a lost connection anything may have changed."""
        for topic, listeners in self.followers.items():
            for listener in listeners:
                listener.tell(topic)

    async def listen(self) -> None:
        """Listen to the database for ever; reconnect, and then tell everybody to look again."""
        pause = RECONNECT_SECONDS[0]
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    environment.connection_string(), autocommit=True, connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.listening, pause = True, RECONNECT_SECONDS[0]
                    self.announce_all()
                    async for notification in connection.notifies():
                        for topic in notification.payload.split("\n"):
                            self.announce(topic)
            except (psycopg.Error, OSError) as error:
                log.warning("database: %s", type(error).__name__)
            self.listening = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_SECONDS[1])


class Refused(Exception):
    """A request gets this status and text instead of events."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class LiveApplication:
    """The ASGI application."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.task = asyncio.create_task(self.hub.listen())
                await send({"type": "lifespan.startup.complete"})
            else:
                if self.task is not None:
                    self.task.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] != "GET":
                raise Refused(405, "only GET")
            if scope["path"] == "/healthz":
                state = {"ok": self.hub.listening, "listeners": self.hub.listeners}
                await _answer(
                    send, 200, json.dumps(state), [(b"content-type", b"application/json")]
                )
                return
            origin = _allowed_origin(scope)
            topics = _wanted_topics(scope)
            if self.hub.listeners >= MOST_LISTENERS:
                raise Refused(503, "too many listeners")
        except Refused as refusal:
            await _answer(send, refusal.status, refusal.text, _TEXT)
            return
        await self._stream(Listener(topics), origin, receive, send)

    async def _stream(
        self, listener: Listener, origin: bytes | None, receive: Receive, send: Send
    ) -> None:
        headers = [
            *_HEADERS,
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            (b"vary", b"Origin"),
        ]
        if origin:
            headers.append((b"access-control-allow-origin", origin))
        self.hub.add(listener)
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await _write(send, "retry: 2000\nevent: hello\ndata: hello\n\n")
            while not gone.done():
                await self._next(listener, gone, send)
        except OSError:
            pass  # the page went away while it was being written to
        finally:
            gone.cancel()
            self.hub.remove(listener)

    async def _next(self, listener: Listener, gone: asyncio.Future[None], send: Send) -> None:
        waking = asyncio.ensure_future(listener.wake.wait())
        try:
            await asyncio.wait(
                (waking, gone), timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waking.cancel()
        if gone.done():
            return
        if not listener.wake.is_set():
            await _write(send, ": still here\n\n")
            return
        await asyncio.sleep(GATHER_SECONDS)
        changed, listener.changed = sorted(listener.changed), set()
        listener.wake.clear()
        lines = (
            f"id: {next(self.hub.numbers)}\nevent: changed\ndata: {topic}\n\n" for topic in changed
        )
        await _write(send, "".join(lines))


_TEXT = [(b"content-type", b"text/plain; charset=utf-8")]
#: As the site's `yishi.runtime.answers`, but for the resource policy: pages are on another port.
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


async def _disconnected(receive: Receive) -> None:
    with suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]]) -> None:
    start = {"type": "http.response.start", "status": status, "headers": [*_HEADERS, *headers]}
    await send(start)
    await send({"type": "http.response.body", "body": text.encode()})


def _allowed_origin(scope: Scope) -> bytes | None:
    """The ``Origin`` header if it is the site's; ``None`` without one. Raises `Refused`."""
    origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
    if origin is None:
        return None
    text = origin.decode("latin-1")
    if text == settings.SITE_ORIGIN:
        return bytes(origin)
    try:
        parts = urlsplit(text)
        port, host = parts.port or 80, parts.hostname or ""
    except ValueError:
        raise Refused(403, "foreign origin") from None
    host = f"[{host}]" if ":" in host else host
    own = parts.scheme == "http" and port == settings.PORT
    if own and validate_host(host, settings.ALLOWED_HOSTS):
        return bytes(origin)
    raise Refused(403, "foreign origin")


def _wanted_topics(scope: Scope) -> list[str]:
    """The topics asked for, all permitted. Raises `Refused`."""
    path, query = scope["path"], scope.get("query_string", b"")
    if not path.startswith("/live/"):
        raise Refused(404, "no such page")
    if len(query) > LONGEST_QUERY:
        raise Refused(414, "the query is too long")
    fields = parse_qs(query.decode("latin-1"))
    named = unquote(path.removeprefix("/live/"))
    tokens = fields.get("token", [])
    try:
        allowed = permitted(tokens[0]) if tokens else []
        topics = [named] if named else fields.get("topic", allowed)
        if not topics or len(topics) > MOST_TOPICS:
            raise Refused(400, f"name 1 to {MOST_TOPICS} topics")
        if not all(may_follow(check_topic(topic), allowed) for topic in topics):
            raise Refused(403, "the token does not cover the topic")
    except TopicError as error:
        raise Refused(403 if tokens else 400, str(error)) from None
    return topics


application = LiveApplication()

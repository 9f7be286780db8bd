"""What the tests of the exchange share: partners, and a real second server that may misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation import revisions
from yishi.foundation.exchange import partners, sending
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.exchange.partners import HANDLE, SEND, Credentials
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.tests.conftest import Town

__all__ = ["Town"]

_ids = itertools.count(1)
#: The whole of an answer has to come within this time in the tests.
PATIENCE = 0.25
quick_post = partial(sending.post, total=PATIENCE)


@dataclass
class Received:
    """One request as the partner's server got it."""

    id: str
    timestamp: str
    signatures: str
    raw: bytes
    outcome: str

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that was sent."""
        return json.loads(self.raw)  # type: ignore[no-any-return]


@dataclass
class Server:
    """A partner's platform. ``script``: how the next requests are answered, then all is well.

    A status; ``drop``: the connection ends before the request was kept; ``lost``: it is kept, but
    the answer never arrives; ``slow``: it is kept, the answer comes byte by byte and too late;
    ``redirect``: to somewhere else on the same server.
    """

    url: str = ""
    script: list[str] = field(default_factory=list)
    got: list[Received] = field(default_factory=list)
    elsewhere: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def kept(self) -> list[Received]:
        """What the partner has: requests that it stored, whether its answer arrived or not."""
        return [r for r in self.got if r.outcome in ("200", "lost", "slow")]


class _Handler(BaseHTTPRequestHandler):
    server_side: Server

    def do_POST(self) -> None:
        side = self.server_side
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/hook":
            side.elsewhere += 1
        with side.lock:
            outcome = side.script.pop(0) if side.script else "200"
            name, moment, signed = (
                str(self.headers[f"Webhook-{part}"]) for part in ("Id", "Timestamp", "Signature")
            )
            side.got.append(Received(name, moment, signed, raw, outcome))
        if outcome in ("drop", "lost"):
            self.connection.shutdown(socket.SHUT_RDWR)
        elif outcome == "slow":
            self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 4000)
        elif outcome == "redirect":
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
        else:
            self.send_response(int(outcome))
            self.end_headers()

    def _drip(self, answer: bytes) -> None:
        for byte in answer:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            if self.server_side.done.wait(0.02):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """A second HTTP server in a thread, which may be reached."""
    settings.YISHI_EXCHANGE_NETWORKS = "127.0.0.0/8"
    side = Server()
    handler = type("Handler", (_Handler,), {"server_side": side})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    side.url = f"http://127.0.0.1:{http.server_port}/hook"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield side
    side.done.set()
    http.shutdown()
    http.server_close()
    thread.join(5)


@dataclass
class Platform:
    """A partner with its secrets, and its program that calls the API."""

    partner: Partner
    made: Credentials
    token: str = ""

    def sign_in(self, scope: str = "") -> str:
        """Get a token by HTTP Basic and use it from now on."""
        pair = base64.b64encode(f"{self.made.client_id}:{self.made.client_secret}".encode())
        answer = Client().post(
            "/api/v1/oauth/token",
            f"grant_type=client_credentials&scope={scope}",
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Basic {pair.decode()}"},
        )
        assert answer.status_code == 200, answer.content
        self.token = answer.json()["access_token"]
        return self.token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the exchange with the token."""
        self.token = self.token or self.sign_in()
        headers = {"Authorization": f"Bearer {self.token}"}
        client = Client(headers=headers, raise_request_exception=False)
        url = f"/api/v1/exchange{path}"
        if method == "GET":
            return client.get(url)
        return client.post(url, json.dumps(body), content_type="application/json")

    def say(
        self, number: str, sequence: int, kind: str, text: str = "", id: str = "", **more: Any
    ) -> Any:
        """Send a status message."""
        said = {"id": id or f"m-{sequence}", "sequence": sequence, "kind": kind, "text": text}
        body = said | more
        return self.call("POST", f"/cases/{number}/messages", body)

    def queued(self) -> list[Outgoing]:
        """What waits for the partner."""
        return list(self.partner.outgoing.filter(state="queued").order_by("case_id", "seq"))

    def check(self, got: Received) -> None:
        """Verify a webhook as Standard Webhooks describes it, with nothing but HMAC."""
        key = base64.b64decode(self.made.signing_secret.removeprefix("whsec_"))
        signed = f"{got.id}.{got.timestamp}.".encode() + got.raw
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert f"v1,{wanted}" in got.signatures.split(" ")


def platform(
    *, kind: str = "unit", callback: str = "", unit: int | None = None, **more: Any
) -> Platform:
    """A stored partner, for a unit or for sending."""
    units = [Unit.objects.get(pk=unit).code] if unit else []
    key = f"p{next(_ids)}-test"
    more.setdefault("scopes", [HANDLE] if unit else [SEND])
    # Grants and outbox are read against the database's clock, which stands still in a test.
    now = timezone.now() - timedelta(minutes=1)
    made = partners.add(key, f"平台{key}", kind, now, callback_url=callback, units=units, **more)
    return Platform(Partner.objects.get(key=key), made)


@pytest.fixture
def town(city: None) -> Iterator[Town]:
    """The demo city; what a test added to the register of partners is forgotten."""
    yield Town()
    revisions.forget()

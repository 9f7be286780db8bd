"""Where messages go: a small SMTP server and a webhook that remember the ids they were given."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """How often each message id arrived, by channel."""

    email: Counter[str] = field(default_factory=Counter)
    sms: Counter[str] = field(default_factory=Counter)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def sinks() -> Iterator[tuple[Received, int, int]]:
    """What was received, the SMTP server's port and the webhook's."""
    received = Received()
    mail = _Server(("127.0.0.1", 0), _smtp(received.email))
    hook = ThreadingHTTPServer(("127.0.0.1", 0), _webhook(received.sms))
    hook.daemon_threads = True
    servers: tuple[Any, ...] = (mail, hook)
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    try:
        yield received, mail.server_address[1], hook.server_address[1]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _smtp(ids: Counter[str]) -> type[socketserver.StreamRequestHandler]:
    class Conversation(socketserver.StreamRequestHandler):
        """As much of RFC 5321 as a submission needs. A message counts once it is acknowledged."""

        def handle(self) -> None:
            self._say("220 sink")
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self._say("354 go on")
                    found = self._body()
                    ids[found] += 1
                    self._say("250 taken")
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 sink")

        def _body(self) -> str:
            found = ""
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                name, _, value = line.decode(errors="replace").partition(":")
                if name.lower() == "x-yishi-message":
                    found = value.strip()
            return found

        def _say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    return Conversation


def _webhook(ids: Counter[str]) -> type[BaseHTTPRequestHandler]:
    class Hook(BaseHTTPRequestHandler):
        """Takes any POST; the id stands in its own header."""

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            ids[self.headers.get("X-Message-Id", "")] += 1
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Hook

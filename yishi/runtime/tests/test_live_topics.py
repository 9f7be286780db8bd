"""Who may follow which topic, and what a page hears."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.messages import live as topics
from yishi.runtime.live import Listener, LiveApplication

Message = MutableMapping[str, Any]


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: a browser test before this one leaves a loop in the main thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _get(
    path: str, query: dict[str, str] | None = None, origin: str = "", tell: str = ""
) -> list[Message]:
    """What the application sends for a request that ends soon after the first events."""
    application = LiveApplication()
    sent: list[Message] = []
    headers = [(b"origin", origin.encode())] if origin else []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": urlencode(query or {}).encode(),
        "headers": headers,
    }

    async def receive() -> Message:
        await asyncio.sleep(0.02)
        if tell:
            application.hub.announce(tell)
        await asyncio.sleep(0.3)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    _run(application(scope, receive, send))
    assert application.hub.listeners == 0
    assert not application.hub.followers
    return sent


def _text(sent: list[Message]) -> str:
    return b"".join(message.get("body", b"") for message in sent).decode()


def test_public_topics_need_no_token() -> None:
    sent = _get("/live/public/today", tell="public/today")
    assert sent[0]["status"] == 200
    assert "event: changed\ndata: public/today\n" in _text(sent)


def test_officers_topics_need_a_token_that_names_them() -> None:
    assert _get("/live/cases/4206")[0]["status"] == 403
    other = {"token": topics.topic_token(["cases/4207"])}
    assert _get("/live/cases/4206", other)[0]["status"] == 403
    own = {"token": topics.topic_token(["cases/4206"])}
    assert _get("/live/cases/4206", own)[0]["status"] == 200
    assert _get("/live/cases/42061", own)[0]["status"] == 403


def test_forged_and_old_tokens_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token = topics.topic_token(["cases/4206"])
    assert _get("/live/", {"token": token + "x"})[0]["status"] == 403
    monkeypatch.setattr(topics, "TOKEN_SECONDS", -1)
    assert _get("/live/", {"token": token})[0]["status"] == 403


def test_who_follows_an_area_hears_what_lies_in_it_and_nothing_else() -> None:
    token = {"token": topics.topic_token(["cases/4206"])}
    inside = _text(_get("/live/", token, tell="cases/4206/420606/420606007"))
    assert "data: cases/4206\n" in inside
    assert "420606" not in inside
    assert "changed" not in _text(_get("/live/", token, tell="cases/42060"))


@pytest.mark.parametrize("path", ["/live/", "/live/a b", "/live/public/../x y", "/other"])
def test_what_is_no_topic_is_refused(path: str) -> None:
    assert 400 <= _get(path)[0]["status"] < 500


def test_only_the_sites_own_pages_are_let_in() -> None:
    own = f"http://localhost:{settings.PORT}"
    headers = dict(_get("/live/public/x", origin=own)[0]["headers"])
    assert headers[b"access-control-allow-origin"] == own.encode()
    for foreign in (
        "http://evil.example",
        f"http://evil.example:{settings.PORT}",
        "null",
        "http://[",
    ):
        assert _get("/live/public/x", origin=foreign)[0]["status"] == 403


@given(st.lists(st.from_regex(topics._TOPIC, fullmatch=True), max_size=60))
def test_payloads_hold_every_topic_once_and_fit(names: list[str]) -> None:
    payloads = list(topics.pack(names))
    assert "\n".join(payloads).split("\n") == (list(dict.fromkeys(names)) or [""])
    assert all(len(payload) < 8000 for payload in payloads)


def test_one_change_is_told_once() -> None:
    async def run() -> set[str]:
        listener = Listener(["a"])
        listener.tell("a")
        listener.tell("a")
        return listener.changed

    assert _run(run()) == {"a"}


@pytest.mark.django_db(transaction=True)
def test_a_notice_reaches_whoever_listens() -> None:
    import psycopg

    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "user", "dbname")}
    with psycopg.connect(**wanted, autocommit=True) as listening:
        listening.execute(f"LISTEN {topics.CHANNEL}")
        topics.notify("cases/1", "cases/2", "cases/1")
        heard = next(listening.notifies(timeout=10))
    assert heard.payload == "cases/1\ncases/2"

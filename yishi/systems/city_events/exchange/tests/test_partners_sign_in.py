"""The token endpoint, as RFC 6749 and RFC 6750 want it."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yishi.foundation.exchange import partners, tokens
from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.partners import HANDLE, SEND
from yishi.systems.city_events.exchange.tests.conftest import Platform, Town, platform

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def partner(town: Town) -> Platform:
    """A partner that may send."""
    return platform(kind="hotline")


def ask(fields: Any = "", *, basic: str | None = None, kind: str = FORM) -> Any:
    """Ask for a token."""
    raw = fields if isinstance(fields, str | bytes) else urlencode(fields)
    headers = {"Authorization": basic} if basic is not None else {}
    client = Client(raise_request_exception=False)
    return client.generic("POST", "/api/v1/oauth/token", raw, kind, headers=headers)


def basic(name: str, secret: str) -> str:
    """An Authorization header; both parts form-encoded (RFC 6749 §2.3.1)."""
    pair = f"{quote(name, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def test_both_ways_of_signing_in(partner: Platform) -> None:
    made = partner.made
    by_header = ask(
        {"grant_type": "client_credentials"}, basic=basic(made.client_id, made.client_secret)
    )
    pair = {"client_id": made.client_id, "client_secret": made.client_secret}
    by_body = ask({"grant_type": "client_credentials", **pair})
    for answer in (by_header, by_body):
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        content = answer.json()
        assert content["token_type"] == "Bearer"
        assert (content["expires_in"], content["scope"]) == (3600, SEND)
        partner.token = content["access_token"]
        assert partner.call("GET", "/sent/X").status_code == 404


@pytest.mark.parametrize(
    ("fields", "header", "kind", "status", "error"),
    [
        ({}, "right", FORM, 400, "invalid_request"),
        ({"grant_type": ""}, "right", FORM, 400, "invalid_request"),
        ({"grant_type": "password"}, "right", FORM, 400, "unsupported_grant_type"),
        (
            {"grant_type": "client_credentials", "scope": HANDLE},
            "right",
            FORM,
            400,
            "invalid_scope",
        ),
        ({"grant_type": "client_credentials"}, None, FORM, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, "wrong", FORM, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, "Bearer x", FORM, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, "Basic ###", FORM, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, "Basic ", FORM, 401, "invalid_client"),
        ("grant_type=client_credentials&scope=a&scope=b", "right", FORM, 400, "invalid_request"),
        (
            {"grant_type": "client_credentials", "client_secret": "x"},
            "right",
            FORM,
            400,
            "invalid_request",
        ),
        (
            '{"grant_type": "client_credentials"}',
            "right",
            "application/json",
            400,
            "invalid_request",
        ),
        ("x", "right", f"{FORM}; charset=nonsense", 400, "invalid_request"),
        ("--x", "right", "multipart/form-data; boundary=x", 400, "invalid_request"),
        (b"grant_type=client_credentials\xff%00", "right", FORM, 400, "unsupported_grant_type"),
    ],
)
def test_errors_are_those_of_the_standard(
    partner: Platform, fields: Any, header: str | None, kind: str, status: int, error: str
) -> None:
    made = partner.made
    header = {
        "right": basic(made.client_id, made.client_secret),
        "wrong": basic(made.client_id, "wrong"),
    }.get(header or "", header)
    answer = ask(fields, basic=header, kind=kind)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("WWW-Authenticate" in answer) == (status == 401)
    assert answer["Cache-Control"] == "no-store"


def test_tokens_end_in_time_and_with_the_credentials(
    partner: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner.sign_in()
    old = partner.token
    assert tokens.bearer_of(old) is not None
    assert tokens.bearer_of(old[:-2] + "xx") is None
    assert tokens.bearer_of("yishi_at.") is None
    partners.rotate(partner.partner.key, partner.partner.created_at + timedelta(days=1))
    assert tokens.bearer_of(old) is None, "rotated"
    assert (
        ask({"grant_type": "client_credentials"}, basic=basic(*_pair(partner))).status_code == 401
    )
    monkeypatch.setattr(tokens, "TOKEN_SECONDS", -1)
    content = {"p": partner.partner.pk, "g": 2, "s": [SEND]}
    late = "yishi_at." + signing.dumps(content, salt="yishi.exchange.token", compress=True)
    assert tokens.bearer_of(late) is None, "too old"
    monkeypatch.undo()
    assert tokens.bearer_of(late) is not None
    partners.disable(partner.partner.key)
    assert tokens.bearer_of(late) is None, "disabled"


def _pair(partner: Platform) -> tuple[str, str]:
    return partner.made.client_id, partner.made.client_secret


def test_calls_without_a_token_are_told_what_is_missing(town: Town) -> None:
    for header in ({}, {"Authorization": "Bearer nothing"}, {"Authorization": "Basic eDp5"}):
        answer = Client(headers=header).get("/api/v1/exchange/sent/A-1")
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["field"] == "Authorization"
        assert answer["WWW-Authenticate"].startswith('Bearer realm="yishi", error="invalid_token"')


def test_secrets_are_not_in_the_database(partner: Platform) -> None:
    row = Partner.objects.filter(pk=partner.partner.pk).values().get()
    stored = repr({**row, "client_hash": bytes(row["client_hash"])})
    assert partner.made.client_secret not in stored
    assert partner.made.signing_secret.removeprefix("whsec_") not in stored
    assert "secret" not in repr(partner.made).lower()


def test_a_token_costs_one_statement_and_so_does_its_use(partner: Platform) -> None:
    for act in (partner.sign_in, lambda: tokens.bearer_of(partner.token)):
        with CaptureQueriesContext(connection) as queries:
            act()
        assert len(queries) == 1

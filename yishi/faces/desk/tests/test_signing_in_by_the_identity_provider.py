"""Sign-in by an OpenID provider that really runs: state, nonce, PKCE, signature, claims."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from yishi.faces.desk.tests.identity_provider import CLIENT_ID, SECRET, Provider, serve
from yishi.foundation.access import city_rules
from yishi.foundation.access.city_rules import SignInRules
from yishi.foundation.access.models import Identity, User
from yishi.systems.city_events.tests.office import Office

BACK = "http://testserver/desk/sign-in/provider/back/"


@pytest.fixture
def provider(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider on this machine, and the site configured for it."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    found = Provider(BACK)
    server, thread = serve(found)
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    settings.YISHI_OIDC = {
        "issuer": found.issuer,
        "client_id": CLIENT_ID,
        "secret_file": str(secret),
        "label": "市统一身份认证",
        "second_factor": False,
    }
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def there_and_back(client: Client, query: str = "") -> str:
    """Start, sign in at the provider, and return the address that it sends the browser back to."""
    start = client.get(f"/desk/sign-in/provider/{query}")
    assert start.status_code == 302, start.content.decode()
    answer = requests.get(start.headers["Location"], allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("http://testserver")


def linked(office: Office, provider: Provider) -> User:
    """An officer whom the provider knows."""
    from django.utils import timezone

    user = office.account("acceptor")
    Identity.objects.create(
        user=user, issuer=provider.issuer, subject="p-1", linked_at=timezone.now()
    )
    return user


def test_a_linked_officer_signs_in_and_out(office: Office, provider: Provider) -> None:
    linked(office, provider)
    client = Client()
    assert "市统一身份认证" in client.get("/desk/sign-in/").content.decode()
    before = client.session.session_key
    answer = client.get(there_and_back(client, "?next=/desk/cases/"))
    assert answer.headers["Location"] == "/desk/cases/", answer.content.decode()
    assert client.session.session_key != before
    assert client.get("/desk/").status_code == 200
    out = client.post("/desk/sign-out/")
    assert out.headers["Location"].startswith(f"{provider.issuer}/logout?client_id=yishi")
    assert client.get("/desk/").status_code == 302


def test_what_is_asked_for_holds_state_nonce_and_pkce(provider: Provider, city: None) -> None:
    start = Client().get("/desk/sign-in/provider/").headers["Location"]
    asked = parse_qs(urlsplit(start).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    again = parse_qs(urlsplit(Client().get("/desk/sign-in/provider/").headers["Location"]).query)
    assert all(again[name] != asked[name] for name in ("state", "nonce", "code_challenge"))


def test_whoever_is_unknown_gets_no_account(office: Office, provider: Provider) -> None:
    before = User.objects.count()
    client = Client()
    answer = client.get(there_and_back(client))
    assert answer.status_code == 403
    assert "p-1" in answer.content.decode()
    assert User.objects.count() == before
    assert client.get("/desk/").status_code == 302


def test_the_same_name_at_the_provider_is_nobody_here(office: Office, provider: Provider) -> None:
    user = office.account("acceptor")
    provider.person |= {"preferred_username": user.username, "email": user.email}
    client = Client()
    assert client.get(there_and_back(client)).status_code == 403


def test_the_city_may_let_the_provider_bring_accounts(
    office: Office, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = SignInRules(accounts_from_provider=True)
    monkeypatch.setattr(city_rules, "_read", lambda folder: rules)
    provider.person |= {"preferred_username": "new.officer"}
    client = Client()
    assert client.get(there_and_back(client)).headers["Location"] == "/desk/"
    user = User.objects.get(username="new.officer")
    assert (user.display_name, user.grants.count()) == ("外部某人", 0)
    assert not user.has_usable_password()
    other = Client()
    assert other.get(there_and_back(other)).status_code == 302
    assert User.objects.filter(username="new.officer").count() == 1


def forged_state(path: str) -> str:
    """The answer with another state."""
    return path.replace("state=", "state=x")


def other_issuer(path: str) -> str:
    """The answer of another provider (RFC 9207)."""
    return path + "&iss=https://evil.example"


@pytest.mark.parametrize("change", [forged_state, other_issuer])
def test_a_forged_answer_signs_nobody_in(
    office: Office, provider: Provider, change: Callable[[str], str]
) -> None:
    linked(office, provider)
    client = Client()
    path = there_and_back(client)
    assert client.get(change(path)).status_code == 400
    assert client.get("/desk/").status_code == 302
    assert client.get(path).status_code == 400, "what was started works once"


def test_an_answer_for_another_browser_signs_nobody_in(office: Office, provider: Provider) -> None:
    linked(office, provider)
    path = there_and_back(Client())
    victim = Client()
    assert victim.get(path).status_code == 400
    there_and_back(victim)
    assert victim.get(path).status_code == 400


def test_a_code_is_worth_nothing_without_its_verifier(office: Office, provider: Provider) -> None:
    linked(office, provider)
    client = Client()
    path = there_and_back(client)
    session = client.session
    session["oidc"] = session["oidc"] | {"verifier": "x" * 64}
    session.save()
    assert client.get(path).status_code == 403
    assert client.get("/desk/").status_code == 302


def with_claims(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Claims with some changed, ``None`` takes one away."""

    def bend(claims: dict[str, Any]) -> dict[str, Any]:
        merged = claims | changes
        return {name: value for name, value in merged.items() if value is not None}

    return bend


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"iat": None},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
def test_wrong_claims_sign_nobody_in(
    office: Office, provider: Provider, changes: dict[str, Any]
) -> None:
    linked(office, provider)
    provider.bend = with_claims(**changes)
    client = Client()
    assert client.get(there_and_back(client)).status_code == 403
    assert client.get("/desk/").status_code == 302


def unsigned(provider: Provider, claims: dict[str, Any]) -> str:
    """``alg: none``."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def with_the_public_key(provider: Provider, claims: dict[str, Any]) -> str:
    """HS256, with the published key as the secret."""
    secret = OctKey.import_key(provider.key.as_pem(private=False))
    return jwt.encode({"alg": "HS256", "kid": provider.key.kid}, claims, secret, ["HS256"])


def with_the_clients_secret(provider: Provider, claims: dict[str, Any]) -> str:
    """HS256, with the client's secret."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET * 2), ["HS256"])


def with_a_strangers_key(provider: Provider, claims: dict[str, Any]) -> str:
    """RS256 by another key under the published id."""
    stranger = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, stranger)


@pytest.mark.parametrize(
    "sign", [unsigned, with_the_public_key, with_the_clients_secret, with_a_strangers_key]
)
def test_wrong_signatures_sign_nobody_in(
    office: Office, provider: Provider, sign: Callable[[Provider, dict[str, Any]], str]
) -> None:
    linked(office, provider)
    provider.sign = lambda claims: sign(provider, claims)
    client = Client()
    assert client.get(there_and_back(client)).status_code == 403
    assert client.get("/desk/").status_code == 302


def test_new_keys_of_the_provider_are_fetched_and_old_ones_forgotten(
    office: Office, provider: Provider
) -> None:
    linked(office, provider)
    for _ in range(2):
        client = Client()
        assert client.get(there_and_back(client)).status_code == 302
        withdrawn = provider.key
        provider.rotate()
    provider.key = withdrawn
    client = Client()
    assert client.get(there_and_back(client)).status_code == 403


def test_a_provider_that_is_away_leaves_the_password(office: Office, provider: Provider) -> None:
    linked(office, provider)
    provider.issuer = "http://127.0.0.1:9"  # it calls itself something else now
    client = Client()
    answer = client.get("/desk/sign-in/provider/")
    assert answer.status_code == 403
    assert client.get("/desk/sign-in/").status_code == 200


def test_an_officer_links_and_proves_by_the_provider(office: Office, provider: Provider) -> None:
    user = office.account("acceptor")
    client = office.signed_in(user)
    assert client.get(there_and_back(client, "?for=link")).headers["Location"] == "/desk/me/"
    assert Identity.objects.get(user=user).subject == "p-1"
    session = client.session
    session["proved_at"] = 0
    session.save()
    assert client.get("/desk/me/password/").status_code == 302
    done = client.get(there_and_back(client, "?for=prove&next=/desk/me/password/"))
    assert done.headers["Location"] == "/desk/me/password/"
    assert client.get("/desk/me/password/").status_code == 200
    other = office.client("acceptor")
    assert other.get(there_and_back(other, "?for=link")).status_code == 409


def test_the_second_factor_is_ours_unless_the_provider_asks_for_it(
    office: Office, provider: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(office, provider)
    rules = SignInRules(frozenset({"acceptor"}))
    monkeypatch.setattr(city_rules, "_read", lambda folder: rules)
    client = Client()
    answer = client.get(there_and_back(client))
    assert answer.headers["Location"] == "/desk/sign-in/second/"
    settings.YISHI_OIDC = settings.YISHI_OIDC | {"second_factor": True}
    client = Client()
    assert client.get(there_and_back(client)).headers["Location"] == "/desk/"

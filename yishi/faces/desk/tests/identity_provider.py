"""A small OpenID provider for tests: Authlib's authorization server behind plain WSGI, over HTTP.

It checks clients, redirect addresses, PKCE and codes as a provider must, and signs ID tokens with
RS256 keys that it publishes. Tests bend what it says by ``bend`` (claims), ``sign`` and ``rotate``.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, SECRET = "yishi", "a-secret-of-the-provider"
Answer = tuple[int, bytes, list[tuple[str, str]]]


class _Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code(AuthorizationCodeMixin):  # type: ignore[misc]
    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    auth_time: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class _Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        self.server.provider.codes[code] = _Code(
            code,
            data["redirect_uri"],
            data["scope"],
            data.get("nonce", ""),
            data.get("code_challenge", ""),
            data.get("code_challenge_method", ""),
            int(time.time()),
        )

    def query_authorization_code(self, code: str, client: Any) -> _Code | None:
        found: _Code | None = self.server.provider.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        del self.server.provider.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: _Code) -> dict[str, str]:
        person: dict[str, str] = self.server.provider.person
        return person


class _IdToken(OpenIDCode):  # type: ignore[misc]
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def get_client_claims(self, client: Any) -> dict[str, Any]:
        return {"iss": self.provider.issuer}

    def generate_user_info(self, user: dict[str, str], scope: str) -> dict[str, str]:
        return user

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        claims = self.get_compatible_claims(request)
        claims |= self.get_authorization_code_claims(request.authorization_code)
        claims |= self.generate_user_info(request.user, token["scope"])
        return self.provider.sign(self.provider.bend(claims))


class _Request(OAuth2Request):  # type: ignore[misc]
    @property
    def args(self) -> dict[str, str]:
        found: dict[str, str] = self.payload.data
        return found

    form = args


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, provider: Provider) -> None:
        super().__init__(scopes_supported=["openid", "profile", "email"])
        self.provider = provider
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: "access"))
        self.register_grant(_Grant, [CodeChallenge(required=True), _IdToken(provider)])

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.provider.redirect_uri) if client_id == CLIENT_ID else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        return None

    def create_oauth2_request(self, request: Any) -> Any:
        if isinstance(request, OAuth2Request):
            return request
        made = _Request(request["method"], request["uri"], headers=request["headers"])
        made.payload = BasicOAuth2Payload(request["data"])
        return made

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        text = json.dumps(body) if isinstance(body, dict) else str(body or "")
        return status, text.encode(), list(headers)  # the server adds to it

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass
class Provider:
    """The provider: who signs in there (``person``), and everything that a test may bend."""

    redirect_uri: str
    person: dict[str, str] = field(default_factory=lambda: {"sub": "p-1", "name": "外部某人"})
    issuer: str = ""
    codes: dict[str, _Code] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))

    def __post_init__(self) -> None:
        self.published = [self.key]
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.bend: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def signed(self, claims: dict[str, Any]) -> str:
        """An ID token, signed with the present key."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def rotate(self) -> None:
        """Sign with a new key from now on, and publish only that one."""
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        self.published = [self.key]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        status, body, headers = self._answer(environ)
        start_response(f"{status} x", headers)
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        path = environ["PATH_INFO"]
        as_json = [("Content-Type", "application/json")]
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps(self._metadata()).encode(), as_json
        if path == "/jwks":
            keys = KeySet([*self.published]).as_dict(private=False)
            return 200, json.dumps(keys).encode(), as_json
        size = int(environ.get("CONTENT_LENGTH") or 0)
        form = dict(parse_qsl(environ["wsgi.input"].read(size).decode())) if size else {}
        query = dict(parse_qsl(environ["QUERY_STRING"]))
        headers = {"Authorization": environ.get("HTTP_AUTHORIZATION", "")}
        request = {
            "method": environ["REQUEST_METHOD"],
            "uri": f"{self.issuer}{path}?{environ['QUERY_STRING']}",
            "headers": headers,
            "data": query | form,
        }
        server = _Server(self)
        if path == "/authorize":
            asked = server.create_oauth2_request(request)
            grant = server.get_authorization_grant(asked)
            answer: Answer = server.create_authorization_response(asked, self.person, grant)
            return answer
        if path == "/token":
            answered: Answer = server.create_token_response(request)
            return answered
        return 404, b"", []

    def _metadata(self) -> dict[str, Any]:
        names = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "end_session_endpoint": "logout",
        }
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{path}" for name, path in names.items()},
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return None


def serve(provider: Provider) -> tuple[WSGIServer, threading.Thread]:
    """Serve *provider* on a free port of this machine; stop it by ``server.shutdown()``."""
    server = make_server("127.0.0.1", 0, provider, handler_class=_Quiet)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    return server, thread

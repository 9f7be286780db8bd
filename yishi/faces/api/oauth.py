"""The token endpoint of OAuth 2.0 (RFC 6749): client credentials, for partners."""

from __future__ import annotations

from typing import Any, Literal

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from ninja import Router, Schema
from pydantic import ConfigDict

from yishi.foundation.access.throttle import Throttle
from yishi.foundation.exchange.partners import SCOPES
from yishi.foundation.exchange.tokens import TokenRequestRefused, issue
from yishi.foundation.ui.api_errors import Fault

router = Router()
#: Wrong secrets by address.
WRONG_SECRETS = Throttle("oauth", each=30)
_FORM = "application/x-www-form-urlencoded"
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenOut(Schema):
    """An access token (RFC 6749 §5.1)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "access_token": "yishi_at.eyJwIjox…",
                "token_type": "Bearer",
                "expires_in": 3600,
                "scope": "cases:send",
            }
        }
    )

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class TokenFault(Schema):
    """An error of the token endpoint (RFC 6749 §5.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "error": "invalid_client",
                "error_description": "unknown client or secret",
            }
        }
    )

    error: Literal[
        "invalid_request",
        "invalid_client",
        "invalid_scope",
        "unsupported_grant_type",
    ]
    error_description: str


_BODY = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "enum": ["client_credentials"]},
                    "scope": {"type": "string", "description": "、".join(SCOPES)},
                    "client_id": {"type": "string"},
                    "client_secret": {"type": "string", "format": "password"},
                },
                "example": {"grant_type": "client_credentials", "scope": "cases:send"},
            }
        }
    },
}


@router.post(
    "/token",
    response={200: TokenOut, 400: TokenFault, 401: TokenFault, 413: Fault, 429: Fault},
    operation_id="post_token",
    summary="获取访问令牌",
    openapi_extra={"requestBody": _BODY},
)
def post_token(request: HttpRequest) -> Any:
    """Exchange client id and secret for an access token (client credentials, RFC 6749 §4.4).

    The client signs in by HTTP Basic (``client_secret_basic``) or with ``client_id`` and
    ``client_secret`` in the body (``client_secret_post``). Tokens live for an hour.
    """
    WRONG_SECRETS.check(request)
    try:
        issued = issue(_form(request), request.headers.get("Authorization", ""))
    except TokenRequestRefused as error:
        fault = {"error": error.error, "error_description": error.description}
        headers = dict(_HEADERS)
        if error.status == 401:
            WRONG_SECRETS.wrong(request)
            headers["WWW-Authenticate"] = 'Basic realm="yishi", charset="UTF-8"'
        return JsonResponse(fault, status=error.status, headers=headers)
    content: dict[str, Any] = {
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": issued.seconds,
        "scope": " ".join(issued.scopes),
    }
    return JsonResponse(content, headers=_HEADERS)


def _form(request: HttpRequest) -> dict[str, list[str]]:
    """The body's fields with all values of each. Raises TokenRequestRefused."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM:
        raise TokenRequestRefused("invalid_request", f"the body must be {_FORM}")
    try:
        return {name: [str(v) for v in values] for name, values in request.POST.lists()}
    except RequestDataTooBig:
        raise
    except (BadRequest, SuspiciousOperation, UnreadablePostError) as error:
        raise TokenRequestRefused("invalid_request", "the body cannot be read") from error

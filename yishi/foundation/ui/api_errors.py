"""Every error of the API has one shape: code, message, and the fields that are wrong."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.plan import MoveRefused
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError


class FieldFault(Schema):
    """One field that cannot be accepted."""

    field: str
    message: str
    code: str


class Fault(Schema):
    """An error. ``state`` and ``number`` are given when a case was already moved by another."""

    code: str
    message: str
    errors: list[FieldFault] = []
    number: str | None = None
    state: str | None = None


def add_handlers(api: NinjaAPI) -> None:
    """Let *api* answer the house's exceptions."""

    def answer(
        request: HttpRequest, status: int, code: str, message: str, **more: Any
    ) -> HttpResponse:
        content = {"code": code, "message": message, "errors": [], **more}
        return api.create_response(request, content, status=status)

    @api.exception_handler(FieldError)
    def field_error(request: HttpRequest, error: FieldError) -> HttpResponse:
        fault = {"field": error.field, "message": error.message, "code": error.code}
        return answer(request, 422, "invalid", error.message, errors=[fault])

    @api.exception_handler(PlaceError)
    def place_error(request: HttpRequest, error: PlaceError) -> HttpResponse:
        fault = {"field": error.field, "message": error.message, "code": "place"}
        return answer(request, 422, "invalid", error.message, errors=[fault])

    @api.exception_handler(ValidationError)
    def validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [
            {
                "field": ".".join(str(step) for step in item["loc"][1:]) or "body",
                "message": str(item["msg"]),
                "code": str(item["type"]),
            }
            for item in error.errors
        ]
        return answer(request, 422, "invalid", "请求内容不符合要求", errors=faults)

    @api.exception_handler(MoveRefused)
    def refused(request: HttpRequest, error: MoveRefused) -> HttpResponse:
        status = 403 if error.code == "role" else 409
        return answer(
            request,
            status,
            error.code,
            error.message,
            number=error.number,
            state=error.state,
        )

    @api.exception_handler(CaseNotFound)
    def not_found(request: HttpRequest, error: CaseNotFound) -> HttpResponse:
        return answer(request, 404, "not_found", "没有这个案件，或您无权查看")

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return answer(request, 413, "too_large", "请求内容过大，最多2兆字节")

    @api.exception_handler(AuthenticationError)
    def who(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return answer(request, 401, "key", "缺少有效的接口密钥（X-API-Key）")

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        code = "json" if error.status_code == 400 else "error"
        return answer(request, error.status_code, code, str(error))

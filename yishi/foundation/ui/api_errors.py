"""Every error of the API has one shape: code, message, and the fields that are wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ConfigDict

from yishi.foundation.access.throttle import TooMany
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.exchange.auth import BearerRefused
from yishi.foundation.exchange.incoming import NoticeConflict
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import RETRY_AFTER, UNAVAILABLE

_LOG = logging.getLogger(__name__)


class FieldFault(Schema):
    """One field that cannot be accepted."""

    field: str
    message: str
    code: str


class Fault(Schema):
    """An error. ``state`` and ``number`` are given when a case was already moved by another,
    ``expected`` when a message came out of turn."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "invalid",
                "message": "没有这个类别",
                "errors": [{"field": "type", "message": "没有这个类别", "code": "unknown"}],
                "number": None,
                "state": None,
                "expected": None,
            }
        }
    )

    code: str
    message: str
    errors: list[FieldFault] = []
    number: str | None = None
    state: str | None = None
    expected: int | None = None


#: What pydantic finds wrong, in the words of the house; the rest stays as it says it.
_WORDS = {
    "missing": "必填",
    "extra_forbidden": "没有这个字段",
    "string_type": "应为文字",
    "string_too_long": "文字过长",
    "string_pattern_mismatch": "格式不正确",
    "float_type": "应为数字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为是或否",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
}


def _field(where: Sequence[Any]) -> str:
    """The field's own path: pydantic names the source first, and the parameter of a body."""
    steps = where[2:] if where[0] == "body" else where[1:]
    return ".".join(str(step)[:64] for step in steps) or "body"


def fault(field: str, code: str, message: str) -> dict[str, Any]:
    """The content of an error about one field."""
    return {
        "code": code,
        "message": message,
        "errors": [{"field": field, "message": message, "code": code}],
    }


def limit_body(megabytes: int, field: str) -> Callable[[Any], Any]:
    """Refuse a larger body (413, naming *field*) before it is read; for ``decorate_view``."""

    def decorate(view: Any) -> Any:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            size = str(request.META.get("CONTENT_LENGTH") or "0")
            if size.isascii() and size.isdigit() and int(size[:18]) <= megabytes * 1024 * 1024:
                return view(request, *args, **kwargs)
            message = f"文件不能超过 {megabytes} MB"
            return JsonResponse(fault(field, "too_large", message), status=413)

        return checked

    return decorate


def add_handlers(api: NinjaAPI) -> None:
    """Let *api* answer the house's exceptions."""

    answer = _answerer(api)

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
                "field": _field(item["loc"]),
                "message": _WORDS.get(item["type"]) or str(item["msg"]),
                "code": str(item["type"]),
            }
            for item in error.errors
        ]
        return answer(request, 422, "invalid", "请求内容不符合要求", errors=faults)

    _add_refusals(api)
    _add_request_handlers(api)


def _answerer(api: NinjaAPI) -> Callable[..., HttpResponse]:
    """What makes an answer of the house's shape."""

    def answer(
        request: HttpRequest, status: int, code: str, message: str, **more: Any
    ) -> HttpResponse:
        content = {"code": code, "message": message, "errors": [], **more}
        return api.create_response(request, content, status=status)

    return answer


def _add_refusals(api: NinjaAPI) -> None:
    """Answer what may not be done, or not now, or is not there for this caller."""
    answer = _answerer(api)

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

    @api.exception_handler(NoticeConflict)
    def out_of_turn(request: HttpRequest, error: NoticeConflict) -> HttpResponse:
        field = "sequence" if error.code == "order" else "id"
        content = fault(field, error.code, error.message)
        content |= {"number": error.number, "expected": error.expected}
        return api.create_response(request, content, status=409)

    @api.exception_handler(BearerRefused)
    def bearer(request: HttpRequest, error: BearerRefused) -> HttpResponse:
        content = fault("Authorization", error.error, error.message)
        response = api.create_response(request, content, status=error.status)
        response["WWW-Authenticate"] = error.challenge
        return response


def _add_request_handlers(api: NinjaAPI) -> None:
    """Answer what is wrong with a request before anybody looks at its fields."""

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        content = fault("body", "too_large", "请求内容过大，最多 2 MB")
        return api.create_response(request, content, status=413)

    @api.exception_handler(TooMany)
    def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
        message = f"请求或尝试次数过多，请在 {error.seconds} 秒后再试"
        content = {"code": "too_many", "message": message, "errors": []}
        response = api.create_response(request, content, status=429)
        response.headers["Retry-After"] = str(error.seconds)
        return response

    def away(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        _LOG.error("the database is away", exc_info=error if isinstance(error, Exception) else None)
        content = {"code": "unavailable", "message": "系统正在恢复，请稍后再试", "errors": []}
        response = api.create_response(request, content, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response

    for trouble in UNAVAILABLE:
        api.add_exception_handler(trouble, away)

    def unreadable(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        content = fault("body", "malformed", "无法读取请求内容")
        return api.create_response(request, content, status=400)

    for kind in (MultiPartParserError, SuspiciousOperation, BadRequest, UnreadablePostError):
        api.add_exception_handler(kind, unreadable)

    @api.exception_handler(AuthenticationError)
    def who(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        content = fault("X-API-Key", "key", "缺少有效的接口密钥（X-API-Key）")
        return api.create_response(request, content, status=401)

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 400:
            content = fault("body", "json", "请求内容不是有效的 JSON（UTF-8，不含孤立代理字符）")
        else:
            content = {"code": "error", "message": str(error), "errors": []}
        return api.create_response(request, content, status=error.status_code)

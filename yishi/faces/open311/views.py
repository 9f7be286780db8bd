"""GeoReport v2 (wiki.open311.org/GeoReport_v2), with updates as FixMyStreet exchanges them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from yishi.faces.open311 import offered, shapes
from yishi.faces.open311.answers import answer, errors, moment
from yishi.faces.open311.reading import Body, read_body, read_query, read_updates_query
from yishi.foundation import revisions
from yishi.foundation.access.actors import Actor
from yishi.foundation.access.keys import client_for
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.places.loading import load_register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import RETRY_AFTER, UNAVAILABLE
from yishi.foundation.ui.open311 import Conflict, NotPublished, Sent

_LOG = logging.getLogger(__name__)
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
#: When this face changed last; the services change with the catalogue.
CHANGED = datetime(2026, 11, 24, tzinfo=UTC)
_GUESSES = Throttle("open311.token")
_UNREADABLE = (MultiPartParserError, SuspiciousOperation, BadRequest, UnreadablePostError)
#: Fields under which programs send their own number of a report.
_KEYS = ("external_id", "service_request_id_ext")


class Refused(Exception):
    """A request that is answered with *status*."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


View = Callable[..., HttpResponse]


def later(format: str) -> HttpResponse:
    """While the database is away."""
    _LOG.exception("the database is away")
    response = errors(503, "service: 系统正在恢复，请稍后再试", format)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def endpoint(*methods: str) -> Callable[[View], View]:
    """A view that knows *methods* only and answers every error in the protocol's form."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, format: str, **words: str) -> HttpResponse:
            if request.method not in methods:
                refused = errors(405, f"method: 只支持 {'、'.join(methods)}", format)
                refused["Allow"] = ", ".join(methods)
                return refused
            try:
                _check_jurisdiction(request.GET.get("jurisdiction_id", ""))
                return view(request, format, **words)
            except Refused as error:
                return errors(error.status, error.description, format)
            except FieldError as error:
                return errors(400, f"{error.field}: {error.message}", format)
            except NotPublished as error:
                return errors(404, f"{error.field}: {error.message}", format)
            except Conflict as error:
                return errors(409, str(error), format)
            except RequestDataTooBig:
                return errors(413, "body: 请求内容过大，最多 2 MB", format)
            except _UNREADABLE:
                return errors(400, "body: 无法读取请求内容", format)
            except UNAVAILABLE:
                return later(format)

        return guarded

    return decorate


READ = ("GET", "HEAD")


@endpoint(*READ)
def discovery(request: HttpRequest, format: str) -> HttpResponse:
    """Where the endpoint is, in which formats, and whom to ask for a key."""
    now = timezone.now()
    changed = max([CHANGED, *(source.changed_at(now) for source in offered.sources())])
    contact = "、".join(name for source in offered.sources() if (name := source.contact(now)))
    content = {
        "changeset": moment(changed),
        "contact": f"{contact} {_absolute(request, reverse('portal:help'))}".strip(),
        "key_service": f"密钥由{contact or '城市运行管理中心'}签发，查询不需要密钥；接口说明 "
        + _absolute(request, reverse("api-docs")),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": _absolute(request, request.path.rpartition("/")[0] + "/"),
                "changeset": moment(CHANGED),
                "type": "test" if settings.DEMO else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return answer("discovery", content, format)


@endpoint(*READ)
def services(request: HttpRequest, format: str) -> HttpResponse:
    """The service list."""
    found = [shapes.service(each) for each in offered.services(timezone.now())]
    return answer("services", found, format)


@endpoint(*READ)
def service(request: HttpRequest, format: str, code: str) -> HttpResponse:
    """A service definition."""
    for found in offered.services(timezone.now()):
        if found.code == code:
            return answer("service_definition", shapes.definition(found), format)
    raise NotPublished("service_code", f"没有公开的服务编码 {code[:64]}")


@endpoint(*READ, "POST")
def requests(request: HttpRequest, format: str) -> HttpResponse:
    """Search requests, or report one."""
    if request.method == "POST":
        return _report(request, format)
    now = timezone.now()
    query = read_query(request.GET, now, _own(request))
    extensions = request.GET.get("extensions", "").lower() == "true"
    found = offered.requests(query, now)
    rows = [shapes.request(each, extensions=extensions) for each in found]
    return answer("service_requests", rows, format)


def _report(request: HttpRequest, format: str) -> HttpResponse:
    body = read_body(request)
    actor = _client(request, body)
    account = clean_text("account_id", body.fields.get("account_id"), 128)
    sent = _sent(body, request.headers.get("Idempotency-Key", "") or _own_key(body, _KEYS))
    taken = offered.first(lambda source: source.report(actor, sent, timezone.now()))
    row = {
        "service_request_id": taken.number,
        "service_notice": taken.notice,
        "account_id": account or None,
    }
    return answer("service_requests", [row], format)


@endpoint(*READ)
def request_(request: HttpRequest, format: str, number: str) -> HttpResponse:
    """One request."""
    given = request.GET.copy()
    given.setlist("service_request_id", [number.replace(",", "-")])
    now = timezone.now()
    found = offered.requests(read_query(given, now, _own(request)), now)
    if not found:
        raise NotPublished("service_request_id", "没有这个案件，或者它没有公开")
    extensions = request.GET.get("extensions", "").lower() == "true"
    rows = [shapes.request(each, extensions=extensions) for each in found]
    return answer("service_requests", rows, format)


@endpoint(*READ)
def token(request: HttpRequest, format: str, token: str) -> HttpResponse:
    """The number behind a token (a reporter's tracking code)."""
    if _GUESSES.waits(request):
        raise Refused(429, "token: 尝试次数过多，请稍后再试")
    for source in offered.sources():
        number = source.number_of(token)
        if number is not None:
            row = {"service_request_id": number, "token": token}
            return answer("service_requests", [row], format)
    _GUESSES.wrong(request)
    raise NotPublished("token", "没有这个凭证")


@endpoint(*READ, "POST")
def updates(request: HttpRequest, format: str) -> HttpResponse:
    """Steps of requests, or a supplement to one."""
    now = timezone.now()
    if request.method != "POST":
        _own(request)  # a wrong key is told, although none is needed
        found = offered.updates(read_updates_query(request.GET, now), now)
        return answer("service_request_updates", [shapes.update(each) for each in found], format)
    body = read_body(request)
    actor = _client(request, body)
    sent = _sent(body, request.headers.get("Idempotency-Key", "") or _own_key(body, ("update_id",)))
    made = offered.first(lambda source: source.supplement(actor, sent, now))
    number = body.fields.get("service_request_id", "")
    row = {"update_id": made, "service_request_id": number}
    return answer("service_request_updates", [row], format)


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """404 in the protocol's form for addresses that it does not have."""
    format = "json" if request.path.endswith(".json") else "xml"
    return errors(404, "没有这个地址，支持的格式是 .xml 和 .json", format)


def _sent(body: Body, key: str) -> Sent:
    return Sent(body.fields, body.attributes, body.media, clean_text("Idempotency-Key", key, 200))


def _own_key(body: Body, names: tuple[str, ...]) -> str:
    return next((body.fields[name] for name in names if body.fields.get(name)), "")


def _client(request: HttpRequest, body: Body) -> Actor:
    """The program behind the key, in a field or a header; its jurisdiction is checked too.

    Raises:
        Refused: with 403 for a missing or unknown key.
    """
    _check_jurisdiction(body.fields.get("jurisdiction_id", ""))
    actor = _holder(_key(request) or body.fields.get("api_key", ""))
    if actor is None:
        raise Refused(403, "api_key: 缺少有效的接口密钥")
    return actor


def _own(request: HttpRequest) -> str:
    """The reference of the program that reads, if it gives a key.

    Raises:
        Refused: with 403 for an unknown key.
    """
    key = _key(request)
    actor = _holder(key)
    if key and actor is None:
        raise Refused(403, "api_key: 接口密钥无效")
    return actor.ref if actor else ""


def _key(request: HttpRequest) -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    return request.headers.get("X-API-Key", "") or request.GET.get("api_key", "")


def _holder(key: str) -> Actor | None:
    found = client_for(key) if key else None
    return found[1] if found else None


def _check_jurisdiction(given: str) -> None:
    """One installation is one city: the argument may be left out, and is looked at only where the
    city has named its jurisdiction."""
    named = settings.OPEN311_JURISDICTION
    if not named or given.strip() in ("", named):
        return
    if given.strip() != revisions.kept("places", load_register).root:
        raise NotPublished("jurisdiction_id", "这里没有这个辖区")


def _absolute(request: HttpRequest, path: str) -> Any:
    """An address for somebody outside: behind a proxy its origin is a setting."""
    if settings.SITE_ORIGIN:
        return settings.SITE_ORIGIN.rstrip("/") + path
    return request.build_absolute_uri(path)

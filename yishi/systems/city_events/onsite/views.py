"""The page on site and what its script asks for: work, types, area, and the queue's entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui import onsite
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.systems.city_events.context import city
from yishi.systems.city_events.intake import IntakeConflict
from yishi.systems.city_events.onsite import assets, listing, sending
from yishi.systems.city_events.onsite.settling import AlreadyOpen
from yishi.systems.city_events.onsite.texts import texts

SCRIPT = "city_events/onsite/app.js"


def _may_enter(request: HttpRequest) -> bool:
    return actor_of(request).has(*sending.ROLES)


@officers_only
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The officer's work; with JavaScript the app draws itself over it."""
    if not _may_enter(request):
        raise PermissionDenied(gettext("您的岗位没有现场工作。"))
    now = timezone.now()
    found, more = listing.work_of(actor_of(request), now)
    context = {
        "title": gettext("现场工作"),
        "rows": [{"work": one, "light": one.light(now)} for one in found],
        "more": more,
        "most": listing.MOST,
        "account": actor_of(request).user_id,
        **_app(),
    }
    return render_desk(request, "city_events/onsite/page.html", context)


@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The page as it is kept for times without signal: for nobody, with nothing of anybody."""
    return onsite.shell_response(request, gettext("现场工作"), SCRIPT, _app())


def _app() -> dict[str, Any]:
    addresses = {
        "work": reverse("desk:city_events:onsite-work"),
        "types": reverse("desk:city_events:onsite-types"),
        "area": reverse("desk:city_events:onsite-area"),
        "send": reverse("desk:city_events:onsite-send"),
        "worker": reverse("desk:city_events:onsite-worker"),
        "page": reverse("desk:city_events:onsite"),
        "signIn": reverse("desk:sign-in"),
    }
    return {"setup": {"urls": addresses, "texts": texts()}, "version": assets.version()}


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list and the version of the files that it keeps."""
    return onsite.worker_response(
        assets.NAME,
        assets.ASSETS,
        reverse("desk:city_events:onsite-shell"),
        reverse("desk:city_events:onsite"),
    )


@require_safe
@onsite.for_scripts(*sending.ROLES)
def work(request: HttpRequest) -> HttpResponse:
    """The officer's work, what its moves ask for, and the token for sending."""
    actor, now = actor_of(request), timezone.now()
    found, more = listing.work_of(actor, now)
    body = {
        "account": actor.user_id,
        "name": actor.name,
        "csrf": get_token(request),
        "until": onsite.session_end(request),
        "at": now.isoformat(),
        "items": listing.work_json(actor, found),
        "more": more,
        "forms": listing.forms_json(),
        "settles": listing.may_settle(actor, city(shell_of(request).numbers)),
    }
    return JsonResponse(body, headers=onsite.NO_STORE)


@require_safe
@onsite.for_scripts(*sending.ROLES)
def types(request: HttpRequest) -> HttpResponse:
    """The types in force, in short; they change with the catalogue only."""
    try:
        version, catalogue = city(shell_of(request).numbers).catalogue(timezone.now())
    except LookupError as error:
        return onsite.fault(404, "none", str(error))
    etag = f'"types-{version}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    return JsonResponse(listing.types_json(version, catalogue), headers=headers)


@require_safe
@onsite.for_scripts(*sending.ROLES)
def area(request: HttpRequest) -> HttpResponse:
    """Outlines and landmarks for the sketch and for choosing a place."""
    numbers = shell_of(request).numbers
    body = listing.area_json(actor_of(request), city(numbers))
    return JsonResponse(body, headers=onsite.NO_STORE)


@require_POST
@onsite.for_scripts(*sending.ROLES)
def _send(request: HttpRequest) -> HttpResponse:
    """One entry of the queue: 200 done (or done before), 409 somebody was first, 422 wrong."""
    actor, now = actor_of(request), timezone.now()
    if request.POST.get("account") != str(actor.user_id):
        message = gettext("这条填报属于另一个账号，请用原账号登录后发送。")
        return onsite.fault(409, "account", message)
    files: dict[str, Any] = {name: request.FILES.getlist(name) for name in request.FILES}
    try:
        entry = sending.read_entry(onsite.entry_of(request), files)
        answer = sending.send(actor, entry, files, now)
    except FieldError as error:
        return onsite.fault(422, error.code, gettext(error.message), field=error.field)
    except MoveRefused as error:
        return onsite.fault(
            409, error.code, gettext(error.message), **sending.standing(actor, error)
        )
    except AlreadyOpen as error:
        label = sending.state_label(error.state)
        more = {"number": error.number, "state_label": label}
        return onsite.fault(409, "same", gettext("同一问题已有在办案件，不能另行自行处置"), **more)
    except CaseNotFound:
        return onsite.fault(404, "case", gettext("案件已不在您的名下，没有办理。"))
    except (sending.KeyUsed, IntakeConflict):
        return onsite.fault(409, "key", gettext("这条填报已用同一编号送出过，内容不同。"))
    label = sending.state_label(answer.get("state", ""))
    return JsonResponse({**answer, "state_label": label}, headers=onsite.NO_STORE)


send: Callable[..., HttpResponseBase] = largest_body(60, "")(_send)

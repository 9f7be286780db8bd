"""Checks on site: the list, the records and the queue go on without signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from yishi.foundation.cases.inputs import read_uuid
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui import onsite
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk
from yishi.foundation.ui.onsite_texts import common_texts
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.pages import recording, tasks
from yishi.systems.pledge_licences.pages.forms import ANSWERS
from yishi.systems.pledge_licences.pages.recording import FALSE, MET, NOT_MET, PHOTO
from yishi.systems.pledge_licences.pages.views import CHECKERS, may_check, register_of
from yishi.systems.pledge_licences.sight import seen

NAME = "licences"
MOVE = "record"
SCRIPT = "pledge_licences/onsite.js"
ASSETS = (*onsite.ASSETS, SCRIPT)
_FIELDS = frozenset({"key", "kind", "number", "move", "version", "facts", "place", "entered"})


@officers_only
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The unit's open checks; with JavaScript the app draws itself over the list."""
    actor, now = actor_of(request), timezone.now()
    if not actor.has(*CHECKERS):
        raise PermissionDenied(gettext("承诺核查由行业监管人员办理。"))
    found = _tasks(request)
    context = {
        "title": gettext("现场核查"),
        "rows": [{"task": one, "light": one.light(now)} for one in found],
        "account": actor.user_id,
        "script": SCRIPT,
        **_app(),
    }
    return render_desk(request, "pledge_licences/desk/onsite.html", context)


def _tasks(request: HttpRequest) -> list[tasks.Task]:
    rows = tasks.open_checks(actor_of(request)).order_by("due_on", "id")[: tasks.MOST]
    found = tasks.tasks(rows, register_of(request))
    return sorted(found, key=lambda one: one.order(tasks.RISK))


@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The page as it is kept for times without signal: for nobody, with nothing of anybody."""
    return onsite.shell_response(request, gettext("现场核查"), SCRIPT, _app())


def _app() -> dict[str, Any]:
    addresses = {
        "work": reverse("desk:pledge_licences:onsite-work"),
        "send": reverse("desk:pledge_licences:onsite-send"),
        "worker": reverse("desk:pledge_licences:onsite-worker"),
        "page": reverse("desk:pledge_licences:onsite"),
        "signIn": reverse("desk:sign-in"),
    }
    setup = {"urls": addresses, "texts": _texts(), "kept": NAME}
    return {"setup": setup, "version": onsite.version(ASSETS)}


def _texts() -> dict[str, str]:
    return {
        **common_texts(),
        "none": gettext("没有待核查的许可"),
        "never": gettext("没有信号，本机也没有名单。联网打开一次本页后可用。"),
        "holder": gettext("持证人"),
        "licence": gettext("许可"),
        "kind": gettext("核查"),
        "level": gettext("监管强度"),
    }


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list and the version of the files that it keeps."""
    shell_url = reverse("desk:pledge_licences:onsite-shell")
    return onsite.worker_response(NAME, ASSETS, shell_url, reverse("desk:pledge_licences:onsite"))


@require_safe
@onsite.for_scripts(*CHECKERS)
def work(request: HttpRequest) -> HttpResponse:
    """The open checks with the form of each, and the token for sending."""
    actor, now = actor_of(request), timezone.now()
    found = _tasks(request)
    units = {one.check.unit_id for one in found}
    people = {unit: tasks.colleagues(actor, unit, now) for unit in units}
    body: dict[str, Any] = {
        "account": actor.user_id,
        "name": actor.name,
        "csrf": get_token(request),
        "until": onsite.session_end(request),
        "at": now.isoformat(),
        "items": [_item(one, people[one.check.unit_id], now) for one in found],
        "more": len(found) == tasks.MOST,
        "forms": {},
    }
    return JsonResponse(body, headers=onsite.NO_STORE)


def _item(one: tasks.Task, people: list[tuple[int, str]], now: Any) -> dict[str, Any]:
    return {
        "number": one.case.number,
        "subject": one.holder,
        "where": f"{one.township} {one.address}",
        "duty": "check",
        "duty_label": one.kind,
        "state": one.case.state,
        "state_label": one.state_label,
        "due": one.due_at.isoformat() if one.due_at else None,
        "warn": one.warn_at.isoformat() if one.warn_at else None,
        "version": one.case.version,
        "lon": one.case.lon,
        "lat": one.case.lat,
        "url": reverse("desk:case", args=[one.case.number]),
        "moves": [MOVE],
        "blocked": [],
        "licence": one.licence.name,
        "method": one.method,
        "level": one.level.name if one.level else "",
        "forms": {MOVE: {"label": gettext("核查记录"), "needs": _needs(one, people, now)}},
    }


def _needs(one: tasks.Task, people: list[tuple[int, str]], now: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answers = [[key, str(label)] for key, label in ANSWERS]
    for c in one.licence.conditions:
        asked = f"found_{c.key}"
        wrong = [asked, [NOT_MET, FALSE]]
        found += [
            _need(
                asked,
                c.text,
                "choice",
                hint=c.basis,
                choices=answers,
                required=one.check.full,
                row=True,
            ),
            _need(f"note_{c.key}", gettext("哪里不符"), "text", when=wrong),
            _need(
                f"{PHOTO}{c.key}", gettext("照片"), "photos", when=[asked, [MET, NOT_MET, FALSE]]
            ),
        ]
    choices = [[str(pk), name] for pk, name in people]
    hint = gettext("核查人员不少于两人（《行政许可法》第三十四条）。")
    found.append(
        _need(
            "second", gettext("第二位核查人员"), "choice", hint=hint, choices=choices, required=True
        )
    )
    if one.case.state != "rectifying":
        suggested = tasks.latest_rectification(now)
        hint = gettext("有不符的才填，例如 %(day)s") % {"day": suggested}
        found.append(_need("rectify_by", gettext("限期整改至"), "date", hint=hint))
    hint = gettext("伪造、隐瞒或者编造了什么，凭什么认定。虚假的当场撤销。")
    found.append(_need("evidence", gettext("有虚假的，写明证据"), "text", hint=hint))
    found.append(_need("note", gettext("说明"), "text"))
    return found


def _need(name: str, label: str, kind: str, **more: Any) -> dict[str, Any]:
    given = {"required": False, "hint": "", "choices": [], **more}
    return {"name": name, "label": label, "kind": kind, **given}


@require_POST
@onsite.for_scripts(*CHECKERS)
def _send(request: HttpRequest) -> HttpResponse:
    """One record of the queue: 200 done (or done before), 409 somebody was first, 422 wrong."""
    actor = actor_of(request)
    if request.POST.get("account") != str(actor.user_id):
        message = gettext("这条填报属于另一个账号，请用原账号登录后发送。")
        return onsite.fault(409, "account", message)
    files: dict[str, Any] = {name: request.FILES.getlist(name) for name in request.FILES}
    try:
        case = _recorded(request, onsite.entry_of(request), files)
    except FieldError as error:
        return onsite.fault(422, error.code, gettext(error.message), field=error.field)
    except MoveRefused as error:
        label = gettext(LIFECYCLE.states[error.state].label) if error.state else ""
        return onsite.fault(
            409, error.code, gettext(error.message), number=error.number, state_label=label
        )
    except CaseNotFound:
        return onsite.fault(404, "case", gettext("案件已不在您的名下，没有办理。"))
    label = gettext(LIFECYCLE.states[case.state].label)
    body: dict[str, Any] = {
        "number": case.number,
        "state": case.state,
        "state_label": label,
        "version": case.version,
        "merged": False,
    }
    return JsonResponse(body, headers=onsite.NO_STORE)


def _recorded(request: HttpRequest, body: Any, files: Mapping[str, Any]) -> CaseState:
    if not isinstance(body, Mapping):
        raise FieldError("body", "应为一条填报", "type")
    for name in body:
        if name not in _FIELDS:
            raise FieldError(str(name)[:64], "没有这个字段", "unknown")
    facts, place = body.get("facts"), body.get("place")
    if body.get("kind") != "move" or body.get("move") != MOVE or not isinstance(facts, Mapping):
        raise FieldError("move", "现场没有这个步骤", "unknown")
    number = body.get("number")
    if not isinstance(number, str):
        raise FieldError("number", "没有这件许可", "unknown")
    case = seen(actor_of(request), number)
    if not may_check(request, case):
        raise CaseNotFound(number)
    licence = version(case.catalogue_id).licences[case.type_key]
    raw = {
        **facts,
        "key": str(read_uuid("key", body.get("key"))),
        "found_at": body.get("entered"),
    }
    if isinstance(place, Mapping):
        raw |= {"lon": place.get("lon"), "lat": place.get("lat")}
    return recording.record(actor_of(request), number, licence, raw, files, timezone.now())


send: Callable[..., HttpResponseBase] = largest_body(60, "")(_send)

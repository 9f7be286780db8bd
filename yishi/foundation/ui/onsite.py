"""Pages that go on without signal: the files they keep, the service worker, and how a system adds
its own. The scripts are in ``static/ui/onsite/``; ``app.js`` says what a system gives them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.translation import gettext

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of
from yishi.foundation.ui.rendering import render_page

View = Callable[..., HttpResponse]
NO_STORE = {"Cache-Control": "private, no-store"}
#: The worker itself is no asset: browsers look for a new one by themselves.
WORKER = "ui/onsite/worker.js"
#: What the shell of every such page asks for.
ASSETS = (
    "ui/mark.svg",
    "vendor/bootstrap/bootstrap.min.css",
    "ui/css/tokens.css",
    "ui/css/frame.css",
    "ui/css/parts.css",
    "ui/css/desk.css",
    "ui/css/print.css",
    "ui/onsite/onsite.css",
    "vendor/htmx/htmx.min.js",
    "ui/js/page.js",
    "ui/js/kept.js",
    "ui/js/upload.js",
    "ui/js/map.js",
    "ui/js/chart.js",
    "ui/js/load.js",
    "ui/onsite/app.js",
    "ui/onsite/case.js",
    "ui/onsite/dom.js",
    "ui/onsite/entry.js",
    "ui/onsite/photos.js",
    "ui/onsite/place.js",
    "ui/onsite/queue.js",
    "ui/onsite/queueview.js",
    "ui/onsite/store.js",
)


def addresses(assets: tuple[str, ...]) -> list[str]:
    """Where the assets are."""
    return [static(name) for name in assets]


@lru_cache(maxsize=8)
def version(assets: tuple[str, ...]) -> str:
    """A digest of the assets and the worker: another one after every change of a file. Files do
    not change while a process runs."""
    found = hashlib.sha256()
    for name in (*assets, WORKER):
        found.update(name.encode() + _bytes(name))
    return found.hexdigest()[:16]


def shell_response(
    request: HttpRequest, title: str, script: str, app: Mapping[str, Any]
) -> HttpResponse:
    """The page as it is kept for times without signal: for nobody, with nothing of anybody."""
    request.actor = PUBLIC  # type: ignore[attr-defined]
    context = {"title": title, "account": "", "script": script, **app}
    response = render_page(request, "ui/onsite_shell.html", context)
    response.headers["Cache-Control"] = "no-cache"
    return response


def worker_response(name: str, assets: tuple[str, ...], shell: str, page: str) -> HttpResponse:
    """The service worker of the page *name*, with the list and version of the files it keeps."""
    kept = {
        "name": name,
        "version": version(assets),
        "shell": shell,
        "page": page,
        "assets": addresses(assets),
    }
    source = f"const KEPT = {json.dumps(kept)};\n{_bytes(WORKER).decode('utf-8')}"
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(source, content_type="text/javascript; charset=utf-8", headers=headers)


def fault(status: int, code: str, message: str, **more: Any) -> JsonResponse:
    """An answer to the script that says what was wrong."""
    body = {"code": code, "message": message, **more}
    return JsonResponse(body, status=status, headers=NO_STORE)


def for_scripts(*roles: str) -> Callable[[View], View]:
    """401 without a session (the queue stays, one signs in again), 403 for others."""

    def made(view: View) -> View:
        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if actor.kind != "user":
                return fault(401, "sign_in", gettext("登录已过期，请重新登录。"))
            if not actor.has(*roles):
                return fault(403, "role", gettext("您的岗位没有现场工作。"))
            return view(request, *args, **kwargs)

        return entered

    return made


def session_end(request: HttpRequest) -> str | None:
    """When the session ends: until then a phone keeps the list of work."""
    found = Session.objects.filter(pk=request.session.session_key).values_list("expire_date")
    until = found.first()
    return until[0].isoformat() if until else None


def entry_of(request: HttpRequest) -> Any:
    """The entry that the queue sent. Raises FieldError where it is no JSON."""
    try:
        return json.loads(request.POST.get("body", ""))
    except (ValueError, RecursionError) as error:
        raise FieldError("body", "不是JSON", "format") from error


def _bytes(name: str) -> bytes:
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(name)
    return Path(path).read_bytes()

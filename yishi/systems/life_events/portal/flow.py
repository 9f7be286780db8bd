"""What every page of an application shares: finding the draft, going on to the next page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, wraps
from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yishi.foundation.ui.applicant import applicant_of
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications
from yishi.systems.life_events.applications import Owned
from yishi.systems.life_events.catalogue.model import Theme
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.versions import Registers, registers

FOLDER = "life_events/portal"
KEY = "applications"
SALT = "life_events.hand_over"
MOST = 20
#: The pages in their order.
ORDER = ("ask", "where", "needs", "who", "form", "papers", "check")


def remember(request: HttpRequest, application: uuid.UUID) -> None:
    """Let this session go on with an application and follow its case."""
    kept = [one for one in request.session.get(KEY, []) if one != str(application)]
    request.session[KEY] = [*kept[-MOST + 1 :], str(application)]


def remembered(request: HttpRequest, application: uuid.UUID) -> bool:
    """Whether this session began the application or entered its code."""
    return str(application) in request.session.get(KEY, [])


def may_open(request: HttpRequest, application: Application) -> bool:
    """Whether it is this session's, or belongs to the party for whom somebody is signed in."""
    if remembered(request, application.id):
        return True
    actor = applicant_of(request)
    if actor is None or application.party_id is None or actor.party_id != application.party_id:
        return False
    return "*" in actor.matters or application.theme in actor.matters


def hand_over(application: uuid.UUID) -> str:
    """A token with which the draft is found again after signing in, which begins a new session."""
    return signing.dumps(str(application), salt=SALT)


def taken_over(request: HttpRequest, application: uuid.UUID) -> bool:
    """Whether the request brings the token of this draft."""
    try:
        token = request.GET.get("k", "")
        return bool(token) and signing.loads(token, salt=SALT, max_age=1_800) == str(application)
    except signing.BadSignature:
        return False


class Flow:
    """One request: the application, the registers as of now, and the time."""

    def __init__(self, request: HttpRequest, name: str, application: Application) -> None:
        self.request, self.name, self.application = request, name, application
        self.now: datetime = timezone.now()
        self.theme: Theme = applications.theme_of(application)

    @cached_property
    def registers(self) -> Registers:
        """Calendar, places and versions."""
        return registers()

    @cached_property
    def having(self) -> Owned:
        """What the applicant has on file."""
        return applications.owned(self.application, self.now)

    @cached_property
    def made(self) -> Made:
        """What the application comes to."""
        return applications.made(self.application, self.having)

    @property
    def posted(self) -> bool:
        """Whether something was sent."""
        return self.request.method == "POST"

    def open_step(self) -> str:
        """The first page that still has to be answered."""
        app = self.application
        if applications.next_question(app) is not None:
            return "ask"
        if not app.division:
            return "where"
        seen = app.marks.get("seen", [])
        return next((name for name in ("needs", "who") if name not in seen), "check")

    def seen(self, name: str) -> None:
        """A page that asks nothing was looked at."""
        seen = self.application.marks.get("seen", [])
        if name not in seen:
            self.application.marks = {**self.application.marks, "seen": [*seen, name]}
            applications.save(self.application, self.now)

    def go(self, name: str, query: str = "") -> HttpResponse:
        """Redirect to a page of this application."""
        return HttpResponseRedirect(self.url(name) + query)

    def url(self, name: str) -> str:
        """The address of a page of this application."""
        return reverse(f"themes:{name}", args=[self.application.id])

    def back(self) -> str:
        """The page before this one."""
        at = ORDER.index(self.name) if self.name in ORDER else 0
        if at == 0:
            return reverse("themes:guide", args=[self.theme.key])
        if ORDER[at - 1] == "ask" and not self.theme.questions:
            return reverse("themes:guide", args=[self.theme.key])
        return self.url(ORDER[at - 1])

    def render(
        self, form: forms.Form | None = None, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """The page of this step; 422 when *form* has errors."""
        place = ORDER.index(self.name) + 1 if self.name in ORDER else 0
        values = {
            "form": form,
            "flow": self,
            "theme": self.theme,
            "application": self.application,
            "back": self.back(),
            "step": place,
            "steps": len(ORDER),
            "now": self.now,
            **context,
        }
        if form is not None and form.is_bound and form.errors:
            status = 422
        return render_page(self.request, f"{FOLDER}/{self.name}.html", values, status=status)


View = Callable[..., HttpResponseBase]


def page(name: str) -> Callable[[View], View]:
    """A page of the flow: for the session that has the application, when it is its turn."""

    def decorate(view: View) -> View:
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def found(request: HttpRequest, application_id: uuid.UUID, **more: Any) -> HttpResponseBase:
            rows = Application.objects.unscoped("the session began it or entered its code")
            if not remembered(request, application_id) and taken_over(request, application_id):
                remember(request, application_id)
            application = rows.filter(pk=application_id).first()
            if application is not None and not may_open(request, application):
                application = None
            if application is None:
                return HttpResponseRedirect(reverse("themes:expired"))
            if application.case_id is not None and name != "done":
                return HttpResponseRedirect(reverse("themes:done", args=[application_id]))
            flow = Flow(request, name, application)
            wanted = ORDER.index(name) if name in ORDER else -1
            if wanted > ORDER.index(flow.open_step()):
                return flow.go(flow.open_step())
            return view(flow, **more)

        return found

    return decorate

"""A case as its applicant sees it, and who may open its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import why_not
from yishi.foundation.cases.state import CaseState
from yishi.foundation.ui.applicant import applicant_of
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications, handling, submitting
from yishi.systems.life_events.applications import Owned
from yishi.systems.life_events.lifecycle import LIFECYCLE, MOVES
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.portal.flow import FOLDER, may_open
from yishi.systems.life_events.together import follows
from yishi.systems.life_events.versions import Registers, registers


@dataclass
class Matter:
    """A case as its applicant sees it."""

    request: HttpRequest
    application: Application
    case: CaseState
    now: datetime

    @cached_property
    def actor(self) -> Actor:
        """The applicant."""
        return submitting.applicant(self.application)

    @cached_property
    def registers(self) -> Registers:
        """Calendar and places."""
        return registers()

    @cached_property
    def having(self) -> Owned:
        """What was on file when it was handed in."""
        return applications.owned(self.application, self.case.received_at)

    @cached_property
    def made(self) -> Made:
        """What the application comes to."""
        return applications.made(self.application, self.having)

    def may(self, move: str) -> bool:
        """Whether the applicant may make *move* now."""
        return why_not(LIFECYCLE, MOVES[move], self.actor, self.case, {}, self.now) is None

    def url(self, name: str = "progress") -> str:
        """The address of a page of this case."""
        return reverse(f"themes:{name}", args=[self.case.number])

    def render(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """A page of this case."""
        values = {
            "matter": self,
            "case": self.case,
            "theme": self.made.theme,
            "now": self.now,
            "back": self.url(),
            **context,
        }
        return render_page(self.request, f"{FOLDER}/{template}.html", values, status=status)


View = Callable[..., HttpResponseBase]


def mine(view: View) -> View:
    """Only for the session that handed it in or entered the code; others are asked for it."""

    @never_cache
    @wraps(view)
    def found(request: HttpRequest, number: str, **more: Any) -> HttpResponseBase:
        states = load_states(number=number) if number.isascii() and len(number) <= 40 else []
        case = states[0] if states else None
        if case is None or case.system != LIFECYCLE.system:
            return HttpResponseRedirect(reverse("themes:enter"))
        application = handling.application_of(case.id)
        if not may_open(request, application) and not follows(applicant_of(request), application):
            return HttpResponseRedirect(reverse("themes:enter"))
        return view(Matter(request, application, case, timezone.now()), **more)

    return found

"""What every page of the report flow shares: finding the draft, going on to the next page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from zlib import crc32

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yishi.foundation.places.values import Place, PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.city_events.catalogue import Catalogue, EventType
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.portal import drafts, steps
from yishi.systems.city_events.portal.drafts import Draft
from yishi.systems.city_events.reports import read_place

FOLDER = "city_events/portal"
#: Pages beside a step.
_STEP = {"area": "where", "known": "similar"}


class Flow:
    """One request of the flow: the draft, the registers as of now, and the time."""

    def __init__(self, request: HttpRequest, name: str, draft: Draft) -> None:
        self.request = request
        self.name = name
        self.draft = draft
        self.now: datetime = timezone.now()
        self.registers: City = city()
        try:
            _version, self.catalogue = self.registers.catalogue(self.now)
        except LookupError:
            raise PageError(404, _("本市尚未开通上报，请稍后再来。")) from None

    catalogue: Catalogue

    @property
    def data(self) -> dict[str, Any]:
        """The answers so far."""
        return self.draft.data

    @property
    def kind(self) -> EventType | None:
        """The chosen type."""
        return steps.kind_of(self.draft, self.catalogue)

    def place(self) -> tuple[Place, str] | None:
        """The chosen place and its name, or ``None`` when it no longer exists."""
        try:
            return read_place(steps.raw_place(self.data), self.registers.register)
        except (FieldError, PlaceError):
            return None

    def label(self, place: Place) -> str:
        """The division of *place* in words."""
        return self.registers.register.label(place.managed_path)

    def answer(self, **answers: Any) -> HttpResponse:
        """Keep the answers and go on to the first page that still has to be answered."""
        self.draft.data.update(answers)
        drafts.save(self.request, self.draft)
        return self.go(steps.open_steps(self.draft, self.registers, self.now)[0])

    def go(self, name: str) -> HttpResponse:
        """Redirect to a page of this draft."""
        return HttpResponseRedirect(self.url(name))

    def url(self, name: str) -> str:
        """The address of a page of this draft."""
        return reverse(f"events:{name}", args=[self.draft.id])

    def back(self) -> str:
        """The page before this one; from an answered flow back to the last page."""
        ready = steps.open_steps(self.draft, self.registers, self.now) == ["check"]
        if ready and self.name != "check":
            return self.url("check")
        place = steps.ORDER.index(_STEP.get(self.name, self.name))
        if place == 0:
            return "/"
        for name in reversed(steps.ORDER[:place]):
            if name == "standard" and (self.kind is None or len(self.kind.standards) < 2):
                continue
            if name == "similar" and not self.data.get("similar_shown"):
                continue
            return self.url(name)
        return "/"

    def render(
        self, form: forms.Form | None, *, fragment: str = "content", **context: Any
    ) -> HttpResponse:
        """The page of this step; 422 when *form* has errors."""
        values = {
            "form": form,
            "flow": self,
            "draft": self.draft,
            "back": self.back(),
            "now": self.now,
            **context,
        }
        status = 422 if form is not None and form.errors else 200
        template = f"{FOLDER}/{self.name}.html"
        return render_page(self.request, template, values, fragment=fragment, status=status)


def auto_id(*what: str) -> str:
    """Ids of a list's inputs that differ from list to list: swapped in by htmx, none is taken for
    its predecessor."""
    return f"id_{crc32(' '.join(what).encode('utf-8', 'replace')):x}_%s"


View = Callable[[Flow], HttpResponse]


def page(name: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """A page of the flow: finds the draft, or leads to where the flow stands."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def found(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
            draft = drafts.load(request, draft_id)
            if draft is not None and draft.receipt is not None:
                return HttpResponseRedirect(reverse("events:done", args=[draft_id]))
            if draft is None and _STEP.get(name, name) != "where":
                return HttpResponseRedirect(reverse("events:expired"))
            flow = Flow(request, name, draft or drafts.begin(draft_id))
            if not steps.may_open(_STEP.get(name, name), flow.draft, flow.registers, flow.now):
                return flow.go(steps.open_steps(flow.draft, flow.registers, flow.now)[0])
            return view(flow)

        return found

    return decorate

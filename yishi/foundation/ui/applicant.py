"""Pages for residents and enterprises who are signed in, and what systems put on 我的."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise

from yishi.foundation.access.actors import Actor
from yishi.foundation.parties.models import Party

NOBODY = uuid.UUID(int=0)
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class MineSection:
    """A part of the page 我的: ``context`` gives what ``template`` draws for an actor of kind
    ``party`` (``actor.party_id`` is whom it acts for). ``order`` sorts."""

    key: str
    title: str | Promise
    template: str
    context: Callable[[Actor, datetime], Mapping[str, Any]]
    order: int = 100


_SECTIONS: dict[str, MineSection] = {}


def register_mine(*sections: MineSection) -> None:
    """Put parts on 我的 (called from an app's ``ready``); one key twice replaces it."""
    _SECTIONS.update((section.key, section) for section in sections)


def sections_of(actor: Actor, now: datetime) -> list[tuple[MineSection, Mapping[str, Any]]]:
    """The parts with what they draw."""
    ordered = sorted(_SECTIONS.values(), key=lambda section: section.order)
    return [(section, section.context(actor, now)) for section in ordered]


def party_of(actor: Actor) -> Party:
    """The party for whom a signed-in actor acts (1 statement)."""
    return Party.objects.get(pk=actor.party_id or NOBODY)


def person_of(actor: Actor) -> Party:
    """The person who is signed in (1 statement)."""
    return Party.objects.get(pk=actor.person_id or NOBODY)


def applicants_only(view: View) -> View:
    """Sends whoever is not signed in at the portal to its sign-in page; answers are never stored by
    caches. The actor is ``request.actor``, of kind ``party``."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if applicant_of(request) is None:
            query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
            address = reverse("portal:sign-in")
            return HttpResponseRedirect(f"{address}?{query}".rstrip("?"))
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(cast("HttpResponse", response), private=True, no_store=True)
        return response

    return entered


def applicant_of(request: HttpRequest) -> Actor | None:
    """The signed-in resident or enterprise, or ``None``."""
    actor = cast("Actor", request.actor)  # type: ignore[attr-defined]
    # The request's actor is a lazy stand-in, which dataclasses do not take for the thing itself.
    return copy(actor) if actor.kind == "party" else None

"""Who may see a project at the portal: whoever gave its query code in this session, or somebody
signed in who acts for its owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.party_access import followed_cases
from yishi.foundation.ui.applicant import applicant_of
from yishi.systems.construction.owner_keys import owner_of
from yishi.systems.construction.services.reading import Project, read
from yishi.systems.construction.states import SYSTEM

KEY = "projects"
MOST = 20


def remember(request: HttpRequest, number: str, project: int) -> None:
    """Keep in the session that the code of this project was given; never the code itself."""
    kept = {key: value for key, value in request.session.get(KEY, {}).items() if key != number}
    while len(kept) >= MOST:
        kept.pop(next(iter(kept)))
    request.session[KEY] = {**kept, number: project}


def own_projects(request: HttpRequest) -> list[Case]:
    """The projects that this visitor may open, newest first (1 statement)."""
    ids = [value for value in request.session.get(KEY, {}).values() if isinstance(value, int)]
    rows = Case.objects.unscoped("the code was given in this session").filter(
        pk__in=ids, system=SYSTEM
    )
    actor = applicant_of(request)
    if actor is not None:
        rows = (
            Case.objects.unscoped("given by code, or followed by the party").filter(
                system=SYSTEM, pk__in=followed_cases(actor)
            )
            | rows
        )
    return list(rows.order_by("-id")[:MOST])


def actor_for(request: HttpRequest, number: str) -> Actor | None:
    """The owner as an actor, if this visitor is; else ``None``."""
    given = request.session.get(KEY, {}).get(number)
    if isinstance(given, int):
        return owner_of(given)
    signed_in = applicant_of(request)
    if signed_in is None or "\x00" in number:
        return None
    rows = Case.objects.unscoped("the scope itself").filter(
        number=number[:40], system=SYSTEM, pk__in=followed_cases(signed_in)
    )
    found = rows.values_list("id", flat=True).first()
    return replace(signed_in, own_cases=owner_of(found).own_cases) if found else None


View = Callable[..., HttpResponseBase]


def owners_only(view: View) -> View:
    """Only for the owner; everybody else is asked for the code. The view gets actor and project."""

    @never_cache
    @wraps(view)
    def found(request: HttpRequest, number: str, **more: Any) -> HttpResponseBase:
        actor = actor_for(request, number)
        if actor is None:
            return HttpResponseRedirect(reverse("projects:enter"))
        project: Project = read(actor, number)
        return view(request, actor, project, **more)

    return found

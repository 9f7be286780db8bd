"""Pages for officers: who may enter, and what every such page knows in one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import EmptyResultSet, PermissionDenied
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.access.models import User
from yishi.foundation.cases.worklists import duties_of, work
from yishi.foundation.messages.inbox import unread_count_subquery
from yishi.foundation.ui.rendering import render_page

#: Counts stop here; what is more is shown as ``9999+``.
MOST_COUNTED = 10_000
_NUMBERS = "(SELECT jsonb_object_agg(name, number) FROM revisions_revision)"

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame of an officer's page shows: open work by duty, unread messages, revisions."""

    counts: Mapping[str, int]
    unread: int
    numbers: Mapping[str, int]


def actor_of(request: HttpRequest) -> Actor:
    """The request's actor, plainly typed."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def units_of(actor: Actor) -> list[int]:
    """The units whose desk messages *actor* reads: while others are on shift, they do. Who sees
    only what was given to them in person gets messages of their own and reads no desk's."""
    grants = (*actor.with_reach(Reach.UNIT), *actor.with_reach(Reach.SCOPE))
    return sorted({g.unit_id for g in grants if g.unit_id and not g.off_duty})


def officers_only(view: View) -> View:
    """Sends whoever is not signed in to the sign-in page; answers are never stored by caches."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if actor_of(request).kind != "user":
            query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?{query}".rstrip("?"))
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return entered


def require_role(request: HttpRequest, *roles: str, refusal: str | Promise = "") -> Actor:
    """The officer, who holds one of *roles* somewhere. What a role may do to one case is asked of
    `cases.policy`; this is about whole pages.

    Raises:
        PermissionDenied: with *refusal*, which the error page shows.
    """
    actor = actor_of(request)
    if not actor.has(*roles):
        raise PermissionDenied(str(refusal or _("您的岗位没有这个页面。")))
    return actor


def role_only(*roles: str, refusal: str | Promise = "") -> Callable[[View], View]:
    """A page for officers who hold one of *roles*; others are told *refusal* (403)."""

    def decorate(view: View) -> View:
        @officers_only
        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require_role(request, *roles, refusal=refusal)
            return view(request, *args, **kwargs)

        return entered

    return decorate


def officers_who(
    may: Callable[[HttpRequest], object], refusal: str | Promise = ""
) -> Callable[[View], View]:
    """A page for officers of whom *may* is true, where more than a role counts. Others are told
    *refusal* (403); without one the page is not there for them (404)."""

    def decorate(view: View) -> View:
        @officers_only
        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request):
                if refusal:
                    raise PermissionDenied(str(refusal))
                raise Http404
            return view(request, *args, **kwargs)

        return entered

    return decorate


def shell_of(request: HttpRequest) -> Shell:
    """Counts, unread messages and register revisions (1 statement for the whole request)."""
    kept: Shell | None = getattr(request, "_desk_shell", None)
    if kept is None:
        kept = _read_shell(actor_of(request))
        request._desk_shell = kept  # type: ignore[attr-defined]
    return kept


def _read_shell(actor: Actor) -> Shell:
    duties = duties_of(actor)
    columns: dict[str, Any] = {
        "unread": unread_count_subquery(actor.user_id or 0, unit_ids=units_of(actor)),
        "numbers": RawSQL(_NUMBERS, [], output_field=JSONField()),
    }
    for place, duty in enumerate(duties):
        columns[f"duty_{place}"] = _count(actor, duty)
    rows = User.objects.filter(pk=actor.user_id or 0).annotate(**columns).values_list(*columns)
    unread, numbers, *counts = rows.get()
    return Shell(dict(zip(duties, counts, strict=True)), unread, numbers or {})


def _count(actor: Actor, duty: str) -> RawSQL:
    """How many assignments of a duty wait, counted up to ``MOST_COUNTED``."""
    rows = work(actor, duty).order_by().values("pk")[:MOST_COUNTED]
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:  # somebody else is on shift for all of it
        return RawSQL("0", [])
    return RawSQL(f"(SELECT count(*) FROM ({sql}) waiting)", params)


def render_desk(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str = "content",
    status: int = 200,
) -> HttpResponse:
    """A page of the desk: ``desk`` is the `Shell`, ``now`` the moment that lights are seen at."""
    values = {"desk": shell_of(request), "now": timezone.now()} | dict(context or {})
    return render_page(request, template, values, fragment=fragment, status=status)

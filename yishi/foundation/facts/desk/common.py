"""What the pages of data owners share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from yishi.foundation.access.actors import Actor
from yishi.foundation.facts.models import Source
from yishi.foundation.facts.scope import OWNER, READERS, owned_units, reads_all
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_only

View = Callable[..., HttpResponseBase]
PAGE = 30
ROLES = frozenset({OWNER, *READERS})
GREEN, YELLOW, RED, GREY = "good", "warn", "bad", "neutral"


def guarded(view: View) -> View:
    """404 for officers who neither own data nor read all of it; never stored by caches."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = actor_of(request)
        if not (reads_all(actor) or owned_units(actor)):
            raise Http404
        return view(request, *args, **kwargs)

    wrapped: View = never_cache(officers_only(entered))
    return wrapped


def sources_of(actor: Actor) -> list[Source]:
    """The sources that *actor* answers for; all for those who read all."""
    rows = Source.objects.select_related("unit").order_by("key")
    return list(rows if reads_all(actor) else rows.filter(unit_id__in=owned_units(actor)))


def source_of(request: HttpRequest, key: str) -> Source:
    """One of them. Raises Http404."""
    found = next((one for one in sources_of(actor_of(request)) if one.key == key), None)
    if found is None:
        raise Http404
    return found


def light(source: Source, now: datetime) -> tuple[str, str]:
    """(tone, words): how old the newest data are against what the source promises."""
    if source.as_of is None:
        return GREY, gettext("未交付")
    age = now - source.as_of
    days = gettext("数据时间 %(n)d 天前") % {"n": age.days}
    if source.max_age is None:
        return GREEN, days
    if age > source.max_age:
        return RED, days
    return (YELLOW if age > source.max_age * 0.8 else GREEN), days


def english() -> bool:
    """Whether the reader reads English."""
    return (get_language() or "").startswith("en")


def label(zh: str, en: str) -> str:
    """The one of two names that the reader reads."""
    return en if en and english() else zh


def put_error(form: forms.Form, error: FieldError) -> None:
    """Show a service's error at its field, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def start_of(request: HttpRequest) -> int:
    """Where the page of a list begins."""
    said = request.GET.get("after", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0


REQUIRED = {"required": _("不能为空")}

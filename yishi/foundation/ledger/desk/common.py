"""What the pages of the books share."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from yishi.foundation.ledger.models import Period
from yishi.foundation.ledger.scope import reads
from yishi.foundation.ui.officer import actor_of, officers_only

View = Callable[..., HttpResponseBase]
PAGE = 50
MOST_NUMBER = 2**62


def for_readers(view: View) -> View:
    """404 for officers who do not read the books; never stored by caches."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not reads(actor_of(request)):
            raise Http404
        return view(request, *args, **kwargs)

    wrapped: View = never_cache(officers_only(entered))
    return wrapped


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number of the address, or None for anything else."""
    text = request.GET.get(name, "")
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII):
        return None
    value = int(text)
    return value if value < MOST_NUMBER else None


def text_in(request: HttpRequest, name: str) -> str:
    """A word of the address, without what the database does not store."""
    return request.GET.get(name, "").replace("\0", "").strip()[:80]


def period_in(request: HttpRequest, periods: list[Period]) -> Period | None:
    """The month that the address asks for, or the newest."""
    wanted = request.GET.get("period", "")
    found = next((period for period in periods if period.key == wanted), None)
    return found or (periods[0] if periods else None)


def periods_known() -> list[Period]:
    """All months, the newest first (1 statement)."""
    return list(Period.objects.order_by("-key")[:240])

"""Who may open which page of integrated services at the desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only

View = Callable[..., HttpResponseBase]


def only(roles: frozenset[str]) -> Callable[[View], View]:
    """For officers who hold one of *roles*; others are told that the page is not theirs."""

    def decorate(view: View) -> View:
        @officers_only
        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
            if not actor_of(request).has(*roles):
                raise PageError(403, gettext("您的岗位没有这个页面。"), back="/desk/")
            return view(request, *args, **more)

        return entered

    return decorate

"""Bodies that are too large are refused before they are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from yishi.foundation.ui.errors import render_error

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

View = Callable[..., HttpResponseBase]


def largest_body(megabytes: int, message: StrOrPromise) -> Callable[[View], View]:
    """Answer 413 with *message* (what to do now) to a larger body; the page itself is the way back.

    The forgery check reads the body, so it is moved behind the size check.
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            size = request.META.get("CONTENT_LENGTH") or "0"
            if not str(size).isdigit() or int(size) > megabytes * 1024 * 1024:
                return render_error(request, 413, str(message), back=request.path)
            return protected(request, *args, **kwargs)

        return checked

    return decorate

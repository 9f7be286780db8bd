"""Error pages: what happened, what to do now, and a way back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.throttle import TooMany
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import duration_text

STATUSES = (400, 403, 404, 409, 413, 429, 500)


class PageError(Exception):
    """Raised by a view that wants an error page: *status* of `STATUSES`, *message* for the reader.

    ``back`` is the address that the page leads to, else the face's first page.
    """

    def __init__(self, status: int, message: str = "", *, back: str = "") -> None:
        super().__init__(message)
        if status not in STATUSES:
            raise ValueError(f"no error page for status {status}")
        self.status, self.message, self.back = status, message, back


def render_error(
    request: HttpRequest,
    status: int,
    message: str = "",
    *,
    back: str = "",
    retry_after: int | None = None,
) -> HttpResponse:
    """The page for *status*; *message* stands first in it; *retry_after* in seconds (429)."""
    home = home_of(request)
    inside = request.path.startswith(("/desk/", "/screen/"))
    shell = "ui/desk_base.html" if inside else "ui/portal_base.html"
    context = {
        "status": status,
        "message": message,
        "back": back or home,
        "shell": shell,
    }
    response = render_page(request, f"ui/errors/{status}.html", context, status=status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def too_many(request: HttpRequest, error: TooMany, *, back: str = "") -> HttpResponse:
    """The 429 page: how long to wait, and what to do meanwhile."""
    wait = duration_text(timedelta(seconds=error.seconds))
    message = gettext("请等待%(wait)s后再试。") % {"wait": wait}
    return render_error(request, 429, message, back=back, retry_after=error.seconds)


def home_of(request: HttpRequest) -> str:
    """The first page of the face that the request was for."""
    if request.path == "/screen/":
        return "/desk/"
    for prefix in ("/desk/", "/screen/"):
        if request.path.startswith(prefix) and request.path != prefix:
            return prefix
    return "/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``; a body that is too large gets 413."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return render_error(request, 413)
    return render_error(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    return render_error(request, 403, _said(exception, PermissionDenied))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``. What the exception says may name addresses, so it is not shown."""
    del exception
    return render_error(request, 404)


#: The database is away or starts again: the same request succeeds in a moment.
UNAVAILABLE = (OperationalError, InterfaceError)
#: In how many seconds to try again then.
RETRY_AFTER = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``, and 503 while the database is away: drawn without context processors, for
    these may be what failed."""
    del request
    away = isinstance(sys.exception(), UNAVAILABLE)
    status = 503 if away else 500
    text = render_to_string("ui/errors/500_plain.html", {"status": status})
    headers = {"Retry-After": str(RETRY_AFTER)} if away else {}
    return HttpResponse(text, status=status, headers=headers)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``: mostly a form that stayed open too long, or blocked cookies."""
    del reason
    message = _("这个表单已经过期，或者浏览器没有保存本站的 Cookie。请返回上一页，刷新后重新提交。")
    return render_error(request, 403, str(message))


def _said(exception: Exception, kind: type[Exception]) -> str:
    """The text given to *exception*, if it is one of ours."""
    if isinstance(exception, kind) and exception.args and isinstance(exception.args[0], str):
        return exception.args[0]
    return ""


class ErrorPageMiddleware:
    """Turns `PageError` and bodies that are too large into their pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer the exceptions that Django has no handler for."""
        if isinstance(exception, PageError):
            return render_error(request, exception.status, exception.message, back=exception.back)
        if isinstance(exception, TooMany):
            return too_many(request, exception, back=request.path)
        if isinstance(exception, RequestDataTooBig):
            return render_error(request, 413)
        return None

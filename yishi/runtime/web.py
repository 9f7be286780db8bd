"""What the site's pages need to know about the processes beside them."""

from __future__ import annotations

import os
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse


def live_origin(request: HttpRequest) -> str:
    """Where a page finds the live process: its own host, next port; or ``YISHI_LIVE_ORIGIN``."""
    fixed = os.environ.get("YISHI_LIVE_ORIGIN", "")
    if fixed:
        return fixed
    try:
        host = request.get_host()
    except DisallowedHost:  # the 400 page is drawn for such a request too
        host = "localhost"
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return f"{request.scheme}://{name}:{settings.PORT + 1}"


def page_context(request: HttpRequest) -> dict[str, object]:
    """Template context: ``live_url`` (events, add topic and token) and ``demo``."""
    return {"live_url": live_origin(request) + "/live/", "demo": settings.DEMO}


class LiveOriginMiddleware:
    """Lets pages connect to the live process, and to nothing else, beside the site itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response._csp_update = {"connect-src": [live_origin(request)]}  # type: ignore[attr-defined]
        return response

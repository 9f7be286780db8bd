"""The switches of the frame, and the gallery of components."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.ui.context import LARGE_COOKIE

_YEAR = 365 * 24 * 3600


def _way_back(request: HttpRequest) -> str:
    """The address on this site that the form names, else the first page."""
    target = request.POST.get("next", "")
    allowed = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(target, allowed, require_https=request.is_secure())
    if safe and target.startswith("/"):
        return target
    return "/"


@require_POST
def type_size(request: HttpRequest) -> HttpResponse:
    """Switch large type (关怀版) on with ``large=1``, off otherwise; kept in a cookie."""
    response = HttpResponseRedirect(_way_back(request))
    if request.POST.get("large") == "1":
        response.set_cookie(
            LARGE_COOKIE,
            "1",
            max_age=_YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(LARGE_COOKIE)
    return response


def gallery(request: HttpRequest, sheet: str = "components") -> HttpResponse:
    """Every component in all its states; only in the demo."""
    if not settings.DEMO:
        raise Http404
    from yishi.foundation.ui import gallery as sheets

    return sheets.show(request, sheet)


@require_safe
@cache_control(public=True, max_age=86_400)
def areas(request: HttpRequest) -> HttpResponse:
    """The city's counties as GeoJSON (CGCS2000), from the city's folder."""
    del request
    try:
        data = (Path(settings.CITY_DIR) / "counties.geojson").read_bytes()
    except OSError:
        raise Http404 from None
    return HttpResponse(data, content_type="application/geo+json")

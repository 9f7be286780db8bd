"""What everybody may have: the outlines that the maps draw."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


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

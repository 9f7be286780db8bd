"""Pages that htmx may ask a part of: the part is the same block of the same template."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Template, engines
from django.utils.cache import patch_vary_headers

FRAGMENT_HEADERS = ("HX-Request", "HX-Request-Type")


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx swaps a part of the page (not the body, not by ``hx-select``)."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Request-Type", "partial") == "partial"
        and request.headers.get("HX-Boosted") != "true"
    )


@lru_cache(maxsize=64)
def _layout_of(block: str) -> Template:
    """A layout that consists of one block, and of the messages that wait to be shown."""
    source = f"{{% block {block} %}}{{% endblock %}}{{% include 'ui/parts/flash_swap.html' %}}"
    template: Template = engines["django"].from_string(source).template  # type: ignore[attr-defined]
    return template


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    fragment: str = "content",
    status: int = 200,
) -> HttpResponse:
    """Render *template*, a child of one of the base templates; for htmx only block *fragment*.

    The block may stand anywhere in the page's ``content``. Both answers come from one template
    and one context, so that the part equals the same part of a full reload.
    """
    values = dict(context or {})
    if wants_fragment(request):
        values["ui_layout"] = _layout_of(fragment)
    response = render(request, template, values, status=status)
    patch_vary_headers(response, FRAGMENT_HEADERS)
    return response

"""The portal's own pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.services import figures, offers


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What can be done here, and today's figures."""
    now = timezone.now()
    context = {"offers": offers(), "figures": figures(now), "now": now}
    return render_page(request, "portal/home.html", context)


@require_safe
def show_help(request: HttpRequest) -> HttpResponse:
    """How reporting works, what happens with personal data, whom to call in an emergency."""
    return render_page(request, "portal/help.html", {})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render_page(request, "portal/accessibility.html", {})

"""The desk's first page: what waits, and where to begin."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from yishi.faces.desk.lists import duty_tabs
from yishi.foundation.access.actors import ROLES
from yishi.foundation.ui.navigation import menu
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of


@officers_only
def home(request: HttpRequest) -> HttpResponse:
    """Open work by duty, unread messages and the search; an account without a role is told so."""
    actor = actor_of(request)
    shell = shell_of(request)
    held = {grant.role for grant in actor.grants}
    context = {
        "roles": [gettext(role.label) for name, role in ROLES.items() if name in held],
        "duties": duty_tabs(shell, ""),
        "unread": shell.unread,
        "inbox_url": reverse("desk:inbox"),
        "cases_url": reverse("desk:cases"),
        "cards": [item for item in menu("desk", actor, request.path) if item.card],
        "lenders": sorted({grant.lender for grant in actor.grants if grant.lender}),
        "off_duty": bool(actor.grants) and all(grant.off_duty for grant in actor.grants),
    }
    template = "desk/home.html" if actor.grants else "desk/no_role.html"
    return render_desk(request, template, context)

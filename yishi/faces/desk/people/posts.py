"""Posts of an account: granted, and ended."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yishi.faces.desk.filters import register_now
from yishi.faces.desk.people.common import (
    PostForm,
    keepers_only,
    moment_field,
    refuse,
)
from yishi.faces.desk.people.officers import found_officer, officer_form
from yishi.faces.desk.prove import proved_only
from yishi.foundation.access import accounts
from yishi.foundation.access.models import Grant
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, shell_of
from yishi.foundation.ui.pickers import looked


class GrantForm(PostForm):
    """A post, and from when to when."""

    valid_from = moment_field(_("起始时间"), required=False, hint=_("不填就是现在。"))
    valid_to = moment_field(_("截止时间"), required=False, hint=_("不填就是长期。"))

    field_order = ("role", "scope", "unit_q", "unit", "valid_from", "valid_to")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.order_fields(self.field_order)


@keepers_only
@proved_only
def give(request: HttpRequest, user: int) -> HttpResponse:
    """Grant a post."""
    person, actor, now = found_officer(request, user), actor_of(request), timezone.now()
    register = register_now(shell_of(request).numbers)
    form = GrantForm(request.POST if request.method == "POST" else None, actor, register)
    back = reverse("desk:officer", args=[person.pk])
    title = gettext("授予岗位：%(name)s") % {"name": person.display_name}
    if request.method == "POST" and "look" in request.POST:
        form = looked(form, request.POST)
    elif request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        begin = given["valid_from"] or now
        try:
            accounts.give(actor, person, form.post(), begin, given["valid_to"], now)
        except FieldError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("岗位已经授予。"))
            return HttpResponseRedirect(back)
    return officer_form(request, form, title, back, gettext("授予岗位"), looks=True)


@keepers_only
@proved_only
@require_POST
def end_grant(request: HttpRequest, user: int, grant: int) -> HttpResponse:
    """End a post at once."""
    person, now = found_officer(request, user), timezone.now()
    held = Grant.objects.filter(accounts.live(now), user=person, pk=grant).select_related("unit")
    row = held.first()
    if row is None:
        raise Http404
    try:
        accounts.end_grant(actor_of(request), row, now)
        messages.success(request, gettext("岗位已经撤销，立即生效。"))
    except FieldError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(reverse("desk:officer", args=[person.pk]))

"""Signing in at the portal by the real-name check, and choosing for whom one acts."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.faces.portal.account.forms import SimulatedForm, put_error
from yishi.foundation.access import portal_accounts, real_name
from yishi.foundation.access.models import PortalAccount
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.parties.mandates import acts_for
from yishi.foundation.parties.naming import open_name
from yishi.foundation.parties.registering import today_of
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicant_of, applicants_only, person_of
from yishi.foundation.ui.rendering import render_page

#: Wrong names and numbers by address.
GUESSES = Throttle("real-name", each=20, overall=2_000, seconds=900)


def way_on(request: HttpRequest) -> str:
    """Where to after signing in: the page of this site that was asked for, else 我的."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ) and not target.startswith(("/desk/", "/screen/")):
        return target
    return reverse("portal:mine")


@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """What signing in is for, and the way to the real-name service."""
    if applicant_of(request) is not None:
        return HttpResponseRedirect(way_on(request))
    service = real_name.service()
    back = urlencode({"next": way_on(request)})
    context = {
        "start": service.start(back) if service else "",
        "simulated": bool(service and service.name == real_name.SIMULATED),
    }
    return render_page(request, "portal/account/sign_in.html", context)


@never_cache
@sensitive_post_parameters("identifier", "name")
@require_http_methods(["GET", "HEAD", "POST"])
def simulated(request: HttpRequest) -> HttpResponse:
    """The simulated real-name service (模拟): the demo's made-up people by one click, or by name
    and number. 404 outside the demo."""
    service = real_name.service()
    if service is None or service.name != real_name.SIMULATED:
        raise Http404
    form = SimulatedForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        GUESSES.check(request)
        status = 422
        if form.is_valid():
            try:
                return _enter(request, service.finish(form.cleaned_data, timezone.now()))
            except FieldError as error:
                GUESSES.wrong(request)
                put_error(form, error)
    context = {"form": form, "next": way_on(request), "people": demo_people()}
    return render_page(request, "portal/account/simulated.html", context, status=status)


@never_cache
@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo's made-up people by one click."""
    if not real_name.simulation_allowed():
        raise PermissionDenied(gettext("演示账号只能在演示程序自己建立的数据库里使用。"))
    account = _demo_account(request.POST.get("account", ""))
    try:
        return _enter(request, real_name.of_party(account.person.file))
    except FieldError as error:
        raise PermissionDenied(error.message) from None


def _demo_account(text: str) -> PortalAccount:
    number = int(text) if text.isdecimal() and len(text) < 12 else 0
    rows = PortalAccount.objects.filter(is_demo=True, pk=number).select_related("person__file")
    found = rows.first()
    if found is None:
        raise PermissionDenied(gettext("没有这个演示账号。"))
    return found


def _enter(request: HttpRequest, verified: real_name.Verified) -> HttpResponse:
    target = way_on(request)
    portal_accounts.sign_in(request, portal_accounts.account_of(verified, timezone.now()))
    return HttpResponseRedirect(target)


def demo_people() -> list[tuple[PortalAccount, str, str]]:
    """The demo's accounts with their names and for whom each acts (statements by account: few)."""
    rows = PortalAccount.objects.filter(is_demo=True, is_active=True)
    today = today_of(timezone.now())
    found = []
    for account in rows.select_related("person__file").order_by("pk")[:20]:
        held = acts_for(account.person.file, today)
        said = "；".join(
            f"{m.principal.name or open_name(m.principal)}：{m.get_kind_display()}" for m in held
        )
        found.append((account, open_name(account.person.file), said or gettext("个人")))
    return found


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    portal_accounts.sign_out(request)
    messages.success(request, gettext("您已退出登录。"))
    return HttpResponseRedirect(reverse("portal:home"))


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def acting(request: HttpRequest) -> HttpResponse:
    """For whom to act: oneself, or somebody by mandate."""
    actor, now = applicant_of(request), timezone.now()
    assert actor is not None
    person = person_of(actor)
    error = ""
    if request.method == "POST":
        try:
            chosen = portal_accounts.act_for(request, _uuid(request.POST.get("mandate", "")), now)
            said = gettext("现在以“%(name)s”的身份办事。") % {"name": chosen.name}
            messages.success(request, said)
            return HttpResponseRedirect(way_on(request))
        except FieldError as wrong:
            error = wrong.message
    context = {
        "error": error,
        "person": open_name(person),
        "mandates": [
            (m, open_name(m.principal.file)) for m in portal_accounts.choices(person, now)
        ],
        "chosen": actor.mandate_id,
        "next": way_on(request),
    }
    status = 422 if error else 200
    return render_page(request, "portal/account/acting.html", context, status=status)


def _uuid(text: str) -> uuid.UUID | None:
    """A mandate's id; empty stands for oneself. Raises `FieldError` on ``mandate``."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        raise FieldError("mandate", gettext("没有这项授权"), "unknown") from None

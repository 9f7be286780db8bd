"""An application after it was taken in, and the licence that came of it: the applicant's pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicants_only, party_of
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of
from yishi.foundation.ui.rendering import render_page
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import City, city
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.portal import looked, shown
from yishi.systems.pledge_licences.portal.finding import FOLDER
from yishi.systems.pledge_licences.services import (
    checking,
    composite,
    leaving,
    screening,
    supplying,
)
from yishi.systems.pledge_licences.sight import seen

#: Rows of 我的许可 on one page.
MOST = 100


@dataclass(frozen=True, slots=True)
class Matter:
    """One case of the applicant's, as its pages need it."""

    case: CaseState
    licence: Licence
    found: City

    @property
    def label(self) -> str:
        """The state in words."""
        return shown.label(self.case.state)

    @property
    def tone(self) -> str:
        """How the state is coloured."""
        return shown.tone(self.case.state)

    @property
    def holding(self) -> bool:
        """Whether there is a licence that counts."""
        return self.case.state in s.HOLDING

    @property
    def undecided(self) -> bool:
        """Whether one may still withdraw."""
        return self.case.state in s.UNDECIDED

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("licences:case", args=[self.case.number])


def matter_of(request: HttpRequest, number: str) -> Matter:
    """The case of whoever is signed in, else 404."""
    try:
        return _matter(seen(actor_of(request), number), city())
    except CaseNotFound:
        raise Http404 from None


def _matter(case: CaseState, found: City) -> Matter:
    return Matter(case, found.for_case(case).catalogue.licences[case.type_key], found)


def matters_of(actor: Actor, **narrower: Any) -> list[Matter]:
    """The party's applications and licences, newest first (3 statements)."""
    rows = Pledge.objects.unscoped("the party's own applications")
    own = rows.filter(holder__file_id=actor.party_id, **narrower).order_by("-case_id")
    cases = load_states(list(own.values_list("case_id", flat=True)[:MOST]))
    found = city()
    reached = [c for c in cases if actor.acts_in(_item(c, found))]
    return [_matter(case, found) for case in sorted(reached, key=lambda c: -c.id)]


def _item(case: CaseState, found: City) -> str:
    return str(found.for_case(case).catalogue.licences[case.type_key].item)


@applicants_only
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Where the application stands, and what may be done now."""
    matter, now = matter_of(request, number), timezone.now()
    if matter.holding or matter.case.state in ("revoked", "cancelled", "expired"):
        context = {"matter": matter, **shown.licence(actor_of(request), matter.case, now)}
        return render_page(request, f"{FOLDER}/licence.html", context)
    context = {
        "matter": matter,
        "screening": shown.screening_of(matter.case),
        "number": matter.case.data.get("item_number", ""),
        "back": _above(matter),
    }
    return render_page(request, f"{FOLDER}/case.html", context)


def _above(matter: Matter) -> str:
    bundle = matter.case.data.get("bundle")
    return reverse("licences:bundle", args=[bundle]) if bundle else reverse("licences:mine")


@applicants_only
@require_safe
def bundle(request: HttpRequest, key: str) -> HttpResponse:
    """All that was applied for together: what passed, what is next."""
    matters = matters_of(actor_of(request), case__data__bundle=key)
    if not matters:
        raise Http404
    trade = matters[0].found.list_at(timezone.now())[1].trades.get(matters[0].case.data["trade"])
    matters.reverse()
    offered = [one for one in matters if one.case.state == "offered"]
    context = {
        "trade": trade,
        "matters": [{"matter": one, "screening": shown.screening_of(one.case)} for one in matters],
        "next": offered[0] if offered else None,
        "signed": sum(one.holding for one in matters),
        "composite": shown.composite_of(actor_of(request), matters[0].case),
        "ordinary": shown.ordinary_of(actor_of(request), matters[0].case),
    }
    return render_page(request, f"{FOLDER}/bundle.html", context)


@applicants_only
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Everything of the party: licences with their state, applications, composites."""
    actor, now = actor_of(request), timezone.now()
    matters = matters_of(actor)
    context = {
        "licences": [m for m in matters if m.case.data.get("certificate")],
        "open": [m for m in matters if m.undecided],
        "left": [m for m in matters if not m.undecided and not m.case.data.get("certificate")],
        "composites": shown.composites(actor, now),
        "possible": shown.possible(actor, now),
        "now": now,
    }
    return render_page(request, f"{FOLDER}/mine.html", context)


@applicants_only
@require_POST
def together(request: HttpRequest) -> HttpResponse:
    """Apply for the composite licence of a trade, of licences held at the same premises."""
    actor, now = actor_of(request), timezone.now()
    wanted = (request.POST.get("trade", ""), request.POST.get("premises", ""))
    offers = {(one["trade"], one["premises"]) for one in shown.possible(actor, now)}
    if wanted not in offers:
        text = _("同一场所须有两项以上有效许可，才能申请行业综合许可证。")
        raise PageError(409, text, back=reverse("licences:mine"))
    with transaction.atomic():
        composite.refresh(party_of(actor), *wanted, actor, now)
    return HttpResponseRedirect(reverse("licences:mine"))


Verb = Callable[[Actor, str, datetime], CaseState]


def _done(request: HttpRequest, number: str, verb: Verb) -> HttpResponse:
    matter = matter_of(request, number)
    try:
        verb(actor_of(request), number, timezone.now())
    except (MoveRefused, FieldError) as error:
        raise PageError(409, _(error.message), back=matter.url) from error
    except CaseNotFound:
        raise Http404 from None
    return HttpResponseRedirect(matter.url)


@applicants_only
@require_POST
def again(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the credit file once more, after a source was down."""
    return _done(request, number, screening.screen)


@applicants_only
@require_POST
def ordinary(request: HttpRequest, number: str) -> HttpResponse:
    """One click to the ordinary route: what was filled in goes along."""
    return _done(request, number, leaving.to_ordinary)


@applicants_only
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take the pledge back, until the decision."""
    return _done(request, number, leaving.withdraw)


@applicants_only
@require_POST
def rectified(request: HttpRequest, number: str) -> HttpResponse:
    """It was put right: the regulator is told."""
    note = request.POST.get("note", "")[:1_000]

    def told(actor: Actor, number: str, now: datetime) -> CaseState:
        return checking.report_rectified(actor, number, now, note=note)

    return _done(request, number, told)


@applicants_only
@require_POST
def _supply(request: HttpRequest, number: str, material: str) -> HttpResponse:
    """A paper that was to come later."""
    matter = matter_of(request, number)
    file = request.FILES.get("file")
    if file is None:
        raise PageError(422, _("请先选择文件"), back=matter.url)

    def supplied(actor: Actor, number: str, now: datetime) -> CaseState:
        return supplying.supply(actor, number, material, file, now)

    return _done(request, number, supplied)


supply = largest_body(25, gettext_lazy("文件超过 20 MB，没有上传。"))(_supply)


@applicants_only
@require_POST
def give_up(request: HttpRequest, number: str) -> HttpResponse:
    """The holder gives the licence up: it ends at once."""
    if request.POST.get("sure") != "yes":
        matter = matter_of(request, number)
        context = {
            "title": _("申请注销"),
            "text": _("注销后这张证照立即失效，不能恢复；要再经营须重新申请。"),
            "hidden": [("sure", "yes")],
            "action": request.path,
            "confirm_label": _("确认注销"),
            "back_url": matter.url,
            "danger": True,
            "shell": "ui/portal_base.html",
        }
        return render_page(request, "ui/confirm.html", context)
    return _done(request, number, leaving.give_up)


@applicants_only
@require_safe
def photo(request: HttpRequest, number: str, attachment: uuid.UUID) -> HttpResponseBase:
    """A photo of a finding, for the holder."""
    return looked.photo_of(matter_of(request, number).case, attachment, request)

"""One form for all that is wanted, then screened: what comes of each licence, and why."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.throttle import Limit
from yishi.foundation.approvals.catalogue import Book as Items
from yishi.foundation.approvals.values import masked_value
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.parties.fields import Known
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.services import known_fields
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicants_only, party_of
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of
from yishi.foundation.ui.rendering import render_page
from yishi.systems.pledge_licences.catalogue.model import Book
from yishi.systems.pledge_licences.context import City, city, day_of
from yishi.systems.pledge_licences.portal import plain
from yishi.systems.pledge_licences.portal.finding import FOLDER, listed
from yishi.systems.pledge_licences.portal.forms import UNASKED, ApplyForm
from yishi.systems.pledge_licences.services import beginning, ordinary, screening

#: Applications that one address may begin in ten minutes.
MOST_BEGUN = 60


@dataclass
class Wish:
    """What is applied for: a trade with its answers, or one licence; and for whom."""

    request: HttpRequest
    found: City
    book: Book
    items: Items
    party: Party
    now: datetime

    @cached_property
    def trade(self) -> str:
        """The trade's key, or nothing."""
        key = self.request.GET.get("trade", "")
        return key if key in self.book.trades else ""

    @cached_property
    def rows(self) -> list[plain.Told]:
        """Licences by pledge and single items of the ordinary route."""
        if self.trade:
            answers = frozenset(self.request.GET.getlist("yes")[:20])
            keys = plain.components(self.book.trades[self.trade], answers)
        else:
            key = self.request.GET.get("licence", "")
            keys = [key] if key in self.book.licences else []
        told = [plain.told(key, self.book, self.items) for key in keys]
        return [one for one in told if one is not None]

    @property
    def name(self) -> str:
        """What the pages call it."""
        return self.book.trades[self.trade].name if self.trade else self.rows[0].name

    @cached_property
    def known(self) -> dict[str, Known]:
        """What the holder's file says, as long as it is fresh."""
        return {k: v for k, v in known_fields(self.party, day_of(self.now)).items() if not v.stale}

    @cached_property
    def keys(self) -> list[str]:
        """Every field that is asked for, each once."""
        asked = [k for row in self.rows for k in row.item.fields if k not in UNASKED]
        roles = {role for row in self.rows if row.licence for role in row.licence.roles}
        if beginning.CHIEF[0] in roles and not beginning.on_file(self.party, self.now):
            asked += beginning.CHIEF
        return list(dict.fromkeys(asked))

    def form(self, data: Any = None) -> ApplyForm:
        """The form of what is not known."""
        specs = [self.items.fields[k] for k in self.keys if k not in self.known]
        home = self.known.get("registered_address")
        suggested = {"premises_address": home.value} if home else {}
        return ApplyForm(specs, self.found.base.places, data, suggested)

    def held(self) -> list[tuple[str, str, str]]:
        """Label, value and source of what need not be filled in."""
        return [
            (
                self.items.fields[k].label,
                masked_value(self.items.fields[k], self.known[k].value),
                self.known[k].source,
            )
            for k in self.keys
            if k in self.known
        ]


def wish_of(request: HttpRequest) -> Wish:
    """What the address says, or a page that says what is missing."""
    found = city()
    book, items = listed(found)
    wish = Wish(request, found, book, items, party_of(actor_of(request)), timezone.now())
    if not wish.rows:
        text = _("没有这个行业或者事项，可能已经停用。")
        raise PageError(404, text, back=reverse("licences:find"))
    return wish


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The one form; on sending, each licence is taken in and screened."""
    wish = wish_of(request)
    if wish.party.is_person:
        here = urlencode({"next": request.get_full_path()})
        acting = f"{reverse('portal:acting')}?{here}"
        nobody = {"name": wish.name, "acting": acting, "back": _back(wish)}
        return render_page(request, f"{FOLDER}/whom.html", nobody)
    form = wish.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        Limit("portal.licences", MOST_BEGUN, 600, shared=True).take_for(request)
        try:
            return HttpResponseRedirect(_taken_in(wish, form))
        except FieldError as error:
            form.refuse(error)
        except MoveRefused as error:
            form.add_error(None, error.message)
    context: dict[str, Any] = {
        "wish": wish,
        "form": form,
        "holder": wish.party.name,
        "held": wish.held(),
        "back": _back(wish),
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/apply.html", context, status=status)


def _back(wish: Wish) -> str:
    if wish.trade:
        return reverse("licences:trade", args=[wish.trade])
    return reverse("licences:licence", args=[wish.rows[0].key])


def _taken_in(wish: Wish, form: ApplyForm) -> str:
    """Take in all or nothing, then ask the credit file for each; the address of what follows."""
    actor = actor_of(wish.request)
    bundle = uuid.uuid4().hex if len(wish.rows) > 1 else ""
    values, division = form.values(), form.cleaned_data["division"]
    with transaction.atomic():
        numbers = []
        for row in wish.rows:
            own = {k: v for k, v in values.items() if k in row.item.fields}
            if row.licence:
                own |= {k: v for k, v in values.items() if k in beginning.CHIEF}
            raw = {"division": division, "channel": "mobile", "values": own, "bundle": bundle}
            if row.licence is None:
                wanted = {"item": row.item.key, **raw, "trade": wish.trade}
                ordinary.apply(actor, wanted, wish.now)
                continue
            raw |= {"licence": row.key, "trade": wish.trade}
            numbers.append(beginning.begin(actor, raw, wish.now).number)
    for number in numbers:
        screening.screen(actor, number, wish.now)
    if bundle:
        return reverse("licences:bundle", args=[bundle])
    return reverse("licences:case", args=[numbers[0]])

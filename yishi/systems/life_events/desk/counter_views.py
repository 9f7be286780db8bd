"""The unified window: taking applications down, looking at them, telling once what is missing."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case, CasePaper
from yishi.foundation.cases.policy import sees, why_not
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.worklists import case_page
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, role_only, shell_of
from yishi.systems.life_events import applications, handling
from yishi.systems.life_events import states as s
from yishi.systems.life_events.desk.menu import COUNTER, READERS
from yishi.systems.life_events.lifecycle import LIFECYCLE, MOVES
from yishi.systems.life_events.portal.finding import matches, offers_of
from yishi.systems.life_events.portal.flow import remember
from yishi.systems.life_events.portal.paperlist import rows_of
from yishi.systems.life_events.versions import Registers, registers

GET_AND_POST = ["GET", "HEAD", "POST"]


def versions_of(found: Registers) -> tuple[int, int]:
    """Versions of themes and items in force, or the page that says there are none."""
    now = timezone.now()
    try:
        return found.themes(now)[0], found.book(now)[0]
    except LookupError as error:
        raise PageError(404, str(error), back="/desk/") from error


@require_safe
@role_only(*COUNTER)
def counter(request: HttpRequest) -> HttpResponseBase:
    """Choose what somebody at the counter wants; drafts of this window stand below."""
    found = registers(shell_of(request).numbers)
    version, items = versions_of(found)
    text = request.GET.get("q", "").replace("\x00", "")[:60].strip()
    offers = [one for one in offers_of(version, items) if text and matches(one, text)]
    own = applications.own_drafts(actor_of(request).ref)
    context = {"q": text, "offers": offers[:60], "count": len(offers), "drafts": own}
    return render_desk(request, "life_events/counter.html", context, fragment="results")


@require_POST
@role_only(*COUNTER)
def begin(request: HttpRequest, key: str) -> HttpResponseBase:
    """Take an application down for somebody at the counter: the same pages as at home."""
    actor, found = actor_of(request), registers(shell_of(request).numbers)
    try:
        made = applications.begin(found, key, applications.COUNTER, timezone.now(), clerk=actor.ref)
    except FieldError as error:
        raise PageError(404, error.message, back=reverse("desk:life_events:counter")) from error
    remember(request, made.id)
    return HttpResponseRedirect(reverse("themes:ask", args=[made.id]))


@require_safe
@role_only(*READERS)
def matters(request: HttpRequest) -> HttpResponseBase:
    """Theme cases in sight, newest first, by state and theme; also by number (办不成事)."""
    found = registers(shell_of(request).numbers)
    version, items = versions_of(found)
    state = request.GET.get("state", "")
    theme = request.GET.get("theme", "")
    number = request.GET.get("number", "").strip()[:40]
    rows = Case.objects.visible_to(actor_of(request)).filter(system=s.SYSTEM)
    if state in s.STATES:
        rows = rows.filter(state=state)
        if not s.STATES[state].final:  # the index of open cases, which are few
            rows = rows.filter(closed_at__isnull=True)
    if theme:
        rows = rows.filter(type_key=theme[:64].replace("\x00", ""))
    if number:
        rows = rows.filter(number=number if number.isascii() and "\x00" not in number else "-")
    page = case_page(rows, request.GET.get("after"))
    context = {
        "page": page,
        "state": state,
        "theme": theme,
        "number": number,
        "states": {name: one.label for name, one in s.STATES.items()},
        "themes": sorted(
            ((o.theme.key, o.theme.name) for o in offers_of(version, items)), key=lambda o: o[1]
        ),
        "labels": s.STATES,
    }
    return render_desk(request, "life_events/matters.html", context, fragment="results")


def case_of(request: HttpRequest, number: str) -> CaseState:
    """The theme case *number* in the officer's sight, else 404."""
    states = load_states(number=number) if number.isascii() and len(number) <= 40 else []
    if not states or states[0].system != s.SYSTEM or not sees(actor_of(request), states[0]):
        raise Http404
    return states[0]


class TellForm(forms.Form):
    """Everything that is wrong, by field and paper."""

    note = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(GET_AND_POST)
@officers_only
def tell(request: HttpRequest, number: str) -> HttpResponseBase:
    """Mark every field and paper that is to be corrected, and tell it once."""
    case, actor, now = case_of(request, number), actor_of(request), timezone.now()
    back = reverse("desk:case", args=[number])
    why = why_not(LIFECYCLE, MOVES["tell_gaps"], actor, case, {}, now)
    if why:
        raise PageError(409, _(why), back=back)
    looked = handling.look(case, now)
    error = ""
    if request.method == "POST":
        marks = {
            kind: {
                key.removeprefix(f"{kind}."): value
                for key, value in request.POST.items()
                if key.startswith(f"{kind}.") and isinstance(value, str)
            }
            for kind in ("fields", "papers")
        }
        try:
            note = request.POST.get("note", "")
            handling.tell_gaps(actor, number, marks, now, note=note)
        except FieldError as wrong:
            error = wrong.message
        except MoveRefused as refused:
            raise PageError(409, refused.message, back=back) from refused
        else:
            messages.success(request, _("已一次性告知申请人。"))
            return HttpResponseRedirect(back)
    return _tell_page(request, case, looked, error, back)


def _tell_page(
    request: HttpRequest, case: CaseState, looked: handling.Looked, error: str, back: str
) -> HttpResponseBase:
    from yishi.foundation.approvals.values import shown_value

    values = applications.unseal(looked.application).values
    rows = rows_of(
        looked.application,
        looked.made,
        looked.having,
        {},
        {},
        lambda pk: reverse("desk:life_events:file", args=[case.number, pk]),
    )
    context = {
        "case": case,
        "error": error,
        "back": back,
        "form": TellForm(),
        "fields": [
            {
                "key": f"fields.{one.key}",
                "label": one.label,
                "value": shown_value(one.spec, values.get(one.key, "")),
                "said": request.POST.get(f"fields.{one.key}", ""),
            }
            for one in looked.made.form
        ],
        "papers": [
            row
            | {
                "field": f"papers.{row['paper'].key}",
                "said": request.POST.get(f"papers.{row['paper'].key}", ""),
            }
            for row in rows
        ],
        "note": request.POST.get("note", ""),
        "telling": case.clock(s.TELLING),
    }
    return render_desk(request, "life_events/tell.html", context, status=422 if error else 200)


@require_safe
@officers_only
def file(request: HttpRequest, number: str, file_id: uuid.UUID) -> HttpResponseBase:
    """A file that was handed in with a theme case in sight."""
    case = case_of(request, number)
    papers = CasePaper.objects.visible_to(actor_of(request)).filter(case_id=case.id)
    if not papers.filter(attachment_id=file_id).exists():
        raise Http404
    return file_answer(file_id)

"""Following a case: by its code, then by the session that gave the code.

A malformed code takes the same way and gets the same answer as an unknown one; wrong codes are
counted. The session remembers which applications were opened, never their codes.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.throttle import Throttle
from yishi.foundation.approvals.notice_pdf import papers_by_case
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper, Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.parts import Event, Light, light
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications, handling, papers, rating, together
from yishi.systems.life_events.lifecycle import LIFECYCLE, MOVES
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.portal.flow import FOLDER, remember
from yishi.systems.life_events.portal.forms import (
    CodeForm,
    NoteForm,
    RateForm,
    show,
)
from yishi.systems.life_events.portal.matter import Matter, mine
from yishi.systems.life_events.standing import Whole, whole

GUESSES = Throttle("themes")
#: Steps that the applicant is told of; inner ones of the offices stay inside.
TOLD = frozenset(MOVES) - {"member_changed", "move_version"}
_TONES = {
    "accept": "good",
    "deem_accepted": "good",
    "tell_gaps": "warn",
    "refuse_acceptance": "bad",
    "withdraw": "warn",
    "deem_withdrawn": "warn",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The page that asks for the code: of a draft, or of a case."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if GUESSES.waits(request):
            message = _("查询码输错的次数太多，请十分钟后再试。")
            back = reverse("themes:enter")
            return render_error(request, 429, message, back=back, retry_after=GUESSES.seconds)
        found = applications.by_code(form.cleaned_data["code"])
        if found is not None:
            remember(request, found.id)
            return HttpResponseRedirect(_address(found))
        GUESSES.wrong(request)
        form.add_error("code", _("没有找到这个查询码，请核对后再试"))
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/enter.html", {"form": form}, status=status)


def _address(found: Application) -> str:
    if found.case_id is None:
        return reverse("themes:ask", args=[found.id])
    (case,) = load_states([found.case_id])
    return reverse("themes:progress", args=[case.number])


@require_safe
def progress(request: HttpRequest, number: str) -> HttpResponseBase:
    """Where each item stands, who has it, when it will be done, and why."""
    return _progress(request, number=number)


@mine
def _progress(matter: Matter) -> HttpResponse:
    case = matter.case
    found = matter.registers
    members = handling.members_of(case.id)
    shown = whole(case, members, found, matter.now)
    told = matter.application.marks if case.state == "correcting" else {}
    correction = case.clock("correction")
    return matter.render(
        "progress",
        shown=shown,
        state=LIFECYCLE.states[case.state].label,
        expected=_expected(case, shown),
        light=_light(case, shown, matter),
        holder=found.register.unit_name(case.unit_id),
        reasons=case.data.get("unit_reason", []),
        told=told,
        correction=correction,
        deferred=_deferred(matter),
        may={name: matter.may(name) for name in ("correct", "withdraw", "call_stuck")},
        stuck=case.data.get("stuck"),
        events=_events(matter),
        papers=papers.papers_of(case),
        agent=together.agent_of(matter.application),
        people=[
            (together.name_of(one.party), one) for one in together.people_of(matter.application)
        ],
        item_papers=_item_papers(matter, members),
        rateable=rating.rateable(members),
        rated=rating.rated([one.id for one in members]),
        refusals=_refusals(members),
        back=reverse("themes:enter"),
    )


def _item_papers(matter: Matter, members: list[CaseState]) -> list[tuple[str, str, str]]:
    """(item, paper, address) of what the bodies answered, oldest first (1 statement)."""
    if not members:
        return []
    own = frozenset(one.id for one in members)
    found = papers_by_case(replace(matter.actor, own_cases=own), members)
    return [
        (
            one.subject,
            paper.name,
            reverse("themes:item-paper", args=[matter.case.number, one.number, paper.seq]),
        )
        for one in members
        for paper in found.get(one.id, [])
    ]


def _expected(case: CaseState, shown: Whole) -> datetime | None:
    """By when all is done: the clock, or later where an item stands still longer than planned."""
    clock = case.last_clock("theme")
    if clock is None:
        return None
    if clock.live and shown.still and shown.end is not None:
        return max(clock.due_at, shown.end)
    return clock.due_at


def _light(case: CaseState, shown: Whole, matter: Matter) -> Light | None:
    clock, due = case.last_clock("theme"), _expected(case, shown)
    if clock is None:
        return None
    return light(
        due,
        matter.now,
        warn_at=clock.warn_at,
        paused=clock.paused_at is not None,
        done_at=clock.stopped_at,
        judged=effective_moment(matter.registers.calendar, matter.now),
    )


def _refusals(members: list[CaseState]) -> dict[int, str]:
    """Why items were refused, by id (1 statement, none without a refusal)."""
    ids = [one.id for one in members if one.outcome == "refused"]
    if not ids:
        return {}
    rows = Trace.objects.unscoped("items of the applicant's own case")
    found = rows.filter(case_id__in=ids, move="decide").values_list("case_id", "note")
    return dict(found)


def _deferred(matter: Matter) -> list[dict[str, Any]]:
    found = []
    for key, day in (matter.case.data.get("deferred") or {}).items():
        paper = matter.made.paper(key)
        found.append({"name": paper.name if paper else key, "until": day})
    return found


def _events(matter: Matter) -> list[Event]:
    rows = Trace.objects.visible_to(matter.actor).filter(case_id=matter.case.id, move__in=TOLD)
    return [
        Event(row.at, _(MOVES[row.move].label), tone=_TONES.get(row.move, "neutral"))
        for row in rows.order_by("-seq")
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def withdraw(matter: Matter) -> HttpResponse:
    """Take the application back, with what that means said before."""
    return _noted(matter, "withdraw", _("撤回申请"), _("已撤回。"))


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def stuck(matter: Matter) -> HttpResponse:
    """It does not get on: the window for such takes it up, with its whole trail (办不成事)."""
    return _noted(matter, "call_stuck", _("反映办不成事"), _("已登记，由“办不成事”窗口协调。"))


def _noted(matter: Matter, move: str, title: str, said: str) -> HttpResponse:
    if not matter.may(move):
        return HttpResponseRedirect(matter.url())
    form = NoteForm(matter.request.POST if matter.request.method == "POST" else None)
    if matter.request.method == "POST" and form.is_valid():
        raw = {"note": form.cleaned_data["note"]}
        try:
            handling.advance(matter.actor, matter.case.number, move, raw, matter.now)
        except FieldError as error:
            show(form, error)
        except MoveRefused as error:
            return render_error(matter.request, 409, error.message, back=matter.url())
        else:
            messages.success(matter.request, said)
            return HttpResponseRedirect(matter.url())
    status = 422 if form.errors else 200
    return matter.render("note", form=form, title=title, move=move, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def rate(matter: Matter) -> HttpResponse:
    """好差评: the decided items that have no rating yet, each body for its own."""
    members = rating.rateable(handling.members_of(matter.case.id))
    done = rating.rated([one.id for one in members])
    left = [one for one in members if one.id not in done]
    if not left:
        return HttpResponseRedirect(matter.url())
    form = RateForm(matter.request.POST if matter.request.method == "POST" else None)
    form.fields["which"].choices = [  # type: ignore[attr-defined]
        ("all", _("全部事项")),
        *((one.number, one.subject) for one in left),
    ]
    if matter.request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["which"]
        try:
            for one in left:
                if chosen in ("all", one.number):
                    rating.rate(matter.actor, one, form.cleaned_data, matter.now)
        except FieldError as error:
            show(form, error)
        else:
            messages.success(matter.request, _("谢谢您的评价。"))
            return HttpResponseRedirect(matter.url())
    status = 422 if form.errors else 200
    return matter.render("rate", form=form, status=status)


@require_safe
@mine
def file(matter: Matter, file_id: uuid.UUID) -> HttpResponseBase:
    """A file that was handed in with this case."""
    papers = CasePaper.objects.visible_to(matter.actor).filter(case_id=matter.case.id)
    own = {one["id"] for p in matter.application.papers.values() for one in p.get("files", [])}
    if str(file_id) not in own and not papers.filter(attachment_id=file_id).exists():
        raise Http404
    return file_answer(file_id)

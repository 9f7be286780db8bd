"""Following a case: by its code, then by the session that gave the code.

A malformed code takes the same way and gets the same answer as an unknown one; wrong codes are
counted. The session remembers which applications were opened, never their codes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.throttle import Limit, Throttle
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper, Trace
from yishi.foundation.cases.policy import why_not
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.parts import Event, Light, light
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications, handling, rating, submitting
from yishi.systems.life_events.applications import Owned
from yishi.systems.life_events.lifecycle import LIFECYCLE, MOVES
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.portal.apply_views import form_sections, send_file
from yishi.systems.life_events.portal.flow import FOLDER, may_open, remember
from yishi.systems.life_events.portal.forms import (
    CodeForm,
    FilesForm,
    NoteForm,
    RateForm,
    show,
    theme_form,
)
from yishi.systems.life_events.portal.paperlist import rows_of
from yishi.systems.life_events.standing import Whole, unit_name, whole
from yishi.systems.life_events.versions import Registers, registers

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


@dataclass
class Matter:
    """A case as its applicant sees it."""

    request: HttpRequest
    application: Application
    case: CaseState
    now: datetime

    @cached_property
    def actor(self) -> Actor:
        """The applicant."""
        return submitting.applicant(self.application)

    @cached_property
    def registers(self) -> Registers:
        """Calendar and places."""
        return registers()

    @cached_property
    def having(self) -> Owned:
        """What was on file when it was handed in."""
        return applications.owned(self.application, self.case.received_at)

    @cached_property
    def made(self) -> Made:
        """What the application comes to."""
        return applications.made(self.application, self.having)

    def may(self, move: str) -> bool:
        """Whether the applicant may make *move* now."""
        return why_not(LIFECYCLE, MOVES[move], self.actor, self.case, {}, self.now) is None

    def url(self, name: str = "progress") -> str:
        """The address of a page of this case."""
        return reverse(f"themes:{name}", args=[self.case.number])

    def render(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """A page of this case."""
        values = {
            "matter": self,
            "case": self.case,
            "theme": self.made.theme,
            "now": self.now,
            "back": self.url(),
            **context,
        }
        return render_page(self.request, f"{FOLDER}/{template}.html", values, status=status)


View = Callable[..., HttpResponse]


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


def mine(view: View) -> View:
    """Only for the session that handed it in or entered the code; others are asked for it."""

    @never_cache
    @wraps(view)
    def found(request: HttpRequest, number: str, **more: Any) -> HttpResponse:
        states = load_states(number=number) if number.isascii() and len(number) <= 40 else []
        case = states[0] if states else None
        if case is None or case.system != LIFECYCLE.system:
            return HttpResponseRedirect(reverse("themes:enter"))
        application = handling.application_of(case.id)
        if not may_open(request, application):
            return HttpResponseRedirect(reverse("themes:enter"))
        return view(Matter(request, application, case, timezone.now()), **more)

    return found


@require_safe
def progress(request: HttpRequest, number: str) -> HttpResponse:
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
        holder=unit_name(case.unit_id, found.register),
        reasons=case.data.get("unit_reason", []),
        told=told,
        correction=correction,
        deferred=_deferred(matter),
        may={name: matter.may(name) for name in ("correct", "withdraw", "call_stuck")},
        stuck=case.data.get("stuck"),
        events=_events(matter),
        rateable=rating.rateable(members),
        rated=rating.rated([one.id for one in members]),
        refusals=_refusals(members),
        back=reverse("themes:enter"),
    )


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
def _correct(matter: Matter) -> HttpResponse:
    """Correct what was told, all of it; the other fields stay as they were handed in."""
    if not matter.may("correct"):
        return HttpResponseRedirect(matter.url())
    app = matter.application
    wrong: dict[str, str] = {}
    if matter.request.method == "POST":
        act, _colon, key = matter.request.POST.get("act", "").partition(":")
        try:
            if act in ("upload", "remove"):
                _file(matter, act, key, app.marks.get("papers", {}))
                return HttpResponseRedirect(matter.url("correct") + f"#paper-{key}")
            wrong = handling.fill_marked(matter.case.id, matter.request.POST, matter.now)
            if not wrong:
                handling.correct(matter.actor, matter.case.number, matter.now)
                messages.success(matter.request, _("补正已提交。"))
                return HttpResponseRedirect(matter.url())
        except FieldError as error:
            wrong[error.field] = error.message
        except MoveRefused as error:
            return render_error(matter.request, 409, error.message, back=matter.url())
        app = handling.application_of(matter.case.id)
    return _correct_page(matter, app, wrong)


correct = largest_body(60, gettext_lazy("文件合计超过 60 MB，没有上传。请分几次添加。"))(
    lambda request, number: _correct(request, number=number)
)


def _correct_page(matter: Matter, app: Application, wrong: dict[str, str]) -> HttpResponse:
    marks = app.marks
    fields = tuple(one for one in matter.made.form if one.key in marks.get("fields", {}))
    values = applications.unseal(app).values
    posted = matter.request.method == "POST"
    data = matter.request.POST if posted else None
    form = theme_form(fields, data, values, matter.registers.register)
    if posted:
        form.full_clean()
        for key, message in wrong.items():
            form.add_error(key if key in form.fields else None, message)
    rows = rows_of(app, matter.made, matter.having, wrong, marks.get("papers", {}))
    return matter.render(
        "correct",
        form=form,
        sections=form_sections(fields, form, app.sources, marks.get("fields", {})),
        rows=[row for row in rows if row["mark"]],
        marks=marks,
        files=FilesForm(),
        due=matter.case.clock("correction"),
        status=422 if wrong else 200,
    )


def _file(matter: Matter, act: str, key: str, allowed: Any) -> None:
    """Add or take out a file of a paper that was told or deferred."""
    app, made = matter.application, matter.made
    paper, _bar, file_id = key.partition("|")
    if paper not in allowed:
        raise FieldError(paper, _("这份材料不用补正"), "unknown")
    if act == "remove":
        applications.remove_file(app, paper, file_id, matter.now)
        return
    Limit("portal.photos", settings.YISHI_UPLOADS_PER_ADDRESS, 600, shared=True).take_for(
        matter.request
    )
    files = FilesForm(matter.request.POST, matter.request.FILES)
    files.full_clean()
    chosen = files.cleaned_data.get("files") or []
    if not chosen:
        raise FieldError(paper, _("请先选择文件"), "required")
    applications.add_files(app, made, paper, chosen, matter.now)
    done = {*app.marks.get("done", []), f"papers.{paper}"}
    app.marks = {**app.marks, "done": sorted(done)}
    applications.save(app, matter.now)


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def _supply(matter: Matter) -> HttpResponse:
    """Hand in papers that were promised for later."""
    deferred = matter.case.data.get("deferred") or {}
    if not deferred or matter.case.closed_at is not None:
        return HttpResponseRedirect(matter.url())
    wrong: dict[str, str] = {}
    if matter.request.method == "POST":
        act, _colon, key = matter.request.POST.get("act", "").partition(":")
        try:
            _file(matter, act, key, deferred)
            handling.supply(matter.actor, matter.case.number, key, matter.now)
        except FieldError as error:
            wrong[key.partition("|")[0]] = error.message
        except MoveRefused as error:
            return render_error(matter.request, 409, error.message, back=matter.url())
        else:
            messages.success(matter.request, _("材料已补交。"))
            return HttpResponseRedirect(matter.url())
    rows = rows_of(matter.application, matter.made, matter.having, wrong, {})
    shown = []
    for row in rows:
        if row["paper"].key in deferred:
            row |= {"deferred": False, "until": deferred[row["paper"].key]}
            shown.append(row)
    return matter.render("supply", rows=shown, status=422 if wrong else 200)


supply = largest_body(60, gettext_lazy("文件合计超过 60 MB，没有上传。请分几次添加。"))(
    lambda request, number: _supply(request, number=number)
)


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
def file(matter: Matter, file_id: uuid.UUID) -> HttpResponse:
    """A file that was handed in with this case."""
    papers = CasePaper.objects.visible_to(matter.actor).filter(case_id=matter.case.id)
    own = {one["id"] for p in matter.application.papers.values() for one in p.get("files", [])}
    if str(file_id) not in own and not papers.filter(attachment_id=file_id).exists():
        raise Http404
    return send_file(file_id)

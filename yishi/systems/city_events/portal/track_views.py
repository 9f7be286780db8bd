"""Follow a report: by its tracking code, then by the session that gave the code.

The code is looked up by its digest; a malformed code takes the same way and gets the same answer as
an unknown one. Wrong codes are counted (`yishi.foundation.access.throttle`). The session remembers
which reports were opened, never their codes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.throttle import Throttle
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.rendering import render_page
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city
from yishi.systems.city_events.portal.flow import FOLDER
from yishi.systems.city_events.portal.forms import CodeForm, EvaluateForm, ReasonForm, show
from yishi.systems.city_events.portal.tracking_page import (
    OWN_MOVES,
    added,
    own_photos,
    shown,
    title,
)
from yishi.systems.city_events.tracking_view import Progress, track, track_report

KEY = "tracked"
MOST = 20
GUESSES = Throttle("tracking")

View = Callable[..., HttpResponseBase]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The page that asks for the code."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if GUESSES.waits(request):
            message = _("查询码输错的次数太多，请十分钟后再试。")
            back = reverse("events:track")
            return render_error(request, 429, message, back=back, retry_after=GUESSES.seconds)
        progress = track(form.cleaned_data["code"])
        if progress is not None:
            return HttpResponseRedirect(_remember(request, progress))
        GUESSES.wrong(request)
        form.add_error("code", _("没有找到这个查询码，请核对后再试"))
    context = {"form": form, "now": timezone.now()}
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/track.html", context, status=status)


def _remember(request: HttpRequest, progress: Progress) -> str:
    """Keep the report in the session; return the address of its page."""
    number = progress.case.number
    kept = {key: value for key, value in request.session.get(KEY, {}).items() if key != number}
    while len(kept) >= MOST:
        kept.pop(next(iter(kept)))
    request.session[KEY] = {**kept, number: progress.report.pk}
    return reverse("events:progress", args=[number])


def tracked(view: View) -> View:
    """Only for the session that entered the code; everybody else is asked for it."""

    @never_cache
    @wraps(view)
    def found(request: HttpRequest, number: str, **more: Any) -> HttpResponseBase:
        report_id = request.session.get(KEY, {}).get(number)
        progress = track_report(report_id) if isinstance(report_id, int) else None
        if progress is None:
            return HttpResponseRedirect(reverse("events:track"))
        return view(request, progress, **more)

    return found


@require_safe
@tracked
def progress(request: HttpRequest, progress: Progress) -> HttpResponse:
    """The seven steps, who has it, until when and why."""
    return _progress(request, progress)


def _progress(request: HttpRequest, progress: Progress) -> HttpResponse:
    now = timezone.now()
    page = shown(progress, city(), now)
    context = {"progress": progress, "case": progress.case, "page": page, "now": now}
    context |= {"title": title(progress, city().register), "added": added(progress)}
    return render_page(request, f"{FOLDER}/progress.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tracked
def own_move(request: HttpRequest, progress: Progress, move: str) -> HttpResponse:
    """Withdraw the report, or ask to have it done again: a reason, then the move."""
    if move not in OWN_MOVES:
        raise Http404
    number = progress.case.number
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        facts = {"note": form.cleaned_data["note"]}
        try:
            moves.advance(progress.actor, number, move, facts, timezone.now())
        except FieldError as error:
            show(form, error)
        except MoveRefused as error:
            back = reverse("events:progress", args=[number])
            return render_error(request, 409, error.message, back=back)
        else:
            said = _("已撤回。") if move == "withdraw" else _("已申请重新办理，将重新派遣。")
            messages.success(request, said)
            return HttpResponseRedirect(reverse("events:progress", args=[number]))
    context = {"form": form, "progress": progress, "case": progress.case, "move": move}
    context["title"] = title(progress, city().register)
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/own_move.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@tracked
def evaluate(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Rate the result, once a closing."""
    number = progress.case.number
    if not progress.may_rate:
        return HttpResponseRedirect(reverse("events:progress", args=[number]))
    form = EvaluateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _rated(progress, form):
        return HttpResponseRedirect(reverse("events:thanks", args=[number]))
    context = {"form": form, "progress": progress, "case": progress.case}
    context["title"] = title(progress, city().register)
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/evaluate.html", context, status=status)


def _rated(progress: Progress, form: forms.Form) -> bool:
    given = form.cleaned_data
    try:
        moves.evaluate(
            progress.actor,
            progress.case.pk,
            given["score"],
            given["solved"],
            given["text"],
            timezone.now(),
        )
    except FieldError as error:
        if error.code == "repeated":  # sent twice: it is rated, which is what was wanted
            return True
        show(form, error)
        return False
    return True


@require_safe
@tracked
def thanks(request: HttpRequest, progress: Progress) -> HttpResponse:
    """After the rating; who says it is not solved is shown how to have it done again."""
    page = shown(progress, city(), timezone.now())
    context = {"progress": progress, "case": progress.case, "page": page}
    return render_page(request, f"{FOLDER}/thanks.html", context)


@require_safe
@tracked
def photo(request: HttpRequest, progress: Progress, photo_id: uuid.UUID) -> HttpResponseBase:
    """A photo of the case, as far as its reporter may see it."""
    if photo_id not in own_photos(progress):
        raise Http404
    return file_answer(photo_id, small="small" in request.GET)

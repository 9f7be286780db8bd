"""One page per move: a form, an error at its field, or the news that somebody else was first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from yishi.faces.desk import history
from yishi.faces.desk.moveforms import MoveForm
from yishi.faces.desk.opening import open_case
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.lifecycle import Move, lifecycle_of
from yishi.foundation.cases.models import Trace
from yishi.foundation.cases.policy import why_not
from yishi.foundation.papers.uploads import accept_uploads, store
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.desk import DeskSystem, Look
from yishi.foundation.ui.officer import officers_only, render_desk


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, number: str, move: str) -> HttpResponse:
    """Make a move: 422 for wrong input, 409 when the case stands elsewhere by now."""
    system, look = open_case(request, number)
    found = lifecycle_of(system.system).moves.get(move)
    if found is None or not found.roles or move in system.hidden_moves:
        raise Http404
    if request.method == "POST" and request.POST.get("look") != "1":
        return _submit(request, system, look, found)
    why = why_not(lifecycle_of(system.system), found, look.actor, look.case, {}, look.now)
    if why is not None:
        return _unavailable(request, look, found, why)
    form = MoveForm(system, found, look)
    if request.method == "POST":
        form = _looked(system, look, found, request)
    return _page(request, system, form, look, found)


def _looked(system: DeskSystem, look: Look, move: Move, request: HttpRequest) -> MoveForm:
    """The form drawn again with what was typed, and with what was looked for; no errors yet."""
    form = MoveForm(system, move, look, request.POST)
    form.initial.update(
        {name: request.POST.get(name) for name in form.fields if name in request.POST}
    )
    form.is_bound = False
    return form


def _page(
    request: HttpRequest,
    system: DeskSystem,
    form: MoveForm,
    look: Look,
    move: Move,
    status: int = 200,
) -> HttpResponse:
    back = reverse("desk:case", args=[look.case.number])
    context: dict[str, Any] = {
        "title": gettext(move.label),
        "form": form,
        "move": move,
        "case": look.case,
        "back": back,
        "action": reverse("desk:move", args=[look.case.number, move.name]),
        "answered": history.answered(system, look, move.name),
        "fields": [form[name] for name in form.fields],
    }
    return render_desk(request, "desk/move.html", context, status=status)


def _submit(request: HttpRequest, system: DeskSystem, look: Look, move: Move) -> HttpResponse:
    form = MoveForm(system, move, look, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, system, form, look, move, 422)
    try:
        _advance(system, look, move, form)
    except FieldError as error:
        form.refuse(error.field, error.message)
        return _page(request, system, form, look, move, 422)
    except MoveRefused as error:
        return _refused(request, look, move, error)
    except CaseNotFound as error:
        raise Http404 from error
    done = gettext("已办理：%(move)s") % {"move": gettext(move.label)}
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:case", args=[look.case.number]))


def _advance(system: DeskSystem, look: Look, move: Move, form: MoveForm) -> None:
    """Photos, move and everything it writes in one transaction."""
    raw = form.raw()
    with transaction.atomic():
        for name in form.photo_names:
            files = form.cleaned_data.get(name) or []
            rows = accept_uploads(files, actor_ref=look.actor.ref, now=look.now, field=name)
            for row in rows:
                row["about_kind"], row["about_id"] = "case", str(look.case.id)
            if rows:
                raw[name] = [str(attachment.id) for attachment in store(rows)]
        version = form.cleaned_data.get("version")
        system.advance(
            look.actor, look.case.number, move.name, raw, look.now, expected_version=version
        )


def _refused(request: HttpRequest, look: Look, move: Move, error: MoveRefused) -> HttpResponse:
    """Somebody was first; if it was the same officer with the same move, all is well."""
    if error.code == "role":
        raise PermissionDenied(gettext(error.message))
    last = (
        Trace.objects.visible_to(look.actor).filter(case_id=look.case.id).order_by("-seq").first()
    )
    if last and last.move == move.name and last.actor_ref == look.actor.ref:
        messages.info(request, gettext("这一步已经办理，没有重复提交。"))
        return HttpResponseRedirect(reverse("desk:case", args=[look.case.number]))
    return _conflict(request, look, move, error.message, error.state, last)


def _conflict(
    request: HttpRequest, look: Look, move: Move, message: str, state: str, last: Trace | None
) -> HttpResponse:
    life = lifecycle_of(look.case.system)
    step = life.moves.get(last.move) if last else None
    context = {
        "title": gettext("没有办理：案件状态已经变化"),
        "message": gettext(message),
        "move": move,
        "case": look.case,
        "state": life.states[state].label if state else "",
        "last": last,
        "last_label": step.label if step else "",
        "url": reverse("desk:case", args=[look.case.number]),
    }
    return render_desk(request, "desk/conflict.html", context, status=409)


def _unavailable(request: HttpRequest, look: Look, move: Move, why: str) -> HttpResponse:
    """The move's page was opened although the move cannot be made: say why, show the case."""
    text = gettext("现在不能“%(move)s”：%(why)s") % {
        "move": gettext(move.label),
        "why": gettext(why),
    }
    messages.warning(request, text)
    return HttpResponseRedirect(reverse("desk:case", args=[look.case.number]))

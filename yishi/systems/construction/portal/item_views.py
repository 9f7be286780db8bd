"""One item on the owner's pages: where it stands, its papers, and what is asked of the owner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals import services as approvals
from yishi.foundation.approvals.context import registers as item_registers
from yishi.foundation.approvals.notice_pdf import notice_answer, papers_by_case
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.construction.context import city
from yishi.systems.construction.pages import shown
from yishi.systems.construction.pages.forms import add_error
from yishi.systems.construction.portal.access import owners_only
from yishi.systems.construction.portal.forms import HandInForm
from yishi.systems.construction.portal.views import FOLDER, GET_AND_POST, attempt_act, own_address
from yishi.systems.construction.services import submitting
from yishi.systems.construction.services.reading import Project


def _member(found: Project, item: str) -> CaseState:
    for member in found.members:
        if member.number == item:
            return member
    raise Http404


@require_http_methods(GET_AND_POST)
@owners_only
def item(request: HttpRequest, actor: Actor, found: Project, item: str) -> HttpResponse:
    """One item: where it stands, its papers, and what is asked of the owner."""
    member = _member(found, item)
    _version, book = item_registers().catalogue(timezone.now())
    kind = book.items[member.type_key]
    materials = [(wanted.material, wanted.named) for wanted in kind.materials]
    files = request.FILES if request.method == "POST" else None
    form = HandInForm(materials, request.POST or None, files)
    back = own_address("item", found, item)
    if request.method == "POST" and form.is_valid() and _handed_in(actor, found, item, form, back):
        messages.success(request, gettext("材料已提交。"))
        return HttpResponseRedirect(back)
    given = submitting.show(actor, found.case.id, member, timezone.now())
    told = member.data.get("told") or {}
    context = {
        "title": kind.name,
        "case": found.case,
        "member": member,
        "line": _line(found, item),
        "form": form,
        "given": given,
        "told": told,
        "back": own_address("project", found),
        "may_correct": member.state == "correcting",
        "may_withdraw": not member.outcome,
        "open": not member.outcome,
        "files": _files(given),
        "papers": papers_by_case(actor_of_items(actor, found), [member]).get(member.id, []),
    }
    return render_page(request, f"{FOLDER}/item.html", context, status=422 if form.errors else 200)


def _handed_in(actor: Actor, found: Project, item: str, form: HandInForm, back: str) -> bool:
    """Whether the chosen file was taken in; what is wrong stands on the form then."""
    number, said = found.case.number, form.cleaned_data
    try:
        submitting.hand_in(actor, number, item, said["material"], said["file"], timezone.now())
    except FieldError as error:
        add_error(form, error)
        return False
    except MoveRefused as error:
        raise PageError(409, error.message, back=back) from error
    return True


def _line(found: Project, item: str) -> shown.MemberLine | None:
    """The item as the list of the project shows it."""
    for stage in shown.stages(found, city(), timezone.now(), lambda member: member.number):
        for entry in stage.items:
            for one in entry.members:
                if one[1] == item:
                    return one
    return None


def _files(given: Any) -> list[tuple[str, str, int]]:
    return [(paper.name, paper.status, len(paper.attachments)) for paper in given.papers]


def actor_of_items(actor: Actor, found: Project) -> Actor:
    """The owner, who reads what the bodies of the project's items answered."""
    own = frozenset({found.case.id, *(member.id for member in found.members)})
    return replace(actor, own_cases=actor.own_cases | own)


@require_safe
@owners_only
def paper(request: HttpRequest, actor: Actor, found: Project, item: str, seq: int) -> HttpResponse:
    """The paper that a step of the item made, for instance the decision."""
    return notice_answer(request, actor_of_items(actor, found), _member(found, item), seq)


@require_POST
@owners_only
def corrected(request: HttpRequest, actor: Actor, found: Project, item: str) -> HttpResponse:
    """Everything that was asked for was handed in."""
    _member(found, item)
    return attempt_act(
        request,
        own_address("item", found, item),
        lambda: approvals.correct(actor, item, timezone.now()),
        gettext("已提交补正。"),
    )


@require_POST
@owners_only
def withdraw(request: HttpRequest, actor: Actor, found: Project, item: str) -> HttpResponse:
    """Take an application back; the days counted so far stay counted."""
    _member(found, item)
    return attempt_act(
        request,
        own_address("item", found, item),
        lambda: approvals.withdraw(actor, item, timezone.now()),
        gettext("已撤回。需要时可以重新申请。"),
    )

"""Repair for whoever is recorded: what is published, what to do, from which day; apply, follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.policy import owning, why_not
from yishi.foundation.cases.state import CaseState, ClockState
from yishi.foundation.cases.steps import Step, steps_by_case
from yishi.foundation.credit.repair import (
    applying,
    copies,
    notices,
    printing,
    reading,
    services,
    wording,
)
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.lifecycle import LIFECYCLE, RECORD_LIFECYCLE
from yishi.foundation.credit.repair.pages.forms import (
    ApplyForm,
    ChooseForm,
    CopyForm,
    CorrectForm,
    NoteForm,
    contact_of,
    show,
)
from yishi.foundation.credit.repair.registers import registers
from yishi.foundation.papers.uploads import accept_uploads, store
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicant_of, applicants_only, party_of
from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.parts import Event, Light, light
from yishi.foundation.ui.rendering import render_page

FOLDER = "credit_repair/portal"
TONES = {
    "repaired": "good",
    "shielded": "good",
    "refused": "bad",
    "not_accepted": "bad",
    "revoked": "bad",
    "correcting": "warn",
}
_MEGABYTES = 60


def _actor(request: HttpRequest) -> Actor:
    """The party; an agent's mandate must reach repairs."""
    actor = applicant_of(request)
    if actor is None or not actor.acts_in(s.MATTER):
        raise PermissionDenied(_("您的授权不包括信用修复。"))
    return actor


@applicants_only
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Own records: what each asks for and from which day; applications so far."""
    actor, now = _actor(request), timezone.now()
    offers = reading.offers_of(party_of(actor), now, registers())
    context = {
        "offers": offers,
        "choosable": [one for one in offers if one.choosable or one.claims],
        "form": ChooseForm(),
        "cases": _listed(actor),
        "now": now,
    }
    return render_page(request, f"{FOLDER}/mine.html", context)


def _listed(actor: Actor) -> list[dict[str, Any]]:
    return [
        {"case": one, "state": LIFECYCLE.states[one.state].label}
        for one in reading.applications_of(actor)
    ]


def _apply(request: HttpRequest) -> HttpResponse:
    """Say when the duties were done, show proof, pledge, hand in: one page for all records."""
    actor, now = _actor(request), timezone.now()
    party, found = party_of(actor), registers()
    offers = {one.record.number: one for one in reading.offers_of(party, now, found)}
    asked = request.POST if request.method == "POST" else request.GET
    chosen = [offers[number] for number in dict.fromkeys(asked.getlist("r")) if number in offers]
    if not chosen:
        messages.warning(request, _("请先勾选要修复的信用记录。"))
        return HttpResponseRedirect(reverse("repair:mine"))
    posted = request.method == "POST"
    form = ApplyForm(
        request.POST if posted else None, request.FILES if posted else None, offers=chosen
    )
    if posted and form.is_valid():
        try:
            case = _hand_in(actor, form, now, party)
        except FieldError as error:
            show(form, error)
        else:
            messages.success(request, _("申请已提交。"))
            return HttpResponseRedirect(reverse("repair:progress", args=[case.number]))
    _version, book = found.book(now)
    context = {
        "form": form,
        "rows": form.rows(),
        "pledge": book.pledge,
        "window": book.window,
        "back": reverse("repair:mine"),
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/apply.html", context, status=status)


@transaction.atomic
def _hand_in(actor: Actor, form: ApplyForm, now: datetime, party: Any) -> CaseState:
    """Store the proofs and the contact with the application, or nothing."""
    proofs = {}
    for offer, name in form.file_names():
        files = form.cleaned_data.get(name) or []
        if files:
            rows = accept_uploads(
                files, actor_ref=actor.ref, now=now, field=name, photos_only=False
            )
            proofs[offer.record.number] = [row.id for row in store(rows)]
    wanted = applying.Application(
        party=party,
        records=tuple(one.record.number for one in form.offers),
        pledge=bool(form.cleaned_data["pledge"]),
        channel="web",
        declared=form.declared(),
        proofs=proofs,
        contacts=contact_of(form.cleaned_data["phone"], now),
    )
    return applying.apply(actor, wanted, now)


apply = largest_body(_MEGABYTES, gettext_lazy("文件合计超过 60 MB，没有上传。请减少文件后再试。"))(
    applicants_only(require_http_methods(["GET", "HEAD", "POST"])(_apply))
)


def _whole(request: HttpRequest, number: str) -> tuple[Actor, reading.Whole]:
    actor = _actor(request)
    whole = reading.whole_of(actor, number)
    if whole is None:
        raise Http404
    return actor, whole


@applicants_only
@require_safe
def progress(request: HttpRequest, number: str) -> HttpResponse:
    """Each record: who has it, until when, what came of it and why; the papers."""
    actor, whole = _whole(request, number)
    now, places = timezone.now(), registers().places
    root = whole.root
    steps = steps_by_case(actor, [root, *whole.members])
    receipts = copies.receipts_by_case([one.id for one in whole.members])
    clock = root.last_clock(s.ANSWER)
    context = {
        "case": root,
        "state": LIFECYCLE.states[root.state].label,
        "light": _light(clock, now),
        "members": [
            _member(actor, whole, one, now)
            | {
                "unit": places.unit(one.unit_id).name if one.unit_id else "",
                "papers": notices.papers_of(one, steps[one.id]),
                "receipts": receipts.get(one.id, []),
            }
            for one in whole.members
        ],
        "papers": notices.papers_of(root, steps[root.id]),
        "may_withdraw": any(one.state in s.UNDECIDED for one in whole.members),
        "events": _events(whole, steps),
        "now": now,
        "back": reverse("repair:mine"),
    }
    return render_page(request, f"{FOLDER}/progress.html", context)


def _light(clock: ClockState | None, now: datetime) -> Light | None:
    if clock is None:
        return None
    return light(
        clock.due_at,
        now,
        warn_at=clock.warn_at,
        done_at=clock.stopped_at,
        paused=clock.paused_at is not None,
    )


def _member(actor: Actor, whole: reading.Whole, case: CaseState, now: datetime) -> dict[str, Any]:
    """A record of the application, without a statement."""
    clocks = [one for one in case.clocks if one.live]
    mine = owning(actor, case)
    moves = RECORD_LIFECYCLE.moves
    return {
        "case": case,
        "record": whole.records[case.id],
        "state": RECORD_LIFECYCLE.states[case.state].label,
        "tone": TONES.get(case.state, "active"),
        "due": min((one.due_at for one in clocks), default=None),
        "clock": s.CLOCK_LABELS[clocks[0].kind] if clocks else "",
        "unmet": [wording.kept_reason(one) for one in case.data["conditions"] if not one["met"]],
        "may": {
            move: why_not(RECORD_LIFECYCLE, moves[move], mine, case, {}, now) is None
            for move in ("correct", "object")
        },
    }


def _events(whole: reading.Whole, steps: Mapping[int, Sequence[Step]]) -> list[Event]:
    """What happened, over all records, the newest first."""
    moves = RECORD_LIFECYCLE.moves
    found = [
        Event(step.at, f"{_(moves[step.move].label)}：{whole.records[one.id].document_no}")
        for one in whole.members
        for step in steps[one.id]
        if step.move != "recalculate"
    ]
    return sorted(found, key=lambda event: event.at, reverse=True)


def _move(request: HttpRequest, number: str, move: str) -> HttpResponse:
    """补正 or 异议 on one record."""
    actor, whole = _whole(request, number)
    case = next((one for one in whole.members if one.number == number), None)
    if case is None or case.state not in RECORD_LIFECYCLE.moves[move].sources:
        return HttpResponseRedirect(reverse("repair:progress", args=[whole.root.number]))
    posted, now = request.method == "POST", timezone.now()
    kind = CorrectForm if move == "correct" else NoteForm
    form = kind(request.POST if posted else None, request.FILES if posted else None)
    back = reverse("repair:progress", args=[whole.root.number])
    if posted and form.is_valid():
        try:
            _moved(actor, case, move, form, now)
        except FieldError as error:
            show(form, error)
        except MoveRefused as error:
            return render_error(request, 409, error.message, back=back)
        else:
            messages.success(request, _("已提交。"))
            return HttpResponseRedirect(back)
    context = {
        "form": form,
        "case": case,
        "record": whole.records[case.id],
        "title": _(RECORD_LIFECYCLE.moves[move].label),
        "told": case.data.get("told") if move == "correct" else None,
        "move": move,
        "back": back,
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/move.html", context, status=status)


@transaction.atomic
def _moved(actor: Actor, case: CaseState, move: str, form: Any, now: datetime) -> None:
    raw = {"note": form.cleaned_data["note"]}
    proofs = []
    if move == "correct":
        raw["declared_on"] = form.cleaned_data["declared_on"]
        files = form.cleaned_data.get("files") or []
        if files:
            rows = accept_uploads(
                files, actor_ref=actor.ref, now=now, field="files", photos_only=False
            )
            proofs = [row.id for row in store(rows)]
    services.advance(actor, case.number, move, raw, now, proofs=proofs)


move = largest_body(_MEGABYTES, gettext_lazy("文件合计超过 60 MB，没有上传。请减少文件后再试。"))(
    applicants_only(require_http_methods(["GET", "HEAD", "POST"])(_move))
)


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take back what is not decided."""
    actor, whole = _whole(request, number)
    back = reverse("repair:progress", args=[whole.root.number])
    form = NoteForm(request.POST if request.method == "POST" else None)
    form.fields["note"].required = False
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        try:
            services.withdraw(actor, whole.root.number, note, timezone.now())
        except MoveRefused as error:
            return render_error(request, 409, error.message, back=back)
        messages.success(request, _("已撤回。"))
        return HttpResponseRedirect(back)
    context = {
        "form": form,
        "case": whole.root,
        "title": _("撤回申请"),
        "move": "withdraw",
        "back": back,
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/move.html", context, status=status)


@applicants_only
@require_safe
def paper(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """A paper of the application or of one of its records."""
    actor, whole = _whole(request, number)
    case = next(one for one in (whole.root, *whole.members) if one.number == number)
    verify, now = verify_address(request), timezone.now()
    made = printing.paper(actor, whole, case, seq, registers(), now, verify)
    if made is None:
        raise Http404
    return pdf_answer(made, f"{number}-{seq}")


@applicants_only
@require_safe
def notice(request: HttpRequest, record: str) -> HttpResponse:
    """两书同达: the notice of one's record, with that of its repair."""
    actor, now, found = _actor(request), timezone.now(), registers()
    row = reading.record_in_sight(actor, record)
    if row is None or row.party is None or row.party.file_id != actor.party_id:
        raise Http404
    (offer,) = reading.offers([row], now, found)
    made = printing.record_notice(actor, offer, found, now, verify_address(request))
    return pdf_answer(made, record)


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def elsewhere(request: HttpRequest, record: str) -> HttpResponse:
    """Say that a copy elsewhere still shows a record that is not shown here any more."""
    actor = _actor(request)
    row = reading.record_in_sight(actor, record)
    if row is None or row.party is None or row.party.file_id != actor.party_id:
        raise Http404
    form = CopyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            copies.report(
                record,
                True,
                actor,
                timezone.now(),
                site=form.cleaned_data["site"],
                note=form.cleaned_data["note"],
            )
        except FieldError as error:
            show(form, error)
        else:
            messages.success(request, _("已登记，信用管理员会督促该网站更新。"))
            return HttpResponseRedirect(reverse("repair:mine"))
    context = {"form": form, "record": row, "back": reverse("repair:mine")}
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/elsewhere.html", context, status=status)

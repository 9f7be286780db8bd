"""One payout for its enterprise: where it stands, why it is so much, saying no, being heard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.facts.snapshots import SnapshotTampered
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.direct_benefits.models import Clawback, Objection, Payout
from yishi.systems.direct_benefits.portal import judging, wording, words
from yishi.systems.direct_benefits.portal.catalogue import language
from yishi.systems.direct_benefits.portal.finding import FOLDER
from yishi.systems.direct_benefits.portal.mine import enterprises_only, mine_of
from yishi.systems.direct_benefits.portal.standing import Mine
from yishi.systems.direct_benefits.runs import answers
from yishi.systems.direct_benefits.runs.keeping import RunTampered
from yishi.systems.direct_benefits.runs.models import Run
from yishi.systems.direct_benefits.runs.periods import period_text
from yishi.systems.direct_benefits.services import clawing, leaving
from yishi.systems.direct_benefits.sight import payout_of


class DeclineForm(forms.Form):
    """Why the enterprise does not want it, if it wants to say."""

    reason = forms.CharField(
        label=gettext_lazy("为什么放弃（选填）"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.BooleanField(
        label=gettext_lazy("我确认放弃这一笔，放弃后不能恢复"),
        error_messages={"required": gettext_lazy("请先勾选确认")},
    )
    use_required_attribute = False


class ViewsForm(forms.Form):
    """What the enterprise says to a clawback."""

    text = forms.CharField(
        label=gettext_lazy("您的意见"),
        help_text=gettext_lazy("认为事实不对、计算有误，或者要求听证的，请在这里写明。"),
        max_length=2000,
        error_messages={"required": gettext_lazy("请写明您的意见")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    use_required_attribute = False


def found_payout(request: HttpRequest, number: str) -> tuple[Mine, Payout]:
    """The party's own payout, else 404."""
    who = mine_of(request, timezone.now())
    try:
        payout = payout_of(who.actor, number)
    except CaseNotFound:
        raise Http404 from None
    if payout.party.file_id != who.party.pk:
        raise Http404
    return who, payout


@enterprises_only
@require_safe
def payout(request: HttpRequest, number: str) -> HttpResponse:
    """Where it stands and why."""
    who, found = found_payout(request, number)
    claws = list(Clawback.objects.visible_to(who.actor).filter(payout=found).order_by("-pk"))
    objections = Objection.objects.visible_to(who.actor).filter(payout=found).order_by("-pk")
    context = {
        "payout": found,
        "number": number,
        "name": found.batch.item_name,
        "label": wording.label(found),
        "tone": wording.tone(found),
        "where": wording.where(found, who.now),
        "steps": wording.steps(found),
        "facts": _facts(found),
        "reasons": reasons_of(found, who),
        "may_decline": wording.may_decline(found),
        "claws": [_claw(one, who.now) for one in claws],
        "objections": [_objection(one) for one in objections],
        "account": found.state in ("held", "returned"),
        "item_url": reverse("policies:item", args=[found.item_key]),
        "simulated": found.batch.simulated,
    }
    return render_page(request, f"{FOLDER}/payout.html", context)


def _facts(found: Payout) -> list[Fact]:
    rows = [
        Fact(_("所属期"), period_text(found.batch.period)),
        Fact(_("批次"), found.batch.number),
        Fact(_("按规则应得"), words.yuan(found.award_fen, language())),
    ]
    if found.claim_fen != found.award_fen:
        hint = _("已减去同类奖补中先前得到的部分或者超出上限的部分")
        rows.append(Fact(_("扣减后"), words.yuan(found.claim_fen, language()), hint=hint))
    if found.amount_fen != found.claim_fen:
        hint = _("预算不足，全部企业按同一比例")
        rows.append(Fact(_("预算内可得"), words.yuan(found.amount_fen, language()), hint=hint))
    if found.set_off_fen:
        rows.append(Fact(_("已抵扣"), words.yuan(found.set_off_fen, language())))
    rows.append(Fact(_("已到账"), words.yuan(found.paid_fen, language())))
    if found.paid_at:
        rows.append(Fact(_("到账时间"), moment_text(found.paid_at)))
    if found.reason:
        rows.append(Fact(_("原因"), found.reason))
    return rows


def reasons_of(found: Payout, who: Mine) -> list[judging.Line]:
    """The outcome of every condition as the batch's run stored it; empty for what a department
    added by hand."""
    run_id = found.batch.run_id
    run = Run.objects.filter(pk=run_id).first() if run_id else None
    if run is None or not who.code:
        return []
    try:
        row = answers.row_of(run, who.code)
        if row is None:
            return []
        (answer,) = answers.at(run, row, [found.item_key]).items
    except (LookupError, RunTampered, SnapshotTampered):
        return []
    return [judging.line_of(one, language()) for one in answer.outcome]


def _claw(one: Clawback, now: datetime) -> dict[str, Any]:
    return {
        "claw": one,
        "sum": words.yuan(one.amount_fen, language()),
        "repaid": words.yuan(one.repaid_fen, language()),
        "may_speak": one.state == Clawback.NOTICED and now <= one.views_until,
        "said": clawing.said(one),
        "plan": [(part["due"], words.yuan(part["fen"], language())) for part in one.plan],
    }


def _objection(one: Objection) -> dict[str, Any]:
    return {"state": one.get_state_display(), "finding": one.finding, "due": one.due_at}


@enterprises_only
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, number: str) -> HttpResponse:
    """Say no."""
    who, found = found_payout(request, number)
    back = reverse("policies:payout", args=[number])
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            leaving.decline(who.actor, number, who.now, form.cleaned_data["reason"])
            messages.success(request, _("已放弃这一笔。"))
            return HttpResponseRedirect(back)
        except (FieldError, MoveRefused) as error:
            form.add_error(None, error.message)
    context = {
        "form": form,
        "name": found.batch.item_name,
        "sum": words.yuan(found.amount_fen, language()),
        "back": back,
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/decline.html", context, status=status)


@enterprises_only
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def speak(request: HttpRequest, number: str) -> HttpResponse:
    """陈述申辩: be heard before a clawback is decided."""
    who, found = found_payout(request, number)
    rows = Clawback.objects.visible_to(who.actor).filter(payout=found, state=Clawback.NOTICED)
    claw = rows.first()
    if claw is None:
        raise Http404
    back = reverse("policies:payout", args=[number])
    held = {"text": clawing.said(claw)}
    form = ViewsForm(request.POST if request.method == "POST" else None, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            clawing.views(who.actor, number, form.cleaned_data["text"], who.now)
            messages.success(request, _("意见已送到主管部门，决定前会考虑。"))
            return HttpResponseRedirect(back)
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except MoveRefused as error:
            form.add_error(None, error.message)
    context = {"form": form, "one": _claw(claw, who.now), "back": back}
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/speak.html", context, status=status)

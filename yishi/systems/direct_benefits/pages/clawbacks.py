"""Clawbacks: the list, the notice of a new one, and one with hearing, decision and repayments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Fact, Tab, light
from yishi.systems.direct_benefits import sight
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.models import Clawback, Payout
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.pages.forms import DecisionForm, NoticeForm
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.services import clawing
from yishi.systems.direct_benefits.studio import literals

KEEPERS = (s.OFFICER, s.MAKER, s.CHECKER)
MOST = 100
_TONES = {"noticed": "warn", "decided": "bad", "repaid": "good", "dropped": "neutral"}


@require_safe
@role_only(*KEEPERS)
def clawbacks(request: HttpRequest) -> HttpResponseBase:
    """The clawbacks that run, newest first; or those that are over."""
    actor, now = actor_of(request), timezone.now()
    over = request.GET.get("over") == "1"
    states = ("repaid", "dropped") if over else ("noticed", "decided")
    rows = Clawback.objects.visible_to(actor).filter(state__in=states).order_by("-pk")
    address = reverse("desk:direct_benefits:clawbacks")
    context = {
        "rows": [
            _row(one, now) for one in rows.select_related("payout__party", "payout__batch")[:MOST]
        ],
        "tabs": [
            Tab(_("办理中"), address, None, not over),
            Tab(_("已了结"), f"{address}?over=1", None, over),
        ],
        "over": over,
    }
    return render_desk(request, "benefit_studio/desk/clawbacks.html", context)


def _row(one: Clawback, now: datetime) -> dict[str, Any]:
    return {
        "clawback": one,
        "name": one.payout.party.name,
        "item": one.payout.batch.item_name,
        "url": reverse("desk:direct_benefits:clawback", args=[one.number]),
        "amount": common.yuan(one.amount_fen),
        "owed": common.yuan(one.amount_fen - one.repaid_fen),
        "light": light(one.views_until, now) if one.state == Clawback.NOTICED else None,
        "tone": _TONES[one.state],
    }


@require_http_methods(common.GET_AND_POST)
@role_only(s.OFFICER)
@common.answered
def new(request: HttpRequest, number: str) -> HttpResponseBase:
    """The notice of a clawback of the payout whose case is *number*."""
    actor, now = actor_of(request), timezone.now()
    payout = sight.payout_of(actor, number)
    form = NoticeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            stated = form.cleaned_data["amount"]
            raw = dict(form.cleaned_data) | {
                "amount_fen": literals.fen_of("amount", stated) if stated else None
            }
            made = clawing.notice(actor, number, raw, now)
        except FieldError as error:
            name = "amount" if error.field == "amount_fen" else error.field
            form.add_error(name if name in form.fields else None, error.message)
        else:
            messages.success(request, _("追回告知已发出，企业可以陈述申辩。"))
            return HttpResponseRedirect(
                reverse("desk:direct_benefits:clawback", args=[made.number])
            )
    context = {
        "title": _("追回告知"),
        "form": form,
        "facts": [
            Fact(_("企业"), payout.party.name),
            Fact(_("事项"), payout.batch.item_name),
            Fact(_("已兑现"), common.yuan(payout.paid_fen + payout.set_off_fen)),
        ],
        "back": reverse("desk:case", args=[number]),
    }
    return render_desk(
        request,
        "benefit_studio/desk/clawback_new.html",
        context,
        status=422 if form.errors else 200,
    )


def clawback_of(actor: Actor, number: str) -> Clawback:
    """The clawback *number* of a payout in sight. Raises CaseNotFound."""
    if not storable_number(number):
        raise CaseNotFound(number)
    rows = Clawback.objects.visible_to(actor).filter(number=number)
    found: Clawback | None = rows.select_related(
        "payout__party", "payout__batch__unit", "payout__case"
    ).first()
    if found is None:
        raise CaseNotFound(number)
    return found


@require_http_methods(common.GET_AND_POST)
@role_only(*KEEPERS)
@common.answered
def clawback(request: HttpRequest, number: str) -> HttpResponseBase:
    """One clawback; each button of the page posts here."""
    actor, now = actor_of(request), timezone.now()
    found = clawback_of(actor, number)
    told: FieldError | None = None
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            verb = _VERBS.get(act)
            if verb is None:
                raise FieldError("act", "没有这一步", "unknown")
            said = verb(actor, found, request.POST, now)
        except FieldError as error:
            if error.code == "role":
                raise
            told = error
        else:
            messages.success(request, said)
            return HttpResponseRedirect(request.path)
    context = _shown(actor, found, now) | {"told": told, "post": request.POST}
    status = 422 if told is not None else 200
    return render_desk(request, "benefit_studio/desk/clawback.html", context, status=status)


def _decide(actor: Actor, claw: Clawback, post: QueryDict, now: datetime) -> str:
    parts = DecisionForm.plan_of(post)
    number = claw.payout.case.number
    clawing.decide(actor, number, {"decision": post.get("decision"), "plan": parts}, now)
    return _("已决定追回，企业按计划退还。")


def _drop(actor: Actor, claw: Clawback, post: QueryDict, now: datetime) -> str:
    clawing.drop(actor, claw.payout.case.number, post.get("note", ""), now)
    return _("不予追回，已记录理由。")


def _repay(actor: Actor, claw: Clawback, post: QueryDict, now: datetime) -> str:
    fen = literals.fen_of("fen", post.get("fen", "")[:30])
    clawing.repay(actor, claw.payout.case.number, fen, post.get("key", ""), now)
    return _("已记录退还。")


def _set_off(actor: Actor, claw: Clawback, post: QueryDict, now: datetime) -> str:
    fen = literals.fen_of("set_off_fen", post.get("set_off_fen", "")[:30])
    against = common.whole(post.get("against"))
    clawing.set_off(actor, claw.payout.case.number, against, fen, post.get("law", ""), now)
    return _("已抵扣。")


_VERBS: Mapping[str, Callable[[Actor, Clawback, QueryDict, datetime], str]] = {
    "decide": _decide,
    "drop": _drop,
    "repay": _repay,
    "set-off": _set_off,
}


def _shown(actor: Actor, claw: Clawback, now: datetime) -> dict[str, Any]:
    payout = claw.payout
    mine = any(g.role == s.OFFICER and g.unit_id == payout.batch.unit_id for g in actor.grants)
    noticed, decided = claw.state == Clawback.NOTICED, claw.state == Clawback.DECIDED
    heard = claw.views_at is not None or now > claw.views_until
    owed = claw.amount_fen - claw.repaid_fen
    context: dict[str, Any] = {
        "clawback": claw,
        "title": _("向 %(name)s 追回") % {"name": payout.party.name},
        "tone": _TONES[claw.state],
        "facts": _facts(claw),
        "light": light(claw.views_until, now) if noticed else None,
        "views": clawing.said(claw) if mine and claw.views_sealed else "",
        "hidden_views": bool(claw.views_sealed) and not mine,
        "heard": heard,
        "plan": [
            {"due": date.fromisoformat(one["due"]), "sum": common.yuan(one["fen"])}
            for one in claw.plan
        ],
        "repayments": [
            {
                "at": one.at,
                "kind": one.get_kind_display(),
                "sum": common.yuan(one.fen),
                "key": one.key if one.kind == "money" else one.law,
            }
            for one in claw.repayments.order_by("at")
        ],
        "owed": common.yuan(owed),
        "owed_plain": literals.yuan_text(owed),
        "may_decide": mine and noticed and heard,
        "may_drop": mine and noticed,
        "may_repay": decided and (mine or actor.has(s.MAKER, s.CHECKER)),
        "set_off": _set_off_choices(claw) if decided and mine else None,
        "suggested": (timezone.localtime(now).date() + timedelta(days=30)).isoformat(),
        "rows": range(6),
        "back": reverse("desk:direct_benefits:clawbacks"),
    }
    return context


def _facts(claw: Clawback) -> list[Fact]:
    payout = claw.payout
    case = reverse("desk:case", args=[payout.case.number])
    rows = [
        Fact(_("追回编号"), claw.number),
        Fact(_("兑现"), payout.case.number, hint=payout.batch.item_name, url=case),
        Fact(_("追回金额"), common.yuan(claw.amount_fen)),
        Fact(_("已退还"), common.yuan(claw.repaid_fen)),
        Fact(_("事由"), claw.get_ground_display()),
        Fact(_("过错"), claw.get_erred_display()),
        Fact(_("事实和证据"), claw.facts),
        Fact(_("依据"), claw.basis),
    ]
    if claw.decision:
        rows.append(Fact(_("决定理由"), claw.decision))
    if claw.state in ("decided", "repaid"):
        credit = _("已计入信用记录") if claw.credit_record else _("不计入信用记录")
        rows.append(Fact(_("信用"), credit, hint=_("只有企业提供虚假材料的才计入")))
    return rows


def _set_off_choices(claw: Clawback) -> dict[str, Any] | None:
    """What may be set off against: only where the item's rule allows it."""
    try:
        rule = book.item_version(claw.payout.batch.item_version_id).clawback
    except KeyError:
        rule = None
    if rule is None or not rule.set_off:
        return None
    rows = Payout.objects.unscoped("other payouts of the party that owes").filter(
        party__file_id=claw.payout.party.file_id, state="funds_asked"
    )
    found = rows.exclude(pk=claw.payout_id).select_related("batch", "case")[:20]
    choices = [
        (one.pk, f"{one.batch.item_name} {common.yuan(one.amount_fen - one.set_off_fen)}")
        for one in found
    ]
    return {"choices": choices, "law": rule.law}

"""Payment orders: what waits, the list, one order with what may be done to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.foundation.ui.parts import Fact
from yishi.systems.direct_benefits.payments import (
    accounts,
    demo,
    orders,
    payers,
    sending,
    waiting,
)
from yishi.systems.direct_benefits.payments.models import PaymentLine, PaymentOrder
from yishi.systems.direct_benefits.payments.pages.common import (
    TONES,
    ReasonForm,
    download,
    finance_only,
    handled,
    page_of,
    people,
    put_error,
    simulating,
    tabs,
    yuan,
)
from yishi.systems.direct_benefits.payments.roles import CHECKER, MAKER

_TABS = (
    ("", _("全部")),
    (PaymentOrder.DRAFT, _("待复核")),
    (PaymentOrder.CHECKED, _("待发送")),
    (PaymentOrder.SENT, _("已发送")),
    (PaymentOrder.SETTLED, _("已清结")),
)
_LINES = (("", _("全部")), *PaymentLine.STATES)


def _row(order: PaymentOrder) -> dict[str, Any]:
    return {
        "order": order,
        "total": yuan(order.total_fen),
        "state": order.get_state_display(),
        "tone": TONES[order.state],
        "channel": order.payer.get_channel_display(),
        "url": reverse("desk:payments:order", args=[order.number]),
    }


@finance_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The orders of one's unit, newest first."""
    actor = actor_of(request)
    state, shown = tabs(request, "desk:payments:orders", "state", _TABS)
    rows = PaymentOrder.objects.visible_to(actor).select_related("payer").order_by("-id")
    paged = page_of(rows.filter(state=state) if state else rows, request)
    context = {
        "title": gettext("拨付单"),
        "tabs": shown,
        "rows": [_row(order) for order in paged.rows],
        "following": paged.following,
        "makes": actor.has(MAKER),
    }
    return render_desk(request, "benefit_payments/orders.html", context)


class ChooseForm(forms.Form):
    """Which groups are ordered."""

    use_required_attribute = False
    groups = forms.MultipleChoiceField(
        label=_("批次"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选择要制单的批次")},
    )


@finance_only
@require_http_methods(["GET", "HEAD", "POST"])
@handled
def to_pay(request: HttpRequest) -> HttpResponseBase:
    """What waits to be paid, by batch; the maker orders what is chosen."""
    actor, now = actor_of(request), timezone.now()
    found = [
        (source, group)
        for source in waiting.SOURCES.values()
        for group in source.groups(actor, now)
    ]
    form = ChooseForm(request.POST if request.method == "POST" else None)
    choices = [(f"{source.kind}/{group.key}", group.label) for source, group in found]
    form.fields["groups"].choices = choices  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            return _ordered(request, actor, form.cleaned_data["groups"])
        except FieldError as error:
            put_error(form, error)
    ticked = set(form.data.getlist("groups")) if form.is_bound else set()  # type: ignore[attr-defined]
    today = timezone.localdate()
    rows = [
        {
            "value": f"{source.kind}/{group.key}",
            "ticked": f"{source.kind}/{group.key}" in ticked,
            "group": group,
            "total": yuan(group.total_fen),
            "early": bool(group.not_before and group.not_before > today),
        }
        for source, group in found
    ]
    context = {
        "title": gettext("待拨付"),
        "form": form,
        "rows": rows,
        "makes": actor.has(MAKER),
        "sources": waiting.SOURCES,
    }
    status = 400 if form.is_bound else 200
    return render_desk(request, "benefit_payments/waiting.html", context, status=status)


def _ordered(request: HttpRequest, actor: Actor, chosen: list[str]) -> HttpResponse:
    now = timezone.now()
    made = []
    for kind, source in waiting.SOURCES.items():
        keys = [one.partition("/")[2] for one in chosen if one.partition("/")[0] == kind]
        if keys:
            made.append(source.order(actor, keys, now))
    for one in made:
        _told(request, one)
    orders_made = [one.order for one in made if one.order is not None]
    if len(orders_made) == 1:
        return HttpResponseRedirect(reverse("desk:payments:order", args=[orders_made[0].number]))
    return HttpResponseRedirect(reverse("desk:payments:orders"))


def _told(request: HttpRequest, made: Any) -> None:
    if made.order is not None:
        text = gettext("已制单 %(number)s，共 %(n)s 笔，等待复核。")
        messages.success(request, text % {"number": made.order.number, "n": made.new})
    else:
        messages.info(request, gettext("没有新的款项需要制单。"))
    if made.held:
        text = ngettext(
            "%(n)s 笔因账户待核实没有制单。", "%(n)s 笔因账户待核实没有制单。", len(made.held)
        )
        messages.warning(request, text % {"n": len(made.held)})


def _order(request: HttpRequest, number: str) -> PaymentOrder:
    rows = PaymentOrder.objects.visible_to(actor_of(request)).select_related("payer", "unit")
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return found


@finance_only
@require_safe
def one(request: HttpRequest, number: str) -> HttpResponse:
    """An order: figures, lines, what happened, what may be done now."""
    order, actor = _order(request, number), actor_of(request)
    lines = PaymentLine.objects.visible_to(actor).filter(order=order)
    sums = lines.values_list("state").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    by_state = {state: (n, yuan(fen)) for state, n, fen in sums}
    chosen = request.GET.get("state", "")
    shown = lines.filter(state=chosen) if chosen in dict(PaymentLine.STATES) else lines
    paged = page_of(shown.select_related("account", "party").order_by("position"), request)
    context = {
        "title": order.number,
        "order": order,
        "state": order.get_state_display(),
        "tone": TONES[order.state],
        "facts": _facts(order),
        "sums": [
            {
                "label": label,
                "state": state,
                "tone": TONES.get(state, "active"),
                "count": by_state[state][0],
                "total": by_state[state][1],
            }
            for state, label in PaymentLine.STATES
            if state in by_state
        ],
        "chosen": chosen,
        "lines": [_line(line) for line in paged.rows],
        "following": paged.following,
        "form": ReasonForm(),
        "may": _may(order, actor),
        "payers": payers.for_orders() if order.state == PaymentOrder.DRAFT else (),
        "forms": sending.FORMATS[order.payer.channel],
        "simulating": simulating() and order.state == PaymentOrder.SENT,
    }
    return render_desk(request, "benefit_payments/order.html", context)


def _may(order: PaymentOrder, actor: Actor) -> dict[str, bool]:
    draft = order.state == PaymentOrder.DRAFT
    checker = actor.has(CHECKER)
    return {
        "check": draft and checker and order.made_by != actor.ref,
        "own": draft and checker and order.made_by == actor.ref,
        "remove": draft and actor.has(MAKER),
        "send": order.state == PaymentOrder.CHECKED,
        "again": order.state in (PaymentOrder.SENT, PaymentOrder.SETTLED),
        "cancel": order.state in (PaymentOrder.DRAFT, PaymentOrder.CHECKED),
    }


def _facts(order: PaymentOrder) -> list[Fact]:
    who = people([order.made_by, order.checked_by, order.sent_by, order.cancelled_by])

    def step(ref: str, at: Any) -> str:
        moment = f" {timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
        return f"{who.get(ref, ref)}{moment}"

    simulated = gettext("模拟账户") if order.payer.simulated else ""
    facts = [
        Fact(gettext("用途"), order.purpose),
        Fact(gettext("合计"), f"{yuan(order.total_fen)} {gettext('元')}"),
        Fact(gettext("笔数"), order.count),
        Fact(gettext("付款账户"), order.payer.name, hint=simulated),
        Fact(gettext("渠道"), order.payer.get_channel_display()),
        Fact(gettext("制单"), step(order.made_by, order.made_at)),
    ]
    if order.checked_by:
        facts.append(Fact(gettext("复核"), step(order.checked_by, order.checked_at)))
        facts.append(Fact(gettext("内容摘要"), order.content_hash[:16], hint="SHA-256"))
    if order.sent_at:
        facts.append(Fact(gettext("发送"), step(order.sent_by, order.sent_at)))
    if order.settled_at:
        facts.append(Fact(gettext("清结"), step("", order.settled_at)))
    if order.cancelled_by:
        facts.append(Fact(gettext("作废"), step(order.cancelled_by, None), hint=order.reason))
    return facts


def _line(line: PaymentLine) -> dict[str, Any]:
    shown = accounts.shown(line.account)
    return {
        "line": line,
        "payee": shown_name(line.party),
        "account": shown,
        "amount": yuan(line.amount_fen),
        "state": line.get_state_display(),
        "tone": TONES.get(line.state, "active"),
        "on": line.returned_on or line.booked_on,
        "account_url": reverse("desk:payments:account", args=[line.account_id]),
    }


@finance_only
@require_POST
@handled
def check(request: HttpRequest, number: str) -> HttpResponse:
    """The second person confirms."""
    _order(request, number)
    orders.check(actor_of(request), number, timezone.now())
    messages.success(request, gettext("已复核。内容从现在起不能改动。"))
    return HttpResponseRedirect(reverse("desk:payments:order", args=[number]))


@finance_only
@require_POST
@handled
def remove(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """A line leaves a draft."""
    _order(request, number)
    orders.remove(actor_of(request), number, [line], timezone.now())
    messages.success(request, gettext("已移出，该笔回到待拨付。"))
    return HttpResponseRedirect(reverse("desk:payments:order", args=[number]))


@finance_only
@require_POST
@handled
def payer(request: HttpRequest, number: str) -> HttpResponse:
    """A draft is paid from another account."""
    _order(request, number)
    chosen = request.POST.get("payer", "")
    orders.choose_payer(actor_of(request), number, chosen, timezone.now())
    messages.success(request, gettext("付款账户已更改。"))
    return HttpResponseRedirect(reverse("desk:payments:order", args=[number]))


@finance_only
@require_POST
@handled
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """An order whose file was not given out is withdrawn."""
    _order(request, number)
    orders.cancel(actor_of(request), number, request.POST.get("reason", ""), timezone.now())
    messages.success(request, gettext("已作废，款项回到待拨付。"))
    return HttpResponseRedirect(reverse("desk:payments:order", args=[number]))


@finance_only
@require_POST
@handled
def file(request: HttpRequest, number: str) -> HttpResponse:
    """The payment file; the first time the order counts as sent."""
    _order(request, number)
    form = request.POST.get("form", "")
    return download(sending.send(actor_of(request), number, timezone.now(), form))


@finance_only
@require_POST
@handled
def simulate(request: HttpRequest, number: str) -> HttpResponse:
    """The made-up bank answers (模拟): in the demo only."""
    if not simulating():
        raise Http404
    _order(request, number)
    taken = demo.bank_answers(actor_of(request), number, timezone.now())
    text = gettext("模拟银行应答了 %(n)s 份回单。")
    messages.success(request, text % {"n": len(taken)})
    return HttpResponseRedirect(reverse("desk:payments:order", args=[number]))

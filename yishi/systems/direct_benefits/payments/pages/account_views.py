"""Payees' accounts at the desk: which wait, and what the second person does with one."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.parties.naming import shown_name
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.foundation.ui.parts import Fact
from yishi.systems.direct_benefits.payments import accounts, penny
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PennyTest
from yishi.systems.direct_benefits.payments.pages.common import (
    TONES,
    Plain,
    ReasonForm,
    download,
    finance_only,
    handled,
    page_of,
    people,
    put_error,
    tabs,
)
from yishi.systems.direct_benefits.payments.roles import CHECKER

_TABS = (
    ("", _("待核实")),
    (PayeeAccount.NEW, _("新登记")),
    (PayeeAccount.HELD, _("有疑问")),
    (PayeeAccount.VERIFIED, _("已核实")),
    (PayeeAccount.CLOSED, _("已停用")),
)


class VerifyForm(Plain):
    """How the second person knows."""

    how = forms.ChoiceField(
        label=_("核实方式"),
        choices=(
            (PayeeAccount.PERSON, _("已与开户行或企业核对，户名一致")),
            (PayeeAccount.DOCUMENT, _("户名不一致，凭证明材料复核")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择核实方式")},
    )
    evidence = forms.CharField(
        label=_("核对说明或证明材料"),
        required=False,
        max_length=200,
        help_text=_("户名不一致的，写明材料名称、文号和存放处。"),
    )


class PurposeForm(Plain):
    """What the full number is needed for."""

    purpose = forms.CharField(
        label=_("查看用途"), max_length=200, error_messages={"required": _("请写明用途")}
    )


def _row(account: PayeeAccount) -> dict[str, Any]:
    return {
        "account": account,
        "shown": accounts.shown(account),
        "party": shown_name(account.party),
        "tone": TONES[account.state],
        "url": reverse("desk:payments:account", args=[account.pk]),
    }


@finance_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Accounts by state; first those that wait for somebody."""
    state, shown = tabs(request, "desk:payments:accounts", "state", _TABS)
    rows = PayeeAccount.objects.visible_to(actor_of(request)).select_related("party")
    wanted = [state] if state else [PayeeAccount.NEW, PayeeAccount.HELD]
    order = "made_at" if not state else "-made_at"
    paged = page_of(rows.filter(state__in=wanted).order_by(order, "id"), request)
    context = {
        "title": gettext("收款账户"),
        "tabs": shown,
        "rows": [_row(account) for account in paged.rows],
        "following": paged.following,
        "asked": PennyTest.objects.filter(state=PennyTest.ASKED).count(),
        "sent": _files(),
    }
    return render_desk(request, "benefit_payments/accounts.html", context)


def _files() -> list[str]:
    """The newest files of small amounts, which may be taken again."""
    rows = PennyTest.objects.exclude(message_id="").order_by("-sent_at")
    return list(dict.fromkeys(rows.values_list("message_id", flat=True)[:200]))[:3]


def _account(request: HttpRequest, pk: uuid.UUID) -> PayeeAccount:
    rows = PayeeAccount.objects.visible_to(actor_of(request)).select_related("party__file")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@finance_only
@require_http_methods(["GET", "HEAD", "POST"])
@handled
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """An account: what is known, how its name stands to the party's, and verifying it."""
    account, actor = _account(request, pk), actor_of(request)
    form = VerifyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            accounts.verify(actor, pk, said["how"], said["evidence"], timezone.now())
        except FieldError as error:
            put_error(form, error)
        else:
            messages.success(request, gettext("账户已核实，可以用于支付。"))
            return HttpResponseRedirect(request.path)
    return _shown(request, account, form)


def _shown(
    request: HttpRequest,
    account: PayeeAccount,
    form: forms.Form,
    revealed: tuple[str, str] | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    waits = account.state in (PayeeAccount.NEW, PayeeAccount.HELD)
    test = account.penny_tests.order_by("-asked_at").first()
    context = {
        "title": shown_name(account.party),
        "row": _row(account),
        "facts": _facts(account),
        "form": form,
        "reason": ReasonForm(),
        "purpose": PurposeForm(),
        "revealed": revealed,
        "may": {
            "verify": waits and actor.has(CHECKER) and account.made_by != actor.ref,
            "own": waits and actor.has(CHECKER) and account.made_by == actor.ref,
            "penny": waits and account.match in (PayeeAccount.SAME, PayeeAccount.ALIAS),
            "hold": account.state in (PayeeAccount.NEW, PayeeAccount.VERIFIED),
        },
        "test": test,
        "others": [
            _row(other)
            for other in PayeeAccount.objects.visible_to(actor)
            .filter(party_id=account.party_id)
            .exclude(pk=account.pk)
            .select_related("party")
            .order_by("-made_at")
        ],
    }
    status = 400 if form.is_bound else 200
    return render_desk(request, "benefit_payments/account.html", context, status=status)


def _facts(account: PayeeAccount) -> list[Fact]:
    shown = accounts.shown(account)
    who = people([account.made_by, account.verified_by])
    made = f"{timezone.localtime(account.made_at):%Y-%m-%d %H:%M}"
    facts = [
        Fact(gettext("登记名称"), shown_name(account.party)),
        Fact(gettext("户名"), shown.name, hint=str(shown.match)),
        Fact(gettext("账号"), shown.number),
        Fact(gettext("开户行"), account.bank, hint=account.bank_code),
        Fact(gettext("账户类型"), shown.kind),
        Fact(gettext("登记"), f"{who.get(account.made_by, account.made_by)} {made}"),
    ]
    if account.verified_at:
        seen = f"{timezone.localtime(account.verified_at):%Y-%m-%d %H:%M}"
        how = str(account.get_verified_how_display())
        by = who.get(account.verified_by, "")
        facts.append(Fact(gettext("核实"), f"{by} {seen}".strip(), hint=how))
        if account.evidence:
            facts.append(Fact(gettext("依据"), account.evidence))
    if account.reason:
        facts.append(Fact(gettext("原因"), account.reason))
    return facts


@finance_only
@require_POST
@handled
def act(request: HttpRequest, pk: uuid.UUID, verb: str) -> HttpResponseBase:
    """Hold, close, ask for a small amount, or look at the number with a purpose."""
    account, actor, now = _account(request, pk), actor_of(request), timezone.now()
    if verb == "hold":
        accounts.hold(actor, pk, request.POST.get("reason", ""), now)
        messages.success(request, gettext("账户已暂停使用。"))
    elif verb == "close":
        accounts.close(actor, pk, request.POST.get("reason", ""), now)
        messages.success(request, gettext("账户已停用。"))
    elif verb == "penny":
        penny.ask(actor, pk, now)
        messages.success(request, gettext("已登记小额打款验证，等待发送。"))
    elif verb == "reveal":
        seen = accounts.reveal(actor, pk, request.POST.get("purpose", ""), now)
        return _shown(request, account, VerifyForm(), seen)
    else:
        raise Http404
    return HttpResponseRedirect(reverse("desk:payments:account", args=[pk]))


@finance_only
@require_POST
@handled
def penny_file(request: HttpRequest) -> HttpResponse:
    """The payment file of the small amounts that wait, or an earlier one again."""
    again = request.POST.get("again", "")
    return download(penny.send(actor_of(request), timezone.now(), again=again))

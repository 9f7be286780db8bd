"""收款账户: which account is paid to, a new one, and naming the small amount that proves it."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.access.throttle import Limit
from yishi.foundation.parties.party_models import INDIVIDUAL_BUSINESS
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.direct_benefits.payments import accounts, penny
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PennyTest
from yishi.systems.direct_benefits.portal.finding import FOLDER
from yishi.systems.direct_benefits.portal.mine import enterprises_only, mine_of
from yishi.systems.direct_benefits.portal.standing import Mine

_TONES = {"verified": "good", "new": "active", "held": "warn", "closed": "neutral"}
#: Accounts that one party may give in a day.
MOST = 10


class AccountForm(forms.Form):
    """An account in the enterprise's own name."""

    name = forms.CharField(
        label=gettext_lazy("户名"),
        help_text=gettext_lazy("和营业执照上的名称完全一致，不一致的先核实，暂时不能拨付。"),
        max_length=200,
        error_messages={"required": gettext_lazy("请填写户名")},
    )
    number = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写账号")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank = forms.CharField(
        label=gettext_lazy("开户银行"),
        max_length=70,
        error_messages={"required": gettext_lazy("请填写开户银行")},
    )
    bank_code = forms.CharField(
        label=gettext_lazy("开户行联行号"),
        help_text=gettext_lazy("12 位数字，开户许可证或者网上银行里有。"),
        max_length=12,
        error_messages={"required": gettext_lazy("请填写联行号")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("账户类型"),
        choices=[],
        error_messages={"required": gettext_lazy("请选择")},
    )
    use_required_attribute = False

    def __init__(self, who: Mine, data: Any = None) -> None:
        super().__init__(data, initial={"name": who.party.name, "kind": PayeeAccount.CORPORATE})
        kinds = [PayeeAccount.CORPORATE]
        if who.party.kind == INDIVIDUAL_BUSINESS:
            kinds.append(PayeeAccount.PREMIUM)
        labels = dict(PayeeAccount.KINDS)
        self.fields["kind"].choices = [(one, labels[one]) for one in kinds]  # type: ignore[attr-defined]


@enterprises_only
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The accounts with how they stand; the number's last four digits only."""
    who = mine_of(request, timezone.now())
    held = accounts.of_party(who.actor, who.party)
    usable, reason = accounts.usable(who.party, who.now)
    open_tests = set(
        PennyTest.objects.filter(
            account_id__in=[one.id for one in held], state=PennyTest.SENT
        ).values_list("account_id", flat=True)
    )
    context = {
        "rows": [
            {
                "shown": one,
                "tone": _TONES.get(one.state, "neutral"),
                "penny": one.id in open_tests,
                "prove": one.state in (PayeeAccount.NEW, PayeeAccount.HELD)
                and one.id not in open_tests,
                "in_use": usable is not None and one.id == usable.pk,
            }
            for one in held
        ],
        "usable": usable,
        "reason": reason,
    }
    return render_page(request, f"{FOLDER}/account.html", context)


@enterprises_only
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Another account; it is verified before it is used."""
    who = mine_of(request, timezone.now())
    form = AccountForm(who, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        Limit("portal.accounts", MOST, 86_400).take(str(who.party.pk))
        said = form.cleaned_data
        raw = accounts.AccountInput(
            said["name"], said["number"], said["bank"], said["bank_code"], said["kind"]
        )
        try:
            made = accounts.register(
                who.actor, who.party, raw, who.now, simulated=who.party.simulated
            )
            text = made.reason or _("账户已登记，核实后才会使用。在此之前仍按原账户。")
            messages.success(request, text)
            return HttpResponseRedirect(reverse("policies:account"))
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    context = {"form": form, "back": reverse("policies:account")}
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/account_new.html", context, status=status)


def _own(who: Mine, pk: uuid.UUID) -> PayeeAccount:
    rows = PayeeAccount.objects.visible_to(who.actor).filter(party__file_id=who.party.pk)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@enterprises_only
@require_POST
def prove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for a small amount to be sent to the account."""
    who = mine_of(request, timezone.now())
    back = reverse("policies:account")
    try:
        penny.ask(who.actor, _own(who, pk).pk, who.now)
    except FieldError as error:
        raise PageError(409, error.message, back=back) from error
    messages.success(request, _("银行会打来一笔小额款项，收到后回来填写金额。"))
    return HttpResponseRedirect(back)


class PennyForm(forms.Form):
    """The amount that came."""

    amount = forms.DecimalField(
        label=gettext_lazy("收到的金额（元）"),
        max_digits=4,
        decimal_places=2,
        min_value=Decimal("0.01"),
        error_messages={
            "required": gettext_lazy("请填写收到的金额"),
            "invalid": gettext_lazy("请填写收到的金额，如 0.37"),
        },
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    use_required_attribute = False


@enterprises_only
@require_http_methods(["GET", "HEAD", "POST"])
def name_penny(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Name the small amount: the right one verifies the account."""
    who = mine_of(request, timezone.now())
    held = _own(who, pk)
    form = PennyForm(request.POST if request.method == "POST" else None)
    back = reverse("policies:account")
    if request.method == "POST" and form.is_valid():
        try:
            fen = int(form.cleaned_data["amount"] * 100)
            if penny.confirm(who.actor, held.pk, fen, who.now):
                messages.success(request, _("账户已核实，以后拨付到这个账户。"))
                return HttpResponseRedirect(back)
            form.add_error("amount", _("金额不对，请核对银行流水。错三次要重新打款。"))
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    context = {"form": form, "shown": accounts.shown(held), "back": back}
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/penny.html", context, status=status)

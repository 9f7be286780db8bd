"""Accounts, and the transfers of one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.ledger.desk.common import PAGE, for_readers, number_in, text_in
from yishi.foundation.ledger.models import Account, Transfer
from yishi.foundation.ledger.pots import OWNER
from yishi.foundation.ledger.showing import amount, money
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, export_page, export_url
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.foundation.ui.parts import Fact

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer as the account sees it: the other account, what came in on either side."""

    transfer: Transfer
    other: Account
    debit: int
    credit: int

    @property
    def debit_text(self) -> str:
        """The debit, or nothing."""
        return amount(self.debit, self.transfer.unit) if self.debit else ""

    @property
    def credit_text(self) -> str:
        """The credit, or nothing."""
        return amount(self.credit, self.transfer.unit) if self.credit else ""


MOVES: Table[Move] = Table(
    "ledger-transfers",
    _("分录"),
    (
        Column("at", _("时间"), lambda row: row.transfer.at, kind="moment", width=18),
        Column("period", _("期间"), lambda row: row.transfer.period_id, width=10),
        Column("text", _("摘要"), lambda row: row.transfer.text, width=40),
        Column("other", _("对方科目"), lambda row: str(row.other), width=44),
        Column("debit", _("借方金额"), lambda row: row.debit / 100 or None, kind="money", width=18),
        Column(
            "credit", _("贷方金额"), lambda row: row.credit / 100 or None, kind="money", width=18
        ),
        Column("key", _("分录编号"), lambda row: row.transfer.key, width=40),
    ),
)


def of(transfer: Transfer, account: Account) -> Move:
    """A transfer from the side of *account*."""
    if transfer.debit_id == account.pk:
        return Move(transfer, transfer.credit, transfer.amount, 0)
    return Move(transfer, transfer.debit, 0, transfer.amount)


@for_readers
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Accounts in sight, by code, narrowed by words."""
    rows: QuerySet[Account] = Account.objects.visible_to(actor_of(request))
    q = text_in(request, "q")
    if q:
        rows = rows.filter(Q(code__icontains=q) | Q(name__icontains=q))
    after = text_in(request, "after")
    found = list(rows.filter(code__gt=after).order_by("code")[: PAGE + 1])
    context = {
        "accounts": [(one, amount(one.balance, one.unit)) for one in found[:PAGE]],
        "next": found[PAGE - 1].code if len(found) > PAGE else "",
        "q": q,
    }
    return render_desk(request, "ledger/accounts.html", context)


def _account(request: HttpRequest, pk: int) -> Account:
    found: Account | None = Account.objects.visible_to(actor_of(request)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _transfers(account: Account) -> QuerySet[Transfer]:
    rows: QuerySet[Transfer] = Transfer.objects.unscoped("of an account that the reader may see")
    return rows.filter(Q(debit=account) | Q(credit=account)).select_related("debit", "credit")


@for_readers
@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account and its transfers, the newest first."""
    found = _account(request, pk)
    rows, after = _transfers(found), number_in(request, "after")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    moves = list(rows.order_by("-pk")[: PAGE + 1])
    unit = found.unit
    facts = [
        Fact(gettext("科目编码"), found.code),
        Fact(gettext("余额方向"), found.get_side_display()),
        Fact(gettext("余额"), amount(found.balance, unit)),
        Fact(gettext("借方累计"), amount(found.debits, unit)),
        Fact(gettext("贷方累计"), amount(found.credits, unit)),
        Fact(
            gettext("余额下限"),
            gettext("不限") if found.floor is None else amount(found.floor, unit),
        ),
        Fact(gettext("计量单位"), found.get_unit_display()),
        Fact(gettext("状态"), gettext("已停用") if found.closed else gettext("使用中")),
    ]
    owner = ""
    if found.owner_kind == OWNER:
        owner = reverse("desk:ledger:line", args=[int(found.owner_id)])
    context = {
        "account": found,
        "facts": facts,
        "owner": owner,
        "moves": [of(one, found) for one in moves[:PAGE]],
        "next": str(moves[PAGE - 1].pk) if len(moves) > PAGE else "",
        "export_url": export_url(request, "desk:ledger:account-export", pk),
    }
    return render_desk(request, "ledger/account.html", context)


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def exported(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The transfers of an account as a file."""
    found = _account(request, pk)
    rows = _transfers(found)

    def parts() -> list[Part]:
        return [Part(MOVES, (of(one, found) for one in rows.order_by("pk").iterator(CHUNK)))]

    filters = [(gettext("科目"), str(found)), (gettext("余额"), money(found.balance))]
    back = reverse("desk:ledger:account", args=[pk])
    return export_page(
        request, Offer(MOVES.key, MOVES.title, parts, counted(rows), lambda: filters, back)
    )

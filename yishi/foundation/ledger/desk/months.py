"""Months: the trial balance and the vouchers, on the page, as Excel and as CSV."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.ledger import trial, vouchers
from yishi.foundation.ledger.desk.common import (
    PAGE,
    for_readers,
    number_in,
    period_in,
    periods_known,
    text_in,
)
from yishi.foundation.ledger.models import FEN, Account, Period
from yishi.foundation.ledger.showing import money
from yishi.foundation.ledger.vouchers import Line, Voucher
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, export_page, export_url
from yishi.foundation.ui.officer import actor_of, render_desk

BALANCES: Table[trial.Row] = Table(
    "ledger-trial",
    _("科目余额表"),
    (
        Column("code", _("科目编码"), lambda row: row.account.code, width=28),
        Column("name", _("科目名称"), lambda row: row.account.name, width=44),
        Column("side", _("方向"), lambda row: str(row.account.get_side_display()), width=6),
        Column("opening", _("期初余额"), lambda row: row.opening / 100, kind="money", width=18),
        Column("debits", _("本期借方"), lambda row: row.debits / 100, kind="money", width=18),
        Column("credits", _("本期贷方"), lambda row: row.credits / 100, kind="money", width=18),
        Column("closing", _("期末余额"), lambda row: row.closing / 100, kind="money", width=18),
    ),
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A line of a voucher, as files have it."""

    voucher: Voucher
    line: Line


VOUCHERS: Table[Entered] = Table(
    "ledger-vouchers",
    _("记账凭证"),
    (
        Column("number", _("凭证号"), lambda row: row.voucher.number, width=26),
        Column("day", _("日期"), lambda row: row.voucher.day, kind="day", width=12),
        Column("summary", _("摘要"), lambda row: row.voucher.summary, width=40),
        Column("code", _("科目编码"), lambda row: row.line.code, width=28),
        Column("name", _("科目名称"), lambda row: row.line.name, width=40),
        Column("functional", _("支出功能分类"), lambda row: row.line.functional),
        Column("economic", _("支出经济分类"), lambda row: row.line.economic),
        Column("debit", _("借方金额"), lambda row: row.line.debit / 100 or None, kind="money"),
        Column("credit", _("贷方金额"), lambda row: row.line.credit / 100 or None, kind="money"),
        Column("count", _("笔数"), lambda row: row.voucher.count, kind="number", width=8),
    ),
)


def _accounts(request: HttpRequest) -> QuerySet[Account]:
    rows: QuerySet[Account] = Account.objects.visible_to(actor_of(request))
    return rows.filter(unit=FEN).exclude(Q(debits=0) & Q(credits=0)).order_by("code")


@for_readers
@require_safe
def balances(request: HttpRequest) -> HttpResponse:
    """The trial balance of a month, of all accounts in sight that ever moved."""
    periods = periods_known()
    period = period_in(request, periods)
    after = text_in(request, "after")
    accounts = list(_accounts(request).filter(code__gt=after)[: PAGE + 1]) if period else []
    rows = trial.of_accounts(period.key, accounts[:PAGE]) if period else []
    context = {
        "periods": periods,
        "period": period,
        "rows": [
            (row.account, *map(money, (row.opening, row.debits, row.credits, row.closing)))
            for row in rows
        ],
        "next": accounts[PAGE - 1].code if len(accounts) > PAGE else "",
        "export_url": export_url(request, "desk:ledger:trial-export"),
    }
    return render_desk(request, "ledger/trial.html", context)


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def balances_exported(request: HttpRequest) -> HttpResponseBase:
    """The trial balance as a file."""
    period, accounts = _wanted(request), _accounts(request)

    def parts() -> list[Part]:
        return [Part(BALANCES, trial.every(period.key, accounts.iterator(trial.CHUNK)))]

    back = f"{reverse('desk:ledger:trial')}?period={period.key}"
    filters = [(gettext("期间"), period.key)]
    offer = Offer(BALANCES.key, BALANCES.title, parts, counted(accounts), lambda: filters, back)
    return export_page(request, offer)


@for_readers
@require_safe
def booked(request: HttpRequest) -> HttpResponse:
    """The vouchers of a month."""
    periods = periods_known()
    period = period_in(request, periods)
    found = vouchers.of_period(period.key, actor_of(request)) if period else []
    start = number_in(request, "after") or 0
    shown = found[start : start + PAGE]
    context = {
        "periods": periods,
        "period": period,
        "vouchers": [(one, [_sides(line) for line in one.lines]) for one in shown],
        "next": str(start + PAGE) if len(found) > start + PAGE else "",
        "export_url": export_url(request, "desk:ledger:vouchers-export"),
        "csv_url": export_url(request, "desk:ledger:vouchers-csv"),
    }
    return render_desk(request, "ledger/vouchers.html", context)


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def booked_exported(request: HttpRequest) -> HttpResponseBase:
    """The vouchers of a month as Excel."""
    period = _wanted(request)
    found = vouchers.of_period(period.key, actor_of(request))
    rows = [Entered(voucher, line) for voucher in found for line in voucher.lines]
    back = f"{reverse('desk:ledger:vouchers')}?period={period.key}"
    filters = [(gettext("期间"), period.key)]
    offer = Offer(
        VOUCHERS.key,
        VOUCHERS.title,
        lambda: [Part(VOUCHERS, rows)],
        len(rows),
        lambda: filters,
        back,
    )
    return export_page(request, offer)


@for_readers
@require_safe
def booked_csv(request: HttpRequest) -> HttpResponse:
    """The vouchers of a month as CSV, as accounting programs read them; the export is logged."""
    period, actor = _wanted(request), actor_of(request)
    found = vouchers.of_period(period.key, actor)
    rows = sum(len(voucher.lines) for voucher in found)
    subject = f"ledger:{period.key}"
    access_log.look(actor.ref, "export", subject, "记账凭证导入会计软件", timezone.now(), rows=rows)
    name = content_disposition_header(True, f"{gettext('记账凭证')}-{period.key}.csv")
    return HttpResponse(
        vouchers.csv_bytes(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name or "attachment"},
    )


def _sides(line: Line) -> tuple[Line, str, str]:
    return (
        line,
        money(line.debit) if line.debit else "",
        money(line.credit) if line.credit else "",
    )


def _wanted(request: HttpRequest) -> Period:
    period = period_in(request, periods_known())
    if period is None:
        raise Http404
    return period

"""One batch: its steps, figures and list, and what the officer may do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.tables.columns import Part
from yishi.foundation.ui.exports import Offer, counted, export_page, export_url
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Fact, Tab
from yishi.systems.direct_benefits import sight
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.models import Batch, Objection
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.pages.payout_rows import TABLE, rows_of
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.runs.models import Run
from yishi.systems.direct_benefits.runs.periods import period_text

#: The batch's steps in order, with the states of payouts that stand there.
STEPS = (
    ("listed", "部门确认", ("listed",)),
    ("confirmed", "信用与账户核验", ("confirmed", "held")),
    ("noticed", "公示", ("noticed", "suspended")),
    ("funds_asked", "申请资金", ("funds_asked",)),
    ("paying", "拨付", ("paying", "returned")),
    ("published", "到账公开", ("paid", "done")),
)
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done to the whole batch now. ``why_not``: it is waited for."""

    key: str
    label: str
    text: str
    why_not: str = ""
    primary: bool = True


@require_safe
@role_only(*common.WORKERS)
@common.answered
def batch(request: HttpRequest, number: str) -> HttpResponseBase:
    """The page of a batch; ``?state=`` narrows its list."""
    actor, now = actor_of(request), timezone.now()
    found = sight.batch_of(actor, number)
    counts = {key: n for key, n in (found.counts or {}).items() if n}
    state = request.GET.get("state", "")
    state = state if state in s.STATES else ""
    rows = sight.payouts_of(found, state)
    after = common.whole(request.GET.get("after"), 2**31)
    if after:
        rows = rows.filter(pk__gt=after)
    payouts = list(rows[: common.PAGE + 1])
    mine = _mine(actor, found)
    context = {
        "batch": found,
        "title": found.item_name,
        "state_name": common.batch_state_name(found.state),
        "tone": common.TONES.get(found.state, "neutral"),
        "steps": _steps(found, counts),
        "facts": _facts(found),
        "tabs": _tabs(found, counts, state),
        "state": state,
        "rows": rows_of(payouts[: common.PAGE]),
        "next": payouts[common.PAGE - 1].pk if len(payouts) > common.PAGE else None,
        "first": request.path + (f"?state={state}" if state else "") if after else "",
        "acts": acts(actor, found, counts, now, mine),
        "row_acts": _row_acts(actor, counts, state, mine),
        "may_add": mine and found.state == "listed",
        "objections": _objections(found, mine),
        "back": reverse("desk:direct_benefits:batches"),
        "export_url": export_url(request, "desk:direct_benefits:batch-export", number),
    }
    return render_desk(request, "benefit_studio/desk/batch.html", context, fragment="results")


def _mine(actor: Actor, found: Batch) -> bool:
    """Whether the actor answers for the list."""
    return any(g.role == s.OFFICER and g.unit_id == found.unit_id for g in actor.grants)


def _steps(found: Batch, counts: dict[str, int]) -> list[dict[str, Any]]:
    order = list(s.BATCH_STATES)
    here = order.index(found.state) if found.state in order else 0
    return [
        {
            "label": _(label),
            "count": sum(counts.get(one, 0) for one in states),
            "at": n == here,
            "done": n < here,
        }
        for n, (_key, label, states) in enumerate(STEPS)
    ]


def _tabs(found: Batch, counts: dict[str, int], state: str) -> list[Tab]:
    address = reverse("desk:direct_benefits:batch", args=[found.number])
    tabs = [Tab(_("全部"), address, sum(counts.values()), not state)]
    for key in s.STATES:
        if counts.get(key) or key == state:
            label = common.state_name(key)
            tabs.append(Tab(label, f"{address}?state={key}", counts.get(key, 0), key == state))
    return tabs


def _facts(found: Batch) -> list[Fact]:
    totals = found.totals or {}
    live = sum(totals.get(one, 0) for one in s.LIVE)
    paid = sum(totals.get(one, 0) for one in ("paid", "done"))
    run = Run.objects.filter(pk=found.run_id or 0).only("number", "on").first()
    rows = [
        Fact(_("批次"), f"{found.number}（{found.get_kind_display()}）"),
        Fact(
            _("事项"),
            found.item_name,
            url=reverse("desk:direct_benefits:item", args=[found.item_key]),
        ),
        Fact(_("所属期"), period_text(found.period)),
        Fact(_("经办单位"), found.unit.name),
        Fact(_("应兑现"), common.yuan(live)),
        Fact(_("已到账"), common.yuan(paid)),
    ]
    if run is not None:
        url = reverse("desk:direct_benefits:run", args=[run.number])
        snapshot = _("数据快照 %(hash)s") % {"hash": found.snapshot_hash[:12]}
        rows.append(Fact(_("筛选"), f"{run.number}（{run.on:%Y-%m-%d}）", hint=snapshot, url=url))
    if found.notice_from and found.notice_until:
        rows.append(_notice(found))
    if found.state == "listed":
        rows.append(Fact(_("部门确认期限"), _moment(found.review_due)))
    if found.pay_due is not None and found.state in ("funds_asked", "paying"):
        rows.append(Fact(_("拨付期限"), _moment(found.pay_due)))
    if found.short:
        text = _("申请 %(claimed)s，可用 %(available)s，按最大余数法等比例核定")
        values = {
            "claimed": common.yuan(found.short.get("claimed")),
            "available": common.yuan(found.short.get("available")),
        }
        rows.append(Fact(_("预算不足"), text % values))
    return rows


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _notice(found: Batch) -> Fact:
    assert found.notice_from and found.notice_until  # asked for before
    start = timezone.localtime(found.notice_from)
    end = timezone.localtime(found.notice_until)
    counting = _("公示当日算第一天") if found.notice_mode == "INCLUSIVE" else _("次日算第一天")
    text = _("%(start)s 至 %(end)s 24:00")
    value = text % {"start": f"{start:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"}
    hint = _("%(days)s 个工作日，%(counting)s；最早次日零时起支付") % {
        "days": found.notice_days,
        "counting": counting,
    }
    number = f"{found.notice_number} " if found.notice_number else ""
    return Fact(_("公示"), number + value, hint=hint)


def acts(
    actor: Actor, found: Batch, counts: dict[str, int], now: datetime, mine: bool
) -> list[Act]:
    """What can be done to the batch as a whole, in the order of the loop."""
    made: list[Act] = []
    if mine:
        made += _officers(found, counts, now)
    if actor.has(s.MAKER) and counts.get("funds_asked"):
        text = _("为已申请资金、公示期满且账户可用的 %(n)d 家生成支付指令，交复核人复核。")
        made.append(Act("order", _("生成支付指令"), text % {"n": counts["funds_asked"]}))
    if (mine or actor.has(s.MAKER, s.CHECKER)) and counts.get("paid"):
        text = _("把已到账的 %(n)d 家办结并向社会公开。")
        made.append(Act("publish", _("办结公开"), text % {"n": counts["paid"]}))
    return made


def _officers(found: Batch, counts: dict[str, int], now: datetime) -> list[Act]:
    made = []
    if counts.get("listed"):
        text = _(
            "确认名单上待确认的 %(n)d 家，同时核对信用和收款账户。要剔除的先在名单中勾选剔除。"
        )
        made.append(Act("confirm", _("全部确认"), text % {"n": counts["listed"]}))
    if counts.get("confirmed"):
        text = _("再核对一遍信用状况和收款账户；有问题的单独挂起或剔除，其余不受影响。")
        made.append(Act("check", _("再次核验"), text, primary=False))
        why = _("名单还没有确认完") if counts.get("listed") else ""
        text = _("为已确认的 %(n)d 家出公示文书并公示。")
        made.append(Act("notice", _("公示"), text % {"n": counts["confirmed"]}, why))
    if counts.get("noticed"):
        why = ""
        if found.notice_until and now <= found.notice_until:
            end = timezone.localtime(found.notice_until)
            why = _("公示到 %(day)s 24:00 才满") % {"day": f"{end:%Y-%m-%d}"}
        made.append(_after_notice(found, counts["noticed"], why))
    if found.state in ("noticed", "funds_asked", "paying", "published"):
        text = _("用最新一次筛选，为新符合条件和已消除剔除原因的企业开补充批次。")
        made.append(Act("supplement", _("开补充批次"), text, primary=False))
    return made


def _after_notice(found: Batch, count: int, why: str) -> Act:
    """Money is asked for; what is no money holds at once."""
    try:
        fiscal = book.item_version(found.item_version_id).fiscal
    except KeyError:
        fiscal = True
    if not fiscal:
        text = _("公示期满无异议的 %(n)d 家即可享受，不需要资金。")
        return Act("grant", _("兑现"), text % {"n": count}, why)
    text = _("为公示期满无异议的 %(n)d 家申请资金，占用预算。")
    return Act("funds", _("申请资金"), text % {"n": count}, why)


def _row_acts(
    actor: Actor, counts: dict[str, int], state: str, mine: bool
) -> list[tuple[str, str, bool]]:
    """What the ticked rows of the list can be done: (key, label, whether a reason is asked)."""

    def here(*states: str) -> bool:
        return any(counts.get(one) for one in states) and (not state or state in states)

    made = []
    if mine and here("listed"):
        made.append(("confirm", _("确认所选"), False))
    if mine and here("held"):
        made.append(("release", _("所选核实通过"), False))
    if actor.has(s.MAKER) and here("returned"):
        made.append(("pay-again", _("所选重新支付"), False))
    if mine and here("listed", "confirmed", "held", "noticed", "suspended", "funds_asked"):
        made.append(("strike", _("剔除所选"), True))
    return made


def _objections(found: Batch, mine: bool) -> list[dict[str, Any]]:
    if not (found.counts or {}).get("suspended"):
        return []
    rows = Objection.objects.unscoped("of a batch that the officer sees").filter(
        payout__batch=found, state=Objection.OPEN
    )
    return [
        {
            "number": one.number,
            "name": one.payout.party.name,
            "due": one.due_at,
            "url": reverse("desk:direct_benefits:objection", args=[one.number]),
            "may": mine,
        }
        for one in rows.select_related("payout__party").order_by("due_at")[:50]
    ]


@require_http_methods(common.GET_AND_POST)
@role_only(*common.WORKERS)
@common.answered
def export(request: HttpRequest, number: str) -> HttpResponseBase:
    """The list of a batch, or those of one state, as an Excel file."""
    found = sight.batch_of(actor_of(request), number)
    state = request.GET.get("state", "")
    state = state if state in s.STATES else ""
    rows = sight.payouts_of(found, state)

    def parts() -> list[Part]:
        return [Part(TABLE, (row for chunk in _chunks(rows) for row in rows_of(chunk)))]

    def filters() -> list[tuple[str, str]]:
        asked = [(_("状态"), common.state_name(state))] if state else []
        return [(_("批次"), found.number), (_("事项"), found.item_name), *asked]

    back = reverse("desk:direct_benefits:batch", args=[number])
    offer = Offer("benefit-payouts", TABLE.title, parts, counted(rows), filters, back)
    return export_page(request, offer)


def _chunks(rows: Any) -> Any:
    """The rows by thousands, keyset by id, so that memory stays small."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk

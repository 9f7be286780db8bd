"""The numbered papers: the public notice, and what a party is told when money is claimed back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.papers.issuing import Issued, PaperKind, issue
from yishi.foundation.parties.models import Identifier
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.context import City, city
from yishi.systems.direct_benefits.models import Batch, Clawback, Payout
from yishi.systems.direct_benefits.ports import items
from yishi.systems.direct_benefits.services.clawing import ERRED, GROUNDS
from yishi.systems.direct_benefits.services.noticing import first_payment_day
from yishi.systems.direct_benefits.sight import batch_of, payout_of
from yishi.systems.direct_benefits.words import public_code, public_name, yuan

NOTICE, CLAW_NOTICE, CLAW_DECISION = "benefit_notice", "benefit_claw_notice", "benefit_claw_order"
KINDS = (
    PaperKind(NOTICE, _("拟兑现名单公示"), "兑公示"),
    PaperKind(CLAW_NOTICE, _("追回告知书"), "兑追告"),
    PaperKind(CLAW_DECISION, _("追回决定书"), "兑追决"),
)
REMEDY = (
    "不服本决定的，可以自收到之日起六十日内依法申请行政复议，"
    "或者自收到之日起六个月内依法向人民法院提起行政诉讼。"
)
#: A longer list stands on the page of the notice.
MOST_ROWS = 500
_ON_NOTICE = ("noticed", "suspended")
Verify = Callable[[str], str]


def notice(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """公示 of a batch under its number, which the batch keeps. Raises BatchNotFound, FieldError
    before it was posted."""
    batch = batch_of(actor, number)
    if batch.notice_from is None or batch.notice_until is None:
        raise FieldError("batch", "尚未公示", "state")
    found, item = city(), items.benefit(batch.item_version_id)
    rows, more = _list_of(batch)
    counted = "含公示当日" if batch.notice_mode == "INCLUSIVE" else "不含公示当日"
    text = (
        f"根据{item.policy}{item.clause}，经数据比对，以下{more}家企业拟兑现“{item.name}”，"
        f"现予公示。公示时间：{_day(batch.notice_from)}至{_day(batch.notice_until)}"
        f"（{batch.notice_days}个工作日，{counted}）。有异议的，请在公示期内实名提出并写明理由；"
        f"对某一企业的异议只影响该企业，其余照常办理。公示无异议的，"
        f"最早{first_payment_day(batch.notice_until):%Y年%m月%d日}零时起拨付。"
    )
    tail = "" if more <= MOST_ROWS else f"名单较长，此处列前{MOST_ROWS}家，全部名单见公示网页。"
    issued = _issue(
        NOTICE,
        f"{item.name}（{batch.period}）拟兑现名单公示",
        found,
        batch,
        about=("benefit_batch", batch.pk),
        sections=[_section("", text), _section("", tail)] if tail else [_section("", text)],
        head=["序号", "企业", "统一社会信用代码", "金额（元）"],
        rows=rows,
        actor=actor,
        now=now,
        verify_url=verify_url,
    )
    if not batch.notice_code:
        batch.notice_number, batch.notice_code = issued.paper.number, issued.paper.code
        batch.save(update_fields=["notice_number", "notice_code"])
    return issued


def _list_of(batch: Batch) -> tuple[list[list[str]], int]:
    rows = Payout.objects.unscoped("what is on notice is everybody's").filter(
        batch=batch, state__in=_ON_NOTICE
    )
    count = rows.count()
    shown = list(rows.select_related("party").order_by("pk")[:MOST_ROWS])
    codes = dict(
        Identifier.objects.filter(
            party__in=[one.party_id for one in shown], kind="uscc", ended_on__isnull=True
        ).values_list("party_id", "value")
    )
    return [
        [
            str(place),
            public_name(one.party),
            public_code(one.party, codes.get(one.party_id, "")),
            yuan(one.claim_fen),
        ]
        for place, one in enumerate(shown, start=1)
    ], count


def claw_notice(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """追回告知书. Raises CaseNotFound, FieldError where nothing is claimed back."""
    payout, claw = _claimed(actor, number)
    sections = [
        _section("事由", str(GROUNDS[claw.ground]), [claw.facts]),
        _section("拟追回金额", f"{yuan(claw.amount_fen)}元"),
        _section("依据", claw.basis),
        _section(
            "您的权利",
            f"您可以在{_day(claw.views_until)}前在线陈述、申辩，逾期视为放弃。"
            "您的意见成立的，将予采纳，不会因为申辩加重。",
        ),
    ]
    return _to_party(CLAW_NOTICE, "追回告知书", payout, claw, sections, "", actor, now, verify_url)


def claw_decision(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """追回决定书 with the plan. Raises CaseNotFound, FieldError before the decision."""
    payout, claw = _claimed(actor, number)
    if claw.decided_at is None or claw.state == Clawback.DROPPED:
        raise FieldError("number", "尚未作出追回决定", "state")
    plan = [f"{one['due']}前退还{yuan(one['fen'])}元" for one in claw.plan]
    sections = [
        _section("事实和理由", claw.decision, [claw.facts]),
        _section("过错", str(ERRED[claw.erred])),
        _section("决定", f"追回{yuan(claw.amount_fen)}元，按以下计划退还：", plan),
        _section("依据", claw.basis),
    ]
    return _to_party(
        CLAW_DECISION, "追回决定书", payout, claw, sections, REMEDY, actor, now, verify_url
    )


def _claimed(actor: Actor, number: str) -> tuple[Payout, Clawback]:
    payout = payout_of(actor, number)
    claw = Clawback.objects.visible_to(actor).filter(payout=payout).order_by("-pk").first()
    if claw is None:
        raise FieldError("number", "没有追回", "state")
    return payout, claw


def _to_party(
    kind: str,
    title: str,
    payout: Payout,
    claw: Clawback,
    sections: Sequence[dict[str, Any]],
    remedy: str,
    actor: Actor,
    now: datetime,
    verify_url: Verify,
) -> Issued:
    return _issue(
        kind,
        title,
        city(),
        payout.batch,
        about=("benefit_clawback", claw.pk),
        to=payout.party.name,
        facts=[
            ["事项", payout.batch.item_name],
            ["兑现批次", payout.batch.number],
            ["办件编号", payout.case.number],
            ["已兑现（元）", yuan(payout.paid_fen + payout.set_off_fen)],
            ["追回编号", claw.number],
        ],
        sections=sections,
        remedy=remedy,
        actor=actor,
        now=now,
        verify_url=verify_url,
    )


def _issue(
    kind: str,
    title: str,
    found: City,
    batch: Batch,
    *,
    about: tuple[str, object],
    sections: Sequence[dict[str, Any]],
    actor: Actor,
    now: datetime,
    verify_url: Verify,
    to: str = "",
    facts: Sequence[Sequence[str]] = (),
    head: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    remedy: str = "",
) -> Issued:
    places = found.places
    data = {
        "city": places.node(places.root).name,
        "platform": "惠企政策免申即享",
        "demo": batch.simulated,
        "title": title,
        "to": to,
        "facts": [list(row) for row in facts],
        "sections": list(sections),
        "head": list(head),
        "rows": [list(row) for row in rows],
        "office": places.unit_name(batch.unit_id),
        "remedy": remedy,
    }
    return issue(
        kind,
        "direct_benefits/paper",
        data,
        about=about,
        actor_ref=actor.ref,
        now=now,
        verify_url=verify_url,
    )


def _section(title: str, text: str = "", lines: Sequence[str] = ()) -> dict[str, Any]:
    return {"title": title, "text": text, "lines": list(lines)}


def _day(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y年%m月%d日}"

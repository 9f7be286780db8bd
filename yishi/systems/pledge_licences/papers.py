"""The numbered papers: screening report, notice, pledge, check record, orders and decisions.

Every adverse one names the ways to object; the one about dishonesty carries the notice of repair
with it (两书同达).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.models import CreditRecord, Screening
from yishi.foundation.papers.issuing import Issued, PaperKind, issue
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import City, city, seen
from yishi.systems.pledge_licences.models import Bar, Check, Finding, Pledge, UnlicensedFile
from yishi.systems.pledge_licences.services import revoking, texts
from yishi.systems.pledge_licences.services.beginning import pledge_of, unseal

SCREENING, NOTICE, PLEDGE, RECORD = (
    "pledge_screening",
    "pledge_notice",
    "pledge_pledge",
    "pledge_record",
)
ORDER, REVOCATION, CANCELLATION, DISHONESTY = (
    "pledge_order",
    "pledge_revocation",
    "pledge_cancellation",
    "pledge_dishonesty",
)
KINDS = (
    PaperKind(SCREENING, _("信用筛查报告"), "信筛"),
    PaperKind(NOTICE, _("告知书"), "承告"),
    PaperKind(PLEDGE, _("承诺书"), "承诺"),
    PaperKind(RECORD, _("承诺核查记录"), "承核"),
    PaperKind(ORDER, _("责令整改通知书"), "承改"),
    PaperKind(REVOCATION, _("撤销行政许可决定书"), "承撤"),
    PaperKind(CANCELLATION, _("注销行政许可公告"), "承注"),
    PaperKind(DISHONESTY, _("失信告知书（附信用修复告知）"), "承信"),
)
REMEDY = (
    "不服本决定的，可以自收到之日起六十日内依法申请行政复议，"
    "或者自收到之日起六个月内依法向人民法院提起行政诉讼。"
)
OUTCOMES = {"PASS": "通过", "EXCLUDED": "不适用告知承诺", "UNKNOWN": "无法确定"}
RESULTS = {"met": "相符", "not_met": "与承诺不符", "false": "承诺虚假"}

Verify = Callable[[str], str]


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else ""


def _licence(case: CaseState, found: City) -> Licence:
    licence: Licence = found.for_case(case).catalogue.licences[case.type_key]
    return licence


class _Paper:
    """What all papers of a case share."""

    def __init__(self, actor: Actor, number: str, now: datetime, verify_url: Verify) -> None:
        self.actor, self.now, self.verify_url = actor, now, verify_url
        self.case = seen(actor, number)
        self.found = city()
        self.pledge: Pledge = pledge_of(self.case)
        self.licence = _licence(self.case, self.found)

    @property
    def facts(self) -> list[list[str]]:
        """Who and what."""
        values = unseal(self.pledge)
        return [
            ["申请人（持证人）", self.pledge.holder.name],
            ["统一社会信用代码", texts.uscc_of(self.pledge)],
            ["许可事项", self.licence.name],
            ["证照编号", str(self.case.data.get("licence_no", ""))],
            ["经营场所", values.get("premises_address", "")],
            ["办件编号", self.case.number],
        ]

    def issue(
        self,
        kind: str,
        title: str,
        sections: Sequence[Mapping[str, Any]],
        *,
        office: int | None,
        to: str = "",
        about: tuple[str, object] | None = None,
        facts: Sequence[Sequence[str]] | None = None,
        remedy: str = "",
    ) -> Issued:
        """The paper under its number."""
        places = self.found.base.places
        data = {
            "city": places.node(places.root).name,
            "platform": "承诺即入平台",
            "demo": self.pledge.holder.simulated,
            "title": title,
            "to": to,
            "facts": [list(row) for row in (self.facts if facts is None else facts)],
            "sections": [dict(one) for one in sections],
            "office": self.found.base.places.unit_name(office),
            "remedy": remedy,
        }
        return issue(
            kind,
            "pledge_licences/paper",
            data,
            about=about or ("case", self.case.id),
            actor_ref=self.actor.ref,
            now=self.now,
            verify_url=self.verify_url,
        )


def section(title: str, text: str = "", lines: Sequence[str] = ()) -> dict[str, Any]:
    """A part of a paper."""
    return {"title": title, "text": text, "lines": list(lines)}


def screening_report(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """信用筛查报告: the last answer, its sources with times and versions. Raises CaseNotFound,
    FieldError where nothing was asked yet."""
    paper = _Paper(actor, number, now, verify_url)
    answered = paper.case.data.get("screening")
    row = Screening.objects.filter(pk=int(answered["id"])).first() if answered else None
    if row is None:
        raise FieldError("number", "尚未筛查", "missing")
    sources = [
        f"{one.get('name', one['key'])}：{one['state']}，数据时间 {one.get('as_of') or '—'}，"
        f"版本 {one.get('version') or '—'}"
        for one in row.sources
    ]
    reasons = [
        f"{one['text']}（来源：{one.get('source', '')}，{one.get('at', '')}）"
        for one in row.reasons
        if one["effect"] != "noted"
    ]
    return paper.issue(
        SCREENING,
        "信用筛查报告",
        [
            section("结论", f"{OUTCOMES[row.outcome]}（筛查时间 {_moment(row.at)}）", reasons),
            section("数据来源", "逐一查询以下来源：", sources),
            section("说明", "不适用或者无法确定的，只影响告知承诺，普通程序照常办理。"),
        ],
        office=paper.case.data.get("body") or paper.case.unit_id,
        about=("screening", row.pk),
    )


def _text(kind: str, actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    paper = _Paper(actor, number, now, verify_url)
    shown = texts.kept(paper.case, paper.pledge)
    document = shown.notice if kind == NOTICE else shown.pledge
    sections = [section(part.title, part.text, part.lines) for part in document.parts]
    sections.append(
        section(
            "版本",
            f"文本 {document.key} 第 {document.version} 版（摘要 {document.hash[:16]}…），"
            f"展示时间 {_moment(paper.pledge.shown_at)}，"
            f"展示内容摘要（SM3）{paper.pledge.shown_hash}",
        )
    )
    if kind == PLEDGE and paper.pledge.signed_at:
        signed = paper.pledge.signature
        sections.append(
            section(
                "签署",
                f"{paper.pledge.holder.name} 于 {_moment(paper.pledge.signed_at)} 签署；"
                f"签名摘要（{signed.get('algorithm', '')}）{signed.get('digest', '')}",
            )
        )
    return paper.issue(
        kind,
        document.title,
        sections,
        office=paper.case.data.get("body") or paper.case.unit_id,
        to=paper.pledge.holder.name if kind == NOTICE else "",
        facts=(),
    )


def notice(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """告知书 as it was shown. Raises CaseNotFound, MoveRefused."""
    return _text(NOTICE, actor, number, now, verify_url)


def pledge(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """承诺书 as it was shown and signed. Raises CaseNotFound, MoveRefused."""
    return _text(PLEDGE, actor, number, now, verify_url)


def _finding(case: CaseState, wanted: int | None = None, *results: str) -> Finding:
    rows = Finding.objects.unscoped("findings of a case in sight").filter(case_id=case.id)
    if wanted is not None:
        rows = rows.filter(pk=wanted)
    if results:
        rows = rows.filter(result__in=results)
    found: Finding | None = (
        rows.select_related("officer", "second", "check_task").order_by("-id").first()
    )
    if found is None:
        raise FieldError("number", "没有这份核查记录", "missing")
    return found


def check_record(
    actor: Actor, number: str, now: datetime, verify_url: Verify, *, finding: int | None = None
) -> Issued:
    """核查记录: the last finding, or one by its id. Raises CaseNotFound, FieldError."""
    paper = _Paper(actor, number, now, verify_url)
    row = _finding(paper.case, finding)
    labels = {one.key: one.text for one in paper.licence.conditions}
    lines = [
        f"{labels.get(one['key'], one['key'])}：{'符合' if one['met'] else '不符合'}"
        + (f"（{one['note']}）" if one.get("note") else "")
        for one in row.conditions
    ]
    kind = dict(Check.KINDS)[row.check_task.kind]
    parts = [
        section(
            "核查",
            f"{kind}，{_moment(row.found_at)}；核查人员：{row.officer.display_name}、"
            f"{row.second.display_name}",
        ),
        section("逐项结论", "", lines),
        section("结论", RESULTS[row.result] + (f"。{row.note}" if row.note else "")),
    ]
    if row.evidence:
        parts.append(section("证据", row.evidence))
    return paper.issue(
        RECORD,
        "承诺核查记录",
        parts,
        office=paper.case.data["regulator"],
        about=("finding", row.pk),
    )


def rectification_order(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """责令整改通知书. Raises CaseNotFound, FieldError."""
    paper = _Paper(actor, number, now, verify_url)
    row = _finding(paper.case, None, Finding.NOT_MET)
    if row.rectify_by is None:
        raise FieldError("number", "没有责令整改", "missing")
    labels = {one.key: one for one in paper.licence.conditions}
    unmet = [
        f"{labels[one['key']].text}（{labels[one['key']].basis}）"
        for one in row.conditions
        if not one["met"] and one["key"] in labels
    ]
    return paper.issue(
        ORDER,
        "责令整改通知书",
        [
            section("事实", f"{_moment(row.found_at)}核查，下列条件与承诺不符：", unmet),
            section("要求", f"请于 {row.rectify_by:%Y-%m-%d} 前整改完毕。"),
            section("后果", "逾期不整改或者整改后仍不符合条件的，依法撤销许可。"),
        ],
        office=paper.case.data["regulator"],
        to=paper.pledge.holder.name,
        about=("finding", row.pk),
        remedy=REMEDY,
    )


def revocation(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """撤销决定书. Raises CaseNotFound, FieldError."""
    paper = _Paper(actor, number, now, verify_url)
    case = paper.case
    if case.outcome != "revoked":
        raise FieldError("number", "该许可没有被撤销", "missing")
    row = _finding(case, None, Finding.NOT_MET, Finding.FALSE)
    ground = case.data["ground"]
    basis = (
        "《行政许可法》第六十九条、第七十条；国办发〔2020〕42号"
        if ground == revoking.FALSE
        else "《行政许可法》第六十九条；国办发〔2020〕42号"
    )
    effects = ["许可自撤销之日起失去效力，由发证机关依法办理注销。"]
    if ground == revoking.FALSE:
        effects.append("取得许可以来的活动，按未取得许可处理，另行立案。")
    effects += [
        f"{bar.until:%Y-%m-%d}以前不得再次申请该许可（{bar.basis}）。"
        for bar in Bar.objects.unscoped("bars of a case in sight").filter(case_id=case.id)
        if bar.kind == Bar.REAPPLY and bar.until
    ]
    return paper.issue(
        REVOCATION,
        "撤销行政许可决定书",
        [
            section("事实", f"{_moment(row.found_at)}核查：{RESULTS[row.result]}。{row.evidence}"),
            section("理由和依据", f"{revoking.GROUNDS[ground]}。{basis}"),
            section("决定", f"撤销“{paper.licence.name}”。", effects),
        ],
        office=case.data["regulator"],
        to=paper.pledge.holder.name,
        remedy=REMEDY,
    )


def cancellation(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """注销公告. Raises CaseNotFound, FieldError."""
    paper = _Paper(actor, number, now, verify_url)
    if paper.case.state != "cancelled":
        raise FieldError("number", "该许可没有注销", "missing")
    why = "许可已被撤销" if paper.case.outcome == "revoked" else "持证人申请"
    return paper.issue(
        CANCELLATION,
        "注销行政许可公告",
        [
            section("公告", f"“{paper.licence.name}”（{paper.case.data['licence_no']}）因{why}，"
                    "依照《行政许可法》第七十条予以注销，证照不再有效。"),
        ],
        office=paper.case.data.get("body"),
        remedy=REMEDY if paper.case.outcome == "revoked" else "",
    )  # fmt: skip


def dishonesty(actor: Actor, number: str, now: datetime, verify_url: Verify) -> Issued:
    """失信告知书 with the notice of repair (两书同达). Raises CaseNotFound, FieldError."""
    paper = _Paper(actor, number, now, verify_url)
    rows = CreditRecord.objects.unscoped("the record that the case in sight led to")
    record = rows.filter(about_kind="pledge_licences", about_id=paper.case.id).first()
    if record is None:
        raise FieldError("number", "没有因此记入信用档案", "missing")
    files = UnlicensedFile.objects.unscoped("of a case in sight").filter(case_id=paper.case.id)
    more = [f"未取得许可从事活动的案件：{one.number}" for one in files]
    return paper.issue(
        DISHONESTY,
        "失信告知书",
        [
            section("记录", f"{record.number}：{record.summary}，认定日期 "
                    f"{record.document_date:%Y-%m-%d}。", more),
            section("后果", "信用修复之前不适用告知承诺；依法可以申请的，按普通程序申请。"),
            section("信用修复告知", "",
                    [f"最短公示期至 {record.min_end:%Y-%m-%d}，"
                     f"最长公示期至 {record.max_end:%Y-%m-%d}。",
                     "最短公示期届满、纠正失信行为并履行义务、作出信用承诺的，可以申请修复。",
                     "由作出认定的机关受理（谁认定、谁修复），在本平台“信用修复”提出。"]),
        ],
        office=paper.case.data["regulator"],
        to=paper.pledge.holder.name,
        about=("credit_record", record.pk),
        remedy="对记录有异议的，可以提出信用信息异议。" + REMEDY,
    )  # fmt: skip


#: By the name that addresses use.
ALL: Mapping[str, Callable[[Actor, str, datetime, Verify], Issued]] = {
    "screening": screening_report,
    "notice": notice,
    "pledge": pledge,
    "record": check_record,
    "order": rectification_order,
    "revocation": revocation,
    "cancellation": cancellation,
    "dishonesty": dishonesty,
}

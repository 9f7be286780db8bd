"""The written answers on an application as a whole (S1.7): accepted for all items, told once what
is missing, not accepted, and what came of each item. Items' own papers are drawn by `approvals`.

A paper is drawn from case, trace and what was handed in, so that printing it again gives the same
number: what changes afterwards (a paper that was handed in later) is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from yishi.foundation.approvals.lifecycle import states as items
from yishi.foundation.approvals.notices import day_text
from yishi.foundation.cases.models import Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.issuing import Issued, PaperKind, issue
from yishi.foundation.parties.masking import mask_numbers
from yishi.systems.life_events import applications, handling
from yishi.systems.life_events import states as s
from yishi.systems.life_events.handling import Looked
from yishi.systems.life_events.paperwork import HELD

TEMPLATE = "life_events/paper"
RECEIPT, GAPS, REFUSAL, RESULTS = (
    "theme_receipt",
    "theme_gaps",
    "theme_refusal",
    "theme_results",
)
KINDS = (
    PaperKind(RECEIPT, _("统一受理凭证"), "一事受理"),
    PaperKind(GAPS, _("一次性告知补正通知书"), "一事补正"),
    PaperKind(REFUSAL, _("不予受理通知书"), "一事不受"),
    PaperKind(RESULTS, _("办结清单"), "一事办结"),
)
#: By which name a paper is asked for in addresses.
NAMES = {"receipt": RECEIPT, "gaps": GAPS, "refusal": REFUSAL, "results": RESULTS}
_ACCEPTED = ("accept", "deem_accepted")
#: The steps that a paper tells of.
_STEPS = {RECEIPT: _ACCEPTED, GAPS: ("tell_gaps",), REFUSAL: ("refuse_acceptance",)}
_LABELS = {kind.key: kind.label for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that there is: its name in addresses, and its title."""

    name: str
    title: str


def papers_of(case: CaseState) -> list[Paper]:
    """The papers of a theme's case as it stands (no statement)."""
    there = {
        "receipt": bool(case.data.get("accepted_on")),
        "gaps": bool(case.data.get("told")),
        "refusal": case.outcome == "not_accepted",
        "results": case.closed_at is not None and bool(case.data.get("items_done")),
    }
    return [Paper(name, str(_LABELS[NAMES[name]])) for name, known in there.items() if known]


@dataclass(frozen=True, slots=True)
class Telling:
    """All that a paper is drawn from. ``body``, ``at``, ``note``: of the step that it tells of."""

    case: CaseState
    looked: Looked
    members: Sequence[CaseState]
    body: Mapping[str, Any]
    at: datetime
    note: str

    def unit(self, unit_id: int | None) -> str:
        """A unit's name."""
        return self.looked.found.register.unit_name(unit_id)

    def due(self, clock: str) -> str:
        """The day that the step set for a clock."""
        for entry in reversed(self.body.get("clocks") or []):
            if entry["kind"] == clock:
                return day_text(datetime.fromisoformat(entry["due"]))
        return ""


def paper_of(
    case: CaseState,
    name: str,
    actor_ref: str,
    now: datetime,
    verify_url: Callable[[str], str],
    *,
    demo: bool,
) -> Issued | None:
    """The paper *name* of a case that was found in scope; ``None`` if there is none (about 14
    statements)."""
    if name not in {one.name for one in papers_of(case)}:
        return None
    kind = NAMES[name]
    telling = _telling(case, kind, now)
    if telling is None:
        return None
    values = applications.unseal(telling.looked.application).values
    register = telling.looked.found.register
    data = {
        "city": register.node(register.root).name,
        "platform": "政务服务平台",
        "demo": demo,
        "title": str(_LABELS[kind]),
        "number": case.number,
        "applicant": values.get("organisation_name") or values.get("applicant_name") or "申请人",
        "unit": telling.unit(case.unit_id),
        "day": day_text(telling.at),
        "columns": [],
        "rows": [],
        "lines": [],
        "remedy": "",
        **_TEXTS[kind](telling),
    }
    return issue(
        kind,
        TEMPLATE,
        data,
        about=("case", case.id),
        actor_ref=actor_ref,
        now=now,
        verify_url=verify_url,
    )


def _telling(case: CaseState, kind: str, now: datetime) -> Telling | None:
    """The step that the paper tells of, with all around it; of a list of results, the end."""
    looked, members = handling.look(case, now), handling.members_of(case.id)
    if kind == RESULTS:
        at = case.closed_at or now
        return Telling(case, looked, members, {}, at, "")
    rows = Trace.objects.unscoped("the case was found in scope").filter(
        case_id=case.id, move__in=_STEPS[kind]
    )
    row = rows.order_by("-seq").first()
    if row is None:
        return None
    body = orjson.loads(bytes(row.body))
    return Telling(case, looked, members, body, row.at, mask_numbers(row.note))


def _receipt(t: Telling) -> dict[str, Any]:
    day = datetime.fromisoformat(f"{t.case.data['accepted_on']}T12:00:00+08:00")
    deemed = bool(t.body.get("deemed"))
    first = (
        "因未在法定期限内告知补正，依照《中华人民共和国行政许可法》第三十二条，"
        f"您的申请自收到之日（{day_text(day)}）起即为受理。"
        if deemed
        else f"您通过一张表、一套材料申请的“{t.case.subject}”，已于{day_text(day)}统一受理。"
        "一次受理对以下各事项和各部门都有效。"
    )
    facts: list[tuple[str, ...]] = [
        ("主题", t.case.subject),
        ("受理窗口", t.unit(t.case.unit_id)),
        ("预计办结", str(t.body.get("expected") or "")),
    ]
    if t.due(s.JOINT):
        facts.append(("联合办理时限", "45个工作日", f"{t.due(s.JOINT)}前，依法中止的时间不计"))
    return {
        "paragraphs": [first],
        "facts": facts,
        "rows_title": "受理的事项",
        "columns": ["事项", "办件编号", "承办单位", "承诺时限", "法定时限"],
        "rows": [_accepted_row(one, t) for one in t.members],
        "lines_title": "收到的材料",
        "lines": _received(t),
    }


def _accepted_row(one: CaseState, t: Telling) -> list[str]:
    item = t.looked.made.book.items[one.type_key]
    if one.outcome == items.EXEMPT:
        return [item.name, one.number, t.unit(one.unit_id), "免办", "已持有证照"]
    return [item.name, one.number, t.unit(one.unit_id), item.promise, item.legal]


def _received(t: Telling) -> list[str]:
    """The papers as they were at the acceptance; what was promised for later says until when."""
    deferred = t.body.get("deferred") or {}
    held = {key for key, said in t.looked.application.papers.items() if said.get("how") == HELD}
    lines = []
    for paper in t.looked.made.papers:
        if paper.key in deferred:
            lines.append(f"{paper.name}（容缺受理，{deferred[paper.key]}前补交）")
        elif paper.key in held:
            lines.append(f"{paper.name}（证照库已有，免予提交）")
        elif paper.key in t.looked.application.papers:
            lines.append(paper.name)
    return lines


def _gaps(t: Telling) -> dict[str, Any]:
    marks, made = t.looked.application.marks, t.looked.made
    fields = {one.key: one.label for one in made.form}
    papers = {one.key: one.name for one in made.papers}
    rows = [
        [sort, names.get(key, key), words]
        for sort, names, found in (
            ("申请表", fields, marks.get("fields") or {}),
            ("材料", papers, marks.get("papers") or {}),
        )
        for key, words in found.items()
    ]
    return {
        "paragraphs": [
            f"您申请的“{t.case.subject}”，申请内容不齐全或者不符合法定形式。"
            "现将各部门需要补正的全部内容一次性告知如下，不再另行要求。",
            f"请于{t.due(s.CORRECTION)}前一次补正；逾期未补正的，视为撤回申请。",
        ],
        "rows_title": "需要补正的全部内容",
        "columns": ["类别", "内容", "请您"],
        "rows": rows,
        "lines_title": "说明",
        "lines": [line for line in str(marks.get("note") or "").splitlines() if line.strip()],
        "facts": [("依据", "《中华人民共和国行政许可法》第三十二条")],
    }


def _refusal(t: Telling) -> dict[str, Any]:
    return {
        "paragraphs": [f"您申请的“{t.case.subject}”，决定不予受理。"],
        "facts": [("理由", t.note), ("依据", "《中华人民共和国行政许可法》第三十二条")],
        "remedy": str(t.case.data.get("remedy") or ""),
    }


def _results(t: Telling) -> dict[str, Any]:
    done, good, total = t.case.data["items_done"]
    state = s.STATES[t.case.state].label
    return {
        "paragraphs": [
            f"您申请的“{t.case.subject}”共{total}个事项，{done}个已有结果，其中{good}个准予：{state}。"
            "各事项由各部门分别作出决定，一个事项未准予不影响其他事项。"
        ],
        "facts": [("收到时间", day_text(t.case.received_at)), ("办结时间", day_text(t.at))],
        "rows_title": "各事项的结果",
        "columns": ["事项", "办件编号", "承办单位", "结果", "证照编号与有效期", "决定日期"],
        "rows": [_result_row(one, t) for one in t.members],
        "lines_title": "未准予的事项和理由",
        "lines": _refused(t),
        "remedy": next(
            (str(one.data["remedy"]) for one in t.members if one.data.get("remedy")), ""
        ),
    }


def _result_row(one: CaseState, t: Telling) -> list[str]:
    item, data = t.looked.made.book.items[one.type_key], one.data
    said = items.OUTCOMES.get(one.outcome, one.outcome)
    licence = str(data.get("licence_no") or "—")
    if data.get("valid_to"):
        licence += f"（至{data['valid_to']}）"
    at = data.get("decided_at")
    day = day_text(datetime.fromisoformat(at)) if at else "—"
    return [item.name, one.number, t.unit(one.unit_id), said, licence, day]


def _refused(t: Telling) -> list[str]:
    refused = {one.id: one.subject for one in t.members if one.outcome == "refused"}
    rows = Trace.objects.unscoped("items of a case that was found in scope").filter(
        case_id__in=list(refused), move="decide"
    )
    said = {row.case_id: mask_numbers(row.note) for row in rows.order_by("case_id", "seq")}
    return [f"{name}：{said.get(pk, '')}" for pk, name in refused.items()]


_TEXTS: dict[str, Callable[[Telling], dict[str, Any]]] = {
    RECEIPT: _receipt,
    GAPS: _gaps,
    REFUSAL: _refusal,
    RESULTS: _results,
}

"""The written answers on an item (S1.7, §S10.9): which there are, and what each of them says.

A paper is drawn from the case and its trace, so that printing it again gives the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation.approvals.catalogue import Book, Item
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.steps import Step
from yishi.foundation.places.snapshot import Register

TEMPLATE = "approvals/notice"
#: Kinds of papers: key → (name, prefix of the number).
KINDS = {
    "approval_acceptance": ("受理通知书", "受理"),
    "approval_gaps": ("一次性补正告知书", "补正"),
    "approval_not_accepted": ("不予受理通知书", "不受"),
    "approval_special": ("特别程序告知书", "特告"),
    "approval_extension": ("延期告知书", "延告"),
    "approval_granted": ("准予决定书", "准予"),
    "approval_refused": ("不予许可决定书", "不予"),
    "approval_revocation": ("撤销决定书", "撤销"),
    "approval_delivery": ("送达回证", "送达"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A paper that there is: its kind, and the step of the trace that it tells of."""

    kind: str
    seq: int

    @property
    def name(self) -> str:
        """What it is called."""
        return KINDS[self.kind][0]


#: Which step makes which paper.
_BY_MOVE = {
    "receive": "approval_acceptance",
    "release": "approval_acceptance",
    "accept": "approval_acceptance",
    "defer": "approval_acceptance",
    "deem_accepted": "approval_acceptance",
    "tell_gaps": "approval_gaps",
    "not_accept": "approval_not_accepted",
    "pause": "approval_special",
    "extend": "approval_extension",
    "extend_joint": "approval_extension",
    "deem_renewed": "approval_granted",
    "lapse_deferred": "approval_revocation",
    "revoke": "approval_revocation",
    "deliver": "approval_delivery",
}


def notices_of(steps: Iterable[Step]) -> list[Notice]:
    """The papers that the steps of a case made, oldest first."""
    found = []
    for step in steps:
        kind = _kind(step)
        if kind is not None:
            found.append(Notice(kind, step.seq))
    return found


def _kind(step: Step) -> str | None:
    if step.move == "decide":
        return f"approval_{step.body['result']}"
    if step.move in ("receive", "release") and "accepted_at" not in step.body:
        return None
    if step.move == "lapse_deferred" and step.body.get("to") != "acceptance_revoked":
        return None
    return _BY_MOVE.get(step.move)


def day_text(moment: datetime) -> str:
    """``2026年3月2日`` in the city."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日"


@dataclass(frozen=True, slots=True)
class Telling:
    """All that a paper is drawn from."""

    case: CaseState
    item: Item
    book: Book
    register: Register
    step: Step
    steps: Sequence[Step]

    def due(self, clock: str) -> str:
        """The day that the step set for a clock."""
        for entry in reversed(self.step.body.get("clocks") or []):
            if entry["kind"] == clock:
                return day_text(datetime.fromisoformat(entry["due"]))
        return ""


def notice_data(telling: Telling, notice: Notice, applicant: str, *, demo: bool) -> dict[str, Any]:
    """What the template prints (no statement)."""
    case, register = telling.case, telling.register
    said = _TEXTS[notice.kind](telling)
    unit = register.unit(case.unit_id).name if case.unit_id else ""
    return {
        "city": register.node(register.root).name,
        "platform": "政务服务平台",
        "demo": demo,
        "title": notice.name,
        "number": case.number,
        "applicant": applicant or "申请人",
        "unit": unit,
        "day": day_text(telling.step.at),
        "seq": notice.seq,
        "paragraphs": said.get("paragraphs", []),
        "facts": [list(fact) for fact in said.get("facts", [])],
        "lines_title": said.get("lines_title", ""),
        "lines": said.get("lines", []),
        "remedy": said.get("remedy", ""),
    }


def _acceptance(t: Telling) -> dict[str, Any]:
    accepted = datetime.fromisoformat(t.step.body["accepted_at"])
    deemed = t.step.move == "deem_accepted"
    first = (
        "因未在法定期限内告知补正，依照《中华人民共和国行政许可法》第三十二条，"
        f"您的申请自收到之日（{day_text(accepted)}）起即为受理。"
        if deemed
        else f"您申请的“{t.item.name}”，已于{day_text(accepted)}受理。"
    )
    until = str(t.step.body.get("until") or "")
    deferred = [
        f"{t.book.materials[key].name if key in t.book.materials else key}（{until}前）"
        for key in t.step.body.get("deferred") or []
    ]
    return {
        "paragraphs": [first],
        "facts": [
            ("事项", t.item.name),
            ("承诺时限", t.item.promise, f"{t.due(s.PROMISE)}前办结"),
            ("法定时限", t.item.legal, f"{t.due(s.STATUTORY)}前办结"),
            ("收费", "不收费" if t.item.fee == "none" else t.item.fee),
        ],
        "lines_title": "以下材料容缺受理，请按期补交",
        "lines": deferred,
    }


def _gaps(t: Telling) -> dict[str, Any]:
    names = [
        t.book.materials[key].name if key in t.book.materials else key
        for key in t.step.body.get("materials") or []
    ]
    return {
        "paragraphs": [
            f"您申请的“{t.item.name}”，申请材料不齐全或者不符合法定形式。"
            "现将需要补正的全部内容一次性告知如下。",
            f"请于{t.due(s.CORRECTION)}前补正；逾期未补正的，视为撤回申请。",
        ],
        "lines_title": "需要补正的全部内容",
        "lines": [*names, *[line for line in t.step.note.splitlines() if line.strip()]],
    }


def _not_accepted(t: Telling) -> dict[str, Any]:
    body = t.step.body.get("body")
    more = [f"请向{body}申请。"] if body else []
    return {
        "paragraphs": [f"您申请的“{t.item.name}”，决定不予受理。", *more],
        "facts": [("理由", str(t.case.data.get("reason") or "")), ("具体说明", t.step.note)],
        "remedy": s.DEFAULTS["approvals_remedy"],
    }


def _special(t: Telling) -> dict[str, Any]:
    kind = s.STEPS.get(t.step.body["kind"], t.step.body["kind"])
    return {
        "paragraphs": [
            f"您申请的“{t.item.name}”，依法需要进行{kind}，"
            f"所需时间约{t.step.body['planned_days']}天，不计入办理时限。"
        ],
        "facts": [
            ("特别程序", kind),
            ("告知文号", t.step.body["notice"]),
            ("所需时间", f"{t.step.body['planned_days']}天"),
            ("依据", "《中华人民共和国行政许可法》第四十五条"),
        ],
    }


def _extension(t: Telling) -> dict[str, Any]:
    joint = t.step.move == "extend_joint"
    by = "本级人民政府负责人" if joint else "本机关负责人"
    return {
        "paragraphs": [
            f"您申请的“{t.item.name}”，经{by}批准，办理时限延长{t.step.body['days']}个工作日。"
        ],
        "facts": [
            ("延长理由", t.step.note),
            ("延长后承诺时限", t.due(s.PROMISE)),
            ("延长后法定时限", t.due(s.STATUTORY)),
            ("依据", "《中华人民共和国行政许可法》第四十二条"),
        ],
    }


def _granted(t: Telling) -> dict[str, Any]:
    deemed = t.step.move == "deem_renewed"
    first = (
        f"您申请的“{t.item.name}”，在原证有效期届满前未作出决定，"
        "依照《中华人民共和国行政许可法》第五十条，视为准予延续。"
        if deemed
        else f"您申请的“{t.item.name}”，经审查，决定准予。"
    )
    facts = [("事项", t.item.name), ("结果", t.item.result.name or "办结")]
    if deemed:
        facts += [("证号", str(t.step.body["licence_no"])), ("有效期自", t.step.body["valid_from"])]
    return {"paragraphs": [first], "facts": facts}


def _refused(t: Telling) -> dict[str, Any]:
    return {
        "paragraphs": [f"您申请的“{t.item.name}”，经审查，决定不予准予。"],
        "facts": [("理由", t.step.note), ("依据", t.item.basis)],
        "remedy": str(t.case.data.get("remedy") or s.DEFAULTS["approvals_remedy"]),
    }


def _revocation(t: Telling) -> dict[str, Any]:
    if t.step.move == "lapse_deferred":
        what, why = "撤销受理", "容缺材料逾期未补交"
    else:
        what, why = "撤销已作出的决定", t.step.note
    return {
        "paragraphs": [f"您申请的“{t.item.name}”，现决定{what}。"],
        "facts": [("理由", why)],
        "remedy": s.DEFAULTS["approvals_remedy"],
    }


def _delivery(t: Telling) -> dict[str, Any]:
    from yishi.foundation.approvals.lifecycle.deciding import WAYS

    decided = next((one for one in t.steps if one.move in ("decide", "deem_renewed")), t.step)
    papers = [notice.name for notice in notices_of([decided])]
    if t.case.data.get("licence_no"):
        papers.append(f"{t.item.result.name} {t.case.data['licence_no']}")
    return {
        "paragraphs": [f"“{t.item.name}”的办理结果已送达。"],
        "facts": [
            ("送达文书", "；".join(papers)),
            ("送达方式", dict(WAYS).get(t.step.body["way"], "")),
            ("决定日期", day_text(decided.at)),
            ("送达日期", day_text(t.step.at)),
            ("受送达人签收", ""),
        ],
    }


_TEXTS: dict[str, Callable[[Telling], dict[str, Any]]] = {
    "approval_acceptance": _acceptance,
    "approval_gaps": _gaps,
    "approval_not_accepted": _not_accepted,
    "approval_special": _special,
    "approval_extension": _extension,
    "approval_granted": _granted,
    "approval_refused": _refused,
    "approval_revocation": _revocation,
    "approval_delivery": _delivery,
}

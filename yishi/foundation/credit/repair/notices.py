"""The papers of a repair (S8 §5.7), drawn from case and trace so that a second print is the same.

Free of charge, each says so where it matters. 两书同达: ``two_papers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.steps import Step
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.catalogue import Book
from yishi.foundation.credit.repair.conditions import day_text
from yishi.foundation.credit.repair.lifecycle.record import NOT_ACCEPTED_REASONS, REFUSED_REASONS
from yishi.foundation.places.snapshot import Register

TEMPLATE = "credit_repair/notice"
#: Kinds of papers: key → (name, prefix of the number).
KINDS = {
    "repair_pledge": ("信用承诺书", "信承"),
    "repair_acceptance": ("信用修复受理通知书", "信受"),
    "repair_not_accepted": ("信用修复不予受理通知书", "信不受"),
    "repair_gaps": ("信用修复补正告知书", "信补"),
    "repair_extension": ("信用修复延期告知书", "信延"),
    "repair_decision": ("信用修复决定书", "信修"),
    "repair_refusal": ("不予信用修复决定书", "信不修"),
    "repair_objection": ("信用修复异议答复书", "信异"),
    "repair_revocation": ("撤销信用修复决定书", "信撤"),
    "repair_shield": ("失信信息临时屏蔽告知书", "信屏"),
    "repair_shield_end": ("终止临时屏蔽告知书", "信屏终"),
    "repair_notice": ("失信信息公示与信用修复告知书", "信告"),
}
REMEDY = (
    "如不服本决定，可以在收到之日起提出异议，也可以自收到之日起六十日内依法申请行政复议，"
    "或者六个月内依法向人民法院提起行政诉讼。"
)
_BY_MOVE = {
    "accept": "repair_acceptance",
    "turn_down": "repair_not_accepted",
    "not_accept": "repair_not_accepted",
    "tell_gaps": "repair_gaps",
    "extend": "repair_extension",
    "repair": "repair_decision",
    "repair_at_once": "repair_decision",
    "plan_done": "repair_decision",
    "refuse": "repair_refusal",
    "answer_objection": "repair_objection",
    "revoke": "repair_revocation",
    "shield": "repair_shield",
    "plan_failed": "repair_shield_end",
}
_REASONS = dict((*NOT_ACCEPTED_REASONS, *REFUSED_REASONS))


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that there is: its kind, and the step that it tells of."""

    kind: str
    seq: int

    @property
    def name(self) -> str:
        """What it is called."""
        return KINDS[self.kind][0]


@dataclass(frozen=True, slots=True)
class Telling:
    """All that a paper of a record's case is drawn from."""

    case: CaseState
    record: CreditRecord
    book: Book
    register: Register
    step: Step

    def due(self, clock: str) -> str:
        """The day that the step set for a clock."""
        for entry in reversed(self.step.body.get("clocks") or []):
            if entry["kind"] == clock:
                return moment_text(datetime.fromisoformat(entry["due"]))
        return ""


def papers_of(case: CaseState, steps: Sequence[Step]) -> list[Paper]:
    """The papers of a case, oldest first."""
    if case.system == s.SYSTEM:
        made = bool(case.data["pledge"].get("made"))
        return [Paper("repair_pledge", steps[0].seq)] if made and steps else []
    return [Paper(_BY_MOVE[one.move], one.seq) for one in steps if one.move in _BY_MOVE]


def moment_text(moment: datetime) -> str:
    """``2026年3月2日`` in the city."""
    return day_text(moment.astimezone(SHANGHAI).date())


def paper_data(t: Telling, paper: Paper, applicant: str, *, demo: bool) -> dict[str, Any]:
    """What the template prints of a record's paper (no statement)."""
    said = _TEXTS[paper.kind](t)
    unit = t.register.unit(t.case.unit_id).name if t.case.unit_id else t.record.authority
    return sheet(
        t.register,
        paper.name,
        said,
        number=t.case.number,
        applicant=applicant,
        unit=unit,
        seal="（专用印章）",
        day=moment_text(t.step.at),
        demo=demo,
    ) | {"seq": paper.seq}


def pledge_data(
    case: CaseState, book: Book, register: Register, applicant: str, *, demo: bool
) -> dict[str, Any]:
    """What the pledge prints: the text that was signed, its version and hash."""
    pledge = case.data["pledge"]
    said = {
        "paragraphs": ["为申请信用修复，现向社会公开作出以下承诺："],
        "parts": [{"title": "承诺事项", "lines": list(book.pledge)}],
        "facts": [
            ("文本版本", pledge["version"]),
            ("文本校验值（SM3）", pledge["digest"][:32], pledge["digest"][32:]),
            ("承诺时间", f"{case.received_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ],
    }
    return sheet(
        register,
        KINDS["repair_pledge"][0],
        said,
        number=case.number,
        applicant=book.window,
        unit=applicant,
        seal="（承诺人）",
        day=moment_text(case.received_at),
        demo=demo,
    )


def sheet(register: Register, title: str, said: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The parts that every paper has, with what this one says."""
    return {
        "city": register.node(register.root).name,
        "platform": "信用信息平台",
        "under": "申请编号",
        "title": title,
        "paragraphs": said.get("paragraphs", []),
        "facts": [list(fact) for fact in said.get("facts", [])],
        "parts": said.get("parts", []),
        "remedy": said.get("remedy", ""),
        **more,
    }


def _about(t: Telling) -> list[tuple[str, str]]:
    return [
        ("失信信息", t.record.document_no),
        ("文书日期", day_text(t.record.document_date)),
        ("认定单位", t.record.authority),
    ]


def _accepted(t: Telling) -> dict[str, Any]:
    due = t.due(s.DECIDE)
    return {
        "paragraphs": [f"您提出的信用修复申请，符合受理条件，决定受理，并于{due}前作出决定。"],
        "facts": [*_about(t), ("办理依据", str(t.step.body.get("rule") or "信用修复管理办法"))],
    }


def _not_accepted(t: Telling) -> dict[str, Any]:
    missing = list(t.step.body.get("missing") or ())
    earliest = t.step.body.get("earliest")
    codes = [code for code in t.step.body.get("codes") or () if code in _REASONS]
    reason = t.step.note or "；".join(_REASONS[code] for code in codes[:1])
    lines = [] if not earliest else [f"最早可于{day_text(date.fromisoformat(earliest))}申请。"]
    return {
        "paragraphs": [
            "您提出的信用修复申请，不符合受理条件，决定不予受理。"
            + (f"理由：{reason}" if reason and not missing else ""),
            *lines,
        ],
        "facts": _about(t),
        "parts": [{"title": "缺少的条件和材料", "lines": missing}] if missing else [],
        "remedy": REMEDY,
    }


def _gaps(t: Telling) -> dict[str, Any]:
    lines = [line for line in t.step.note.splitlines() if line.strip()]
    return {
        "paragraphs": [
            "您提出的信用修复申请需要补正，现将全部内容一次性告知如下。",
            f"请于{t.due(s.CORRECTION)}前补正；逾期未补正的，视为撤回申请。",
        ],
        "facts": _about(t),
        "parts": [{"title": "需要补正的全部内容", "lines": lines}],
    }


def _extended(t: Telling) -> dict[str, Any]:
    return {
        "paragraphs": [f"因情况复杂，决定延长办理期限，并于{t.due(s.DECIDE)}前作出决定。"],
        "facts": [*_about(t), ("延期理由", t.step.note or "—")],
    }


def _granted(t: Telling) -> dict[str, Any]:
    by_court = t.step.move == "plan_done"
    first = (
        "重整计划（和解协议）已经执行完毕，临时屏蔽转为信用修复。"
        if by_court
        else "经审查，您的申请符合信用修复的全部条件，准予修复。"
    )
    return {
        "paragraphs": [
            first,
            "自本决定作出之时起，终止公示该失信信息，停止共享和使用，解除与其相关的失信惩戒措施；"
            "第三方保存的副本应当同步更新，与“信用中国”不一致的，以“信用中国”为准。",
            "信用修复不收取任何费用。",
        ],
        "facts": [*_about(t), ("修复日期", moment_text(t.step.at))],
        "remedy": "" if by_court else "信用承诺不实的，撤销修复，恢复公示和措施。",
    }


def _refused(t: Telling) -> dict[str, Any]:
    codes = [_REASONS[code] for code in t.step.body.get("codes") or () if code in _REASONS]
    return {
        "paragraphs": [f"经审查，决定不予信用修复。情形：{'、'.join(codes)}。", t.step.note],
        "facts": _about(t),
        "remedy": REMEDY,
    }


def _objection(t: Telling) -> dict[str, Any]:
    kept = t.step.body.get("result") == "kept"
    answer = "经复核，维持原决定。" if kept else "经复核，异议成立，重新审查您的申请。"
    return {
        "paragraphs": [answer, t.step.note],
        "facts": _about(t),
        "remedy": REMEDY if kept else "",
    }


def _revoked(t: Telling) -> dict[str, Any]:
    return {
        "paragraphs": [
            "经查，您在信用修复中作出的信用承诺不实，决定撤销信用修复。",
            t.step.note,
            f"自本决定作出之时起恢复公示和失信惩戒措施，最长公示期不变（至{day_text(t.record.max_end)}）；"
            "是否构成严重失信，另行认定。",
        ],
        "facts": _about(t),
        "remedy": REMEDY,
    }


def _shielded(t: Telling) -> dict[str, Any]:
    return {
        "paragraphs": [
            "依据人民法院批准重整计划（认可和解协议）的裁定，临时屏蔽该失信信息，暂停相关措施。",
            f"最长公示期照常计算（至{day_text(t.record.max_end)}）。重整计划终止执行的，恢复公示和措施；"
            "执行完毕的，屏蔽转为修复。",
        ],
        "facts": _about(t),
    }


def _shield_ended(t: Telling) -> dict[str, Any]:
    on = date.fromisoformat(t.step.body["on"])
    return {
        "paragraphs": [
            f"人民法院于{day_text(on)}以{t.step.body['document']}终止重整计划（和解协议）的执行，"
            f"临时屏蔽终止，恢复公示和措施。最长公示期不变（至{day_text(t.record.max_end)}）。"
        ],
        "facts": _about(t),
        "remedy": REMEDY,
    }


_TEXTS: dict[str, Callable[[Telling], dict[str, Any]]] = {
    "repair_acceptance": _accepted,
    "repair_not_accepted": _not_accepted,
    "repair_gaps": _gaps,
    "repair_extension": _extended,
    "repair_decision": _granted,
    "repair_refusal": _refused,
    "repair_objection": _objection,
    "repair_revocation": _revoked,
    "repair_shield": _shielded,
    "repair_shield_end": _shield_ended,
}

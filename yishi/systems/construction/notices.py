"""Messages that moves of projects write, as rows of the same commit."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from yishi.foundation.cases.change import Change
from yishi.foundation.cases.draft import Draft
from yishi.foundation.messages.models import Channel, Message
from yishi.foundation.messages.outbox import message_row
from yishi.foundation.messages.texts import Text
from yishi.systems.construction.states import LEAD, PROJECT, SURVEY

TEXTS = {
    "construction.card": Text(
        "收到督办",
        "项目 {number}（{type}）被督办（{level}），请于 {due} 前答复。逾期不等于同意。",
        "You have been given a card",
        "Project {number} ({type}) was given a card ({level}); please answer by {due}. "
        "Overdue is never approval.",
    ),
    "construction.dates": Text(
        "时限按新日历重算",
        "放假安排公布后，项目 {number}（{type}）的时限由暂定改为 {due}。",
        "A deadline was computed again",
        "After the holidays were published the deadline of project {number} ({type}) is {due}.",
    ),
    "construction.opinion": Text(
        "请出具验收意见",
        "项目 {number}（{type}）第 {round} 轮联合验收，请在现场查验后出具意见。",
        "Your opinion is asked for",
        "Project {number} ({type}), round {round} of the joint acceptance: please give your "
        "opinion after the inspection.",
    ),
    "construction.rectify": Text(
        "需要整改",
        "项目 {number}（{type}）验收需要整改，通知书 {notice}，"
        "计划 {days} 个工作日。整改期间不计时。",
        "Something must be put right",
        "Project {number} ({type}): see notice {notice}, {days} working days are planned. The "
        "clock stands still meanwhile.",
    ),
    "construction.passed": Text(
        "验收通过",
        "项目 {number}（{type}）{what}验收通过，意见书可以下载。请于 {due} 前备案。",
        "Accepted",
        "Project {number} ({type}): {what} passed the acceptance; the document can be downloaded. "
        "Please file it by {due}.",
    ),
    "construction.survey": Text(
        "新的测绘委托",
        "项目 {number}（{type}）委托多测合一 {order}，请于 {days} 个工作日内提交成果。",
        "A new survey order",
        "Project {number} ({type}) ordered the merged survey {order}; results are due within "
        "{days} working days.",
    ),
}


def _params(draft: Draft) -> dict[str, Any]:
    case = draft.case
    clock = case.clock("card") or case.clock(PROJECT)
    due = f"{clock.due_at.astimezone(draft.now.tzinfo):%Y-%m-%d}" if clock else ""
    return {"number": case.number, "type": case.subject[:60], "due": due}


def _put(draft: Draft, template: str, to: str, params: dict[str, Any], **who: Any) -> None:
    if not draft.context.tells(draft.now):
        return
    row = message_row(
        template,
        key=f"case:{draft.case.id}:{draft.case.trace_length + 1}:{to}",
        now=draft.now,
        params=_params(draft) | params,
        about_kind="case",
        about_id=draft.case.id,
        **who,
    )
    draft.rows.append((Message, dict(row)))


def to_office(draft: Draft, office: int, template: str, **params: Any) -> None:
    """Put a message on an office's desk."""
    _put(draft, template, f"unit:{office}:{template}", params, unit_id=office)


def rows_to_owner(change: Change, template: str, now: datetime, **params: Any) -> None:
    """Tell the owner something that belongs to *change*, if there is an address."""
    case = change.after
    for contact, channel in case.data.get("contacts", ()):
        row = message_row(
            template,
            key=f"case:{case.id}:{case.trace_length}:{template}:{contact}",
            now=now,
            params={"number": case.number, "type": case.subject[:60], "due": "", **params},
            about_kind="case",
            about_id=case.id,
            contact_id=uuid.UUID(contact),
            channel=Channel(channel),
        )
        change.rows.append((Message, dict(row)))


def of_new_dates(draft: Draft) -> None:
    """One message about all deadlines that moved: to who leads, else to whoever surveys."""
    for role in (LEAD, SURVEY):
        held = draft.case.duty(role)
        if held is not None:
            to_office(draft, held.unit_id, "construction.dates")
            return

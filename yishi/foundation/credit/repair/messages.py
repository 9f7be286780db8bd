"""The messages that moves of a repair write, as rows of the same commit."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.messages.models import Channel, Message
from yishi.foundation.messages.outbox import message_row
from yishi.foundation.messages.texts import Text

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

TEXTS = {
    "repair.received": Text(
        "收到信用修复申请",
        "信用修复 {number} 已转到本单位，请在 {due} 前决定是否受理。",
        "A credit repair was received",
        "Credit repair {number} was given to your unit; accept or refuse it by {due}.",
    ),
    "repair.corrected": Text(
        "信用修复申请已补正",
        "信用修复 {number} 的申请人已补正，请在 {due} 前决定是否受理。",
        "A credit repair was corrected",
        "The applicant corrected credit repair {number}; accept or refuse it by {due}.",
    ),
    "repair.objected": Text(
        "信用修复决定有异议",
        "申请人对信用修复 {number} 的决定提出异议，请在 {due} 前答复。",
        "A repair decision is disputed",
        "The applicant disputes the decision on credit repair {number}; answer by {due}.",
    ),
    "repair.flag": Text(
        "信用修复已撤销，请认定是否严重失信",
        "信用修复 {number} 因承诺不实被撤销，请在 {due} 前认定是否构成严重失信。",
        "A repair was revoked",
        "Credit repair {number} was revoked; decide by {due} whether it is a serious breach.",
    ),
    "repair.gaps": Text(
        "信用修复申请需要补正",
        "您的信用修复申请 {number} 需要补正，请登录查看全部补正内容。",
        "Your repair application needs correction",
        "Your credit repair {number} needs correction; sign in to see all of it.",
    ),
    "repair.repaired": Text(
        "信用修复决定：准予修复",
        "信用修复 {number} 已准予修复，公示已终止，决定书可登录下载。",
        "Your record was repaired",
        "Credit repair {number} was granted; publication has ended. Sign in for the decision.",
    ),
    "repair.answered": Text(
        "信用修复申请已答复",
        "您的信用修复申请 {number} 已全部答复：{of} 条信息中 {given} 条已修复，请登录查看。",
        "Your repair application was answered",
        "Your application {number} was answered: {given} of {of} records were repaired.",
    ),
    "repair.revoked": Text(
        "信用修复已被撤销",
        "信用修复 {number} 因信用承诺不实被撤销，已恢复公示，决定书可登录下载。",
        "A repair was revoked",
        "Credit repair {number} was revoked for a false pledge; the record is published again.",
    ),
    "repair.shielded": Text(
        "失信信息已临时屏蔽",
        "{number}：依据法院裁定，失信信息已临时屏蔽，相关措施暂停。",
        "A record was shielded",
        "{number}: under the court's ruling the record is shielded and measures rest.",
    ),
    "repair.shield_ended": Text(
        "临时屏蔽已终止",
        "{number}：重整计划终止执行，失信信息已恢复公示。",
        "A shield has ended",
        "{number}: the plan failed; the record is published again.",
    ),
}


def to_body(draft: Draft, template: str, clock: str) -> None:
    """Put a message on the desk of the body that decides."""
    case = draft.case
    if case.unit_id is None:
        return
    found = case.clock(clock)
    due = found.due_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if found else None
    _put(draft, template, f"unit:{case.unit_id}", {"due": due}, unit_id=case.unit_id)


def to_applicant(draft: Draft, template: str, **params: Any) -> None:
    """Tell the applicant, where an address was left."""
    for contact, channel in draft.case.data.get("contacts") or ():
        who = {"contact_id": uuid.UUID(contact), "channel": Channel(channel)}
        _put(draft, template, contact, params, **who)


def _put(draft: Draft, template: str, to: str, params: dict[str, Any], **who: Any) -> None:
    if not draft.context.tells(draft.now):
        return
    case = draft.case
    row = message_row(
        template,
        key=f"case:{case.id}:{case.trace_length + 1}:{template}:{to}",
        now=draft.now,
        params={"number": case.number, **params},
        about_kind="case",
        about_id=case.id,
        **who,
    )
    draft.rows.append((Message, dict(row)))

"""The messages that moves of items write, as rows of the same commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.messages.models import Message
from yishi.foundation.messages.outbox import message_row
from yishi.foundation.messages.texts import Text

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

TEXTS = {
    "item.released": Text(
        "前置事项已办结，可以办理",
        "办件 {number}（{type}）等待的前置事项已办结，即日起计时，截止 {due}。",
        "What an item waited for is decided",
        "Item {number} ({type}) may begin; it is due {due}.",
    ),
    "item.recalculated": Text(
        "办理期限已按新日历调整",
        "办件 {number}（{type}）的期限按新公布的节假日安排重新计算，现截止 {due}。",
        "A deadline was computed again",
        "The limit of item {number} ({type}) was computed under the new calendar; it is due {due}.",
    ),
}


def to_body(draft: Draft, template: str) -> None:
    """Put a message on the desk of the body that decides the case."""
    case = draft.case
    if case.unit_id is None or not draft.context.tells(draft.now):
        return
    running = [clock.due_at for clock in case.clocks if clock.running]
    due = min(running).astimezone(SHANGHAI).strftime("%m-%d %H:%M") if running else None
    row = message_row(
        template,
        key=f"case:{case.id}:{case.trace_length + 1}:unit:{case.unit_id}",
        now=draft.now,
        unit_id=case.unit_id,
        params={"number": case.number, "type": case.subject[:60], "due": due},
        about_kind="case",
        about_id=case.id,
    )
    draft.rows.append((Message, dict(row)))

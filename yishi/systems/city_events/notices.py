"""The messages that moves write, as rows of the same commit."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from yishi.foundation.messages.models import Channel, Message
from yishi.foundation.messages.outbox import message_row
from yishi.systems.city_events import roles

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

#: What answers the reporter's own act of this minute does not wait for the morning.
ANSWERS = frozenset({"report.received", "report.merged"})
CITY_TIME = ZoneInfo("Asia/Shanghai")


def _params(draft: Draft) -> dict[str, Any]:
    case = draft.case
    clock = case.clock("handling")
    due = clock.due_at.astimezone(CITY_TIME).strftime("%m-%d %H:%M") if clock else None
    return {"number": case.number, "type": case.data.get("type_name", ""), "due": due}


def _urgent(draft: Draft) -> bool:
    """Emergency hours run through nights and holidays; so do their messages."""
    clock = draft.case.clock("handling")
    return clock is not None and "紧急" in clock.limit_text


def to_unit(draft: Draft, unit_id: int, template: str, **params: Any) -> None:
    """Put a message on a unit's desk."""
    if not draft.context.tells(draft.now):
        return
    row = message_row(
        template,
        key=f"case:{draft.case.id}:{draft.case.trace_length + 1}:unit:{unit_id}",
        now=draft.now,
        unit_id=unit_id,
        params=_params(draft) | params,
        about_kind="case",
        about_id=draft.case.id,
        urgent=_urgent(draft),
    )
    draft.rows.append((Message, dict(row)))


def to_main(draft: Draft, template: str, **params: Any) -> None:
    """Put a message on the desk of the unit that handles the case, if one does."""
    main = draft.case.duty(roles.MAIN)
    if main is not None:
        to_unit(draft, main.unit_id, template, **params)


def to_person(draft: Draft, user_id: int, template: str) -> None:
    """Put a message into an officer's inbox."""
    if not draft.context.tells(draft.now):
        return
    row = message_row(
        template,
        key=f"case:{draft.case.id}:{draft.case.trace_length + 1}:user:{user_id}",
        now=draft.now,
        user_id=user_id,
        params=_params(draft),
        about_kind="case",
        about_id=draft.case.id,
        urgent=_urgent(draft),
    )
    draft.rows.append((Message, dict(row)))


def to_reporters(draft: Draft, template: str, params: dict[str, Any]) -> None:
    """Tell every reporter who left an address. Those who left none follow by tracking code.

    ``contacts`` in the case's data are references: [id of the encrypted contact, channel].
    """
    if not draft.context.tells(draft.now):
        return
    for contact, channel in draft.case.data.get("contacts", ()):
        row = message_row(
            template,
            key=f"case:{draft.case.id}:{draft.case.trace_length + 1}:contact:{contact}",
            now=draft.now,
            contact_id=uuid.UUID(contact),
            channel=Channel(channel),
            params=_params(draft) | params,
            about_kind="case",
            about_id=draft.case.id,
            urgent=template in ANSWERS,
        )
        draft.rows.append((Message, dict(row)))

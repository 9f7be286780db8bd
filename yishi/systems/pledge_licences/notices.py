"""Messages that moves write, as rows of the same commit."""

from __future__ import annotations

import uuid
from typing import Any

from yishi.foundation.cases.draft import Draft
from yishi.foundation.messages.models import Channel, Message
from yishi.foundation.messages.outbox import message_row
from yishi.foundation.messages.texts import Text
from yishi.systems.pledge_licences import states as s

TEXTS = {
    "pledge.granted": Text(
        "新的告知承诺许可，请核查",
        "许可 {number}（{type}）已当场发证，请签收，并于 {due} 前核查。",
        "A licence was granted by pledge",
        "Licence {number} ({type}) was granted on the spot. Please check it by {due}.",
    ),
    "pledge.check_overdue": Text(
        "核查逾期",
        "许可 {number}（{type}）应于 {due} 前核查，现已逾期。许可效力不受影响，请尽快核查。",
        "A check is overdue",
        "Licence {number} ({type}) was to be checked by {due}. The licence stands; please check.",
    ),
    "pledge.paper_overdue": Text(
        "后补材料逾期",
        "许可 {number}（{type}）应当后补的材料已过期限，请尽快补交；逾期情况会列入核查。",
        "A paper is overdue",
        "Licence {number} ({type}): a paper that was to come later is overdue. Please hand it in; "
        "the check will look at it.",
    ),
    "pledge.rectified": Text(
        "持证人报告已整改",
        "许可 {number}（{type}）的持证人报告已经整改，请复查。",
        "The holder says that it was put right",
        "The holder of {number} ({type}) says that it was put right. Please look again.",
    ),
    "pledge.rectify": Text(
        "责令限期整改",
        "许可 {number}（{type}）核查发现与承诺不符，请于 {due} 前整改。逾期不改将撤销许可。",
        "Please put it right",
        "Licence {number} ({type}): something differs from your pledge. Put it right by {due}, "
        "or the licence will be revoked.",
    ),
    "pledge.met": Text(
        "核查合格",
        "许可 {number}（{type}）核查合格。",
        "The check was passed",
        "Licence {number} ({type}) passed the check.",
    ),
    "pledge.revoked": Text(
        "许可已撤销",
        "许可 {number}（{type}）已被撤销。您可以依法申请行政复议或者提起行政诉讼。",
        "The licence was revoked",
        "Licence {number} ({type}) was revoked. You may apply for review or sue.",
    ),
}


def _row(draft: Draft, template: str, to: str, params: dict[str, Any], **who: Any) -> None:
    if not draft.context.tells(draft.now):
        return
    case = draft.case
    clock = case.last_clock(s.CHECK_CLOCK)
    due = f"{clock.due_at.astimezone(draft.now.tzinfo):%Y-%m-%d}" if clock else "—"
    row = message_row(
        template,
        key=f"case:{case.id}:{case.trace_length + 1}:{to}",
        now=draft.now,
        params={"number": case.number, "type": case.subject[:60], "due": due, **params},
        about_kind="case",
        about_id=case.id,
        **who,
    )
    draft.rows.append((Message, dict(row)))


def to_regulator(draft: Draft, template: str, **params: Any) -> None:
    """Put a message on the regulator's desk."""
    unit = draft.case.data["regulator"]
    _row(draft, template, f"unit:{unit}:{template}", params, unit_id=unit)


def to_holder(draft: Draft, template: str, **params: Any) -> None:
    """Tell the holder, where an address is known."""
    for contact, channel in draft.case.data.get("contacts", ()):
        _row(
            draft,
            template,
            f"contact:{contact}:{template}",
            params,
            contact_id=uuid.UUID(contact),
            channel=Channel(channel),
        )

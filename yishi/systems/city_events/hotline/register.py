"""What becomes of a call: a case, an exclusion, a repeat that is only told, or new facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import one_locked
from yishi.foundation.cases.change import Change, joined
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.plan import plan
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.context import City
from yishi.systems.city_events.filing import opened, received
from yishi.systems.city_events.hotline.models import FollowUp, Referral, RepeatCall
from yishi.systems.city_events.intake import Receipt, report
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.merging import merged_into
from yishi.systems.city_events.reports import ReportInput

CHANNEL = "hotline"
#: What is kept of a matter that must not be written down (exclusion 4).
NOT_WRITTEN = "涉及秘密或隐私，内容不记录"


def exclude(
    actor: Actor,
    raw: Mapping[str, Any],
    referral: Referral,
    now: datetime,
    channel: str = CHANNEL,
) -> tuple[Receipt, Referral]:
    """Keep the call as a ticket that is never dispatched, with what the caller was told.

    Of secrets and private matters (4) neither words nor place are kept.

    Raises:
        FieldError: for wrong input; nothing is stored.
        IntakeConflict: for a known ``external_id`` with another body.
    """
    content = dict(raw)
    if referral.reason == "4":
        content = {name: content[name] for name in ("external_id",) if name in content}
        content["description"] = NOT_WRITTEN
    content.pop("type", None)
    content.pop("standard", None)

    def opening(
        case_id: int, data: ReportInput, who: Actor, registers: City, at: datetime
    ) -> Change:
        first = received(case_id, data, who, registers, at)
        facts = {"reason": referral.reason, "referral": referral.key, "spoken": True}
        context = registers.for_case(first.after)
        after = plan(LIFECYCLE, first.after, "exclude", who, facts, at, context, trusted=True)
        return joined([first, after])

    return report(actor, content, channel, now, opening), referral


@dataclass(frozen=True, slots=True)
class Told:
    """A repeated call: the case that it was about, as it stood."""

    case: Case
    replayed: bool


def tell_only(actor: Actor, number: str, key: object, now: datetime) -> Told:
    """A repeat without new facts (§S2.8 8): told, linked and counted; no new case.

    *key* makes a repeated submit one repeat.

    Raises:
        FieldError: on ``earlier`` when *actor* sees no such case, on ``external_id``.
    """
    token = clean_text("external_id", key, 128)
    if not token:
        raise FieldError("external_id", "缺少登记编号", "required")
    case = _seen(actor, number)
    fields = {"state": case.state, "actor_ref": actor.ref, "at": now, "case_id": case.pk}
    try:
        with transaction.atomic():
            RepeatCall.objects.create(key=token, **fields)
    except IntegrityError:
        return Told(case, replayed=True)
    return Told(case, replayed=False)


def with_new_facts(
    actor: Actor, number: str, raw: Mapping[str, Any], now: datetime, channel: str = CHANNEL
) -> Receipt:
    """The same matter with new facts: one more report of the case while it is open, else a new
    case linked to the old one (§S2.8 8).

    Raises:
        FieldError: for wrong input, and on ``earlier`` when *actor* sees no such case.
        IntakeConflict: for a known ``external_id`` with another body.
    """
    _seen(actor, number)

    def opening(
        case_id: int, data: ReportInput, who: Actor, registers: City, at: datetime
    ) -> Change:
        earlier = one_locked(who, number)
        if earlier.closed_at is None:
            return merged_into(earlier, data, who, registers, at)
        link = {"id": earlier.id, "number": earlier.number}
        change = opened(case_id, data, who, registers, at, {"follows": earlier.number})
        change.after.data["follows"] = link
        change.rows.append((FollowUp, {"case_id": case_id, "earlier_id": earlier.id}))
        return change

    return report(actor, raw, channel, now, opening)


def _seen(actor: Actor, number: str) -> Case:
    text = clean_text("earlier", number, 40)
    found: Case | None = Case.objects.visible_to(actor).filter(number=text).first()
    if found is None:
        raise FieldError("earlier", "没有这件工单，或不在您的查看范围内", "unknown")
    return found

"""A single item applied for by itself, without a parent: at the window, through the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor, within
from yishi.foundation.approvals import roles
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.lifecycle import LIFECYCLE
from yishi.foundation.approvals.models import Submission
from yishi.foundation.approvals.starting import Wish, prepare
from yishi.foundation.approvals.submitted import read_values, seal
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import COLUMNS, commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models.parties import APPLICANT
from yishi.foundation.cases.party_access import party_row
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError

COLUMNS[Submission] = ("case_id", "sealed", "at")


#: Says why a holder may not apply for an item now (re-application barred …), or ``None``.
Bar = Callable[[uuid.UUID | None, str, str, datetime], str | None]
_BARS: list[Bar] = []


def register_bar(bar: Bar) -> None:
    """Let *bar* (party, credit code, item, now) refuse applications of whoever may not apply
    (called from an app's ``ready``)."""
    if bar not in _BARS:
        _BARS.append(bar)


def apply(actor: Actor, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Take in an application for one item: ``item``, ``division``, ``channel``, ``values`` (by
    field key), ``renews`` (``licence_no``, ``expires_on``, ``version``).

    Raises:
        FieldError: naming the field; nothing is stored.
        MoveRefused: ``role`` when *actor* takes in no applications there.
    """
    with transaction.atomic():
        change = planned(actor, raw, now)
        if not _takes_in(actor, change.after.managed_path):
            raise MoveRefused("role", "只有综合窗口和数据接口可以收件", change.after)
        commit([change])
    return change.after


def planned(
    actor: Actor, raw: Mapping[str, Any], now: datetime, *, party: uuid.UUID | None = None
) -> Change:
    """The same as a plan for the caller's own commit: whether *actor* may is then its question.
    *party* follows the case as its applicant.

    Raises:
        FieldError: naming the field.
    """
    found = registers()
    try:
        code = clean_text("division", raw.get("division"), 16)
        found.places.node(code)
        place = found.places.place_of_division(code)
    except PlaceError as error:
        raise FieldError("division", error.message, "place") from error
    _version, book = found.catalogue(now)
    item = book.items.get(clean_text("item", raw.get("item"), 60))
    if item is None:
        raise FieldError("item", "没有这个事项", "unknown")
    channel = clean_text("channel", raw.get("channel") or "window", 20)
    if channel not in item.channels:
        raise FieldError("channel", "该事项没有开通这个渠道", "unknown")
    given = raw.get("values") or {}
    if not isinstance(given, Mapping):
        raise FieldError("values", "应为字段的对照表", "type")
    today = now.astimezone(SHANGHAI).date()
    values = read_values(item, book, given, today)
    for bar in _BARS:
        why = bar(party, values.get("uscc", ""), item.key, now)
        if why:
            raise FieldError("item", why, "barred")
    wish = Wish(item.key, channel=channel, renews=_renews(raw.get("renews")))
    member = prepare(found, reserve(1)[0], wish, place, now)
    context = found.for_case(member.case)
    change = plan(
        LIFECYCLE, member.case, "receive", actor, member.facts, now, context, trusted=True
    )
    row = {"case_id": member.case.id, "sealed": seal(values), "at": now}
    change.rows.append((Submission, row))
    if party is not None:
        change.rows.append(party_row(member.case.id, party, APPLICANT, now, actor.mandate_id))
    return change


def _takes_in(actor: Actor, path: str) -> bool:
    return actor.kind == "system" or any(
        g.role == roles.CLERK and within(path, g.scope) for g in actor.grants
    )


def _renews(raw: Any) -> dict[str, Any] | None:
    if not raw:
        return None
    if not isinstance(raw, Mapping):
        raise FieldError("renews", "应为原证编号与有效期", "type")
    number = clean_text("renews.licence_no", raw.get("licence_no"), 64)
    if not number:
        raise FieldError("renews.licence_no", "请填写原证编号", "required")
    try:
        expires = date.fromisoformat(str(raw.get("expires_on")))
    except ValueError as error:
        raise FieldError("renews.expires_on", "应为日期，例如2026-05-25", "format") from error
    version = raw.get("version") or 1
    if type(version) is not int or not 1 <= version < 1_000:
        raise FieldError("renews.version", "应为版本号", "type")
    return {"licence_no": number, "expires_on": expires.isoformat(), "version": version}

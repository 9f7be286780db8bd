"""What somebody wants to open: the licences that a trade needs, applied for and signed together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.catalogue import Book as Items
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.catalogue.model import Book, Trade
from yishi.systems.pledge_licences.context import city
from yishi.systems.pledge_licences.services import beginning, ordinary, screening


@dataclass(frozen=True, slots=True)
class Needs:
    """What a trade needs: licences that may be pledged, and single items that may not."""

    trade: Trade
    pledged: tuple[str, ...]
    ordinary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Applications of one trade that belong together."""

    key: str
    needs: Needs
    cases: tuple[CaseState, ...]
    #: Ordinary applications that were opened beside them.
    items: tuple[CaseState, ...] = ()


def needs_of(book: Book, trade_key: str, answers: Mapping[str, Any]) -> Needs:
    """What is needed after the questions of the trade (no statement).

    Raises:
        FieldError: ``trade`` or ``answers``.
    """
    trade = book.trades.get(trade_key)
    if trade is None:
        raise FieldError("trade", "没有这个行业", "unknown")
    asked = {question.key: question for question in trade.questions}
    for key, value in answers.items():
        if key not in asked or not isinstance(value, bool):
            raise FieldError("answers", "应为问题代码与是否的对照表", "unknown")
    added = {key for q in trade.questions if answers.get(q.key) for key in q.adds}
    wanted = [key for key in trade.components if key in trade.always or key in added]
    return Needs(
        trade,
        tuple(key for key in wanted if key in book.licences),
        tuple(key for key in wanted if key not in book.licences),
    )


def begin(actor: Actor, raw: Mapping[str, Any], now: datetime) -> Bundle:
    """Apply for everything that a trade needs, what may not be pledged by the ordinary route:
    ``trade``, ``answers``, ``division``, ``values`` (of all items together), ``channel``; screened
    at once.

    All are taken in or none. Raises FieldError, MoveRefused.
    """
    found = city()
    _version, book = found.list_at(now)
    answers = raw.get("answers") or {}
    if not isinstance(answers, Mapping):
        raise FieldError("answers", "应为问题代码与是否的对照表", "type")
    needs = needs_of(book, clean_text("trade", raw.get("trade"), 48), answers)
    if not needs.pledged:
        raise FieldError("trade", "该行业没有可以承诺办理的事项，请按普通程序申请", "none")
    key = time_uuid(now).hex
    shared = {name: value for name, value in raw.items() if name not in ("trade", "answers")}
    with transaction.atomic():
        cases = [
            beginning.begin(
                actor,
                {
                    **shared,
                    "licence": licence,
                    "values": _values(raw, book, licence, found.items(now)),
                    "trade": needs.trade.key,
                    "bundle": key,
                },
                now,
            )
            for licence in needs.pledged
        ]
        items = [_ordinary(actor, raw, key_, cases[0], needs, now) for key_ in needs.ordinary]
    asked = tuple(screening.screen(actor, case.number, now) for case in cases)
    return Bundle(key, needs, asked, tuple(items))


def _ordinary(
    actor: Actor,
    raw: Mapping[str, Any],
    item_key: str,
    beside: CaseState,
    needs: Needs,
    now: datetime,
) -> CaseState:
    """A part of the trade that may not be pledged: applied for the ordinary way, at once."""
    item = city().items(now).items[item_key]
    pledge = beginning.pledge_of(beside)
    values = {**beginning.unseal(pledge), **(raw.get("values") or {})}
    where = (beside.division, beside.data["channel"])
    change = ordinary.opened(actor, item, pledge.holder, values, where, now)
    premises = beside.data["premises_key"]
    row = ordinary.trade_row(change, pledge.holder, needs.trade.key, premises, now)
    commit([change], [row])
    return change.after


def _values(raw: Mapping[str, Any], book: Book, licence: str, items: Items) -> dict[str, Any]:
    """The values that this licence's item asks for."""
    given = raw.get("values") or {}
    if not isinstance(given, Mapping):
        raise FieldError("values", "应为字段的对照表", "type")
    item = items.items.get(book.licences[licence].item)
    allowed = {*(item.fields if item else ()), *beginning.CHIEF}
    return {name: value for name, value in given.items() if item and name in allowed}

"""How closely a holder is supervised: declared rules over facts of file and checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.models import Party
from yishi.systems.pledge_licences.catalogue.model import Book, Licence, Rule
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import facts

KEY_LEVEL = "key"


def facts_of(
    party: Party,
    licence: Licence,
    held: Held | None,
    now: datetime,
    *,
    checks_met: int = 0,
) -> dict[str, Any]:
    """The facts of the rules about one holder and licence (1 statement and the credit file's)."""
    counts = facts.counted(party.file_id, now)
    measures = credit.measures(party, now)
    months = 0
    if held is not None:
        months = max(0, (now - held.granted_at).days // 30)
    return {
        "item_risk": licence.risk,
        "health_or_safety": licence.health_or_safety,
        "listed_after": bool(held is not None and held.listed_after),
        "false_pledge_before": counts["false"] > 0,
        "not_met_before": counts["not_met"] > 0,
        "record_in_force": "key_supervision" in measures,
        "checks_met": checks_met,
        "months_held": months,
    }


def rule_for(book: Book, known: Mapping[str, Any]) -> Rule:
    """The rule that holds."""
    return book.supervision.decide(known)


def assess(
    held: Held, licence: Licence, book: Book, case: CaseState, now: datetime, *, met: int = 0
) -> Rule:
    """The rule that holds for a licence now; *met*: checks that are being recorded as met."""
    checks = int(case.data.get("checks_met", 0)) + met
    return rule_for(book, facts_of(held.holder, licence, held, now, checks_met=checks))


def key_level(book: Book) -> str:
    """The closest level: the one that is checked first."""
    levels = book.supervision.levels.values()
    return min(levels, key=lambda level: level.order).key if levels else KEY_LEVEL


def levels_of(actor: Actor, cases: Iterable[int]) -> dict[int, str]:
    """The level of each of *cases* in sight (1 statement)."""
    rows = Held.objects.visible_to(actor).filter(case_id__in=list(cases))
    return dict(rows.values_list("case_id", "level"))

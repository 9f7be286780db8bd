"""What this system holds of people (erased, sealed anew) and what partners are told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from yishi.foundation.cases.erasure import Part
from yishi.foundation.cases.models import Case
from yishi.foundation.exchange.register import ExchangeSystem, Told
from yishi.foundation.parties.walked import Walked
from yishi.systems.direct_benefits.lifecycle import LIFECYCLE, SYSTEM
from yishi.systems.direct_benefits.models import Clawback, Objection
from yishi.systems.direct_benefits.services.clawing import VIEWS
from yishi.systems.direct_benefits.services.objecting import SEALED


def _objections() -> Any:
    return Objection.objects.unscoped("erasure concerns every objection")


def _clawbacks() -> Any:
    return Clawback.objects.unscoped("erasure concerns every clawback")


def _erase(ids: Collection[int]) -> int:
    """Who objected and what was said goes, and what the party said to a clawback; findings and
    decisions stay."""
    objections = _objections().filter(payout__case_id__in=ids).exclude(sealed="")
    views = _clawbacks().filter(payout__case_id__in=ids).exclude(views_sealed="")
    return int(objections.update(sealed="")) + int(views.update(views_sealed=""))


def _due(cases: QuerySet[Case]) -> QuerySet[Case]:
    objected = _objections().exclude(sealed="").values("payout__case_id")
    heard = _clawbacks().exclude(views_sealed="").values("payout__case_id")
    return cases.filter(Q(pk__in=objected) | Q(pk__in=heard))


PART = Part("benefit_words", "兑现异议人的信息与陈述申辩", _erase, _due)

#: How the change of keys walks through what is sealed here.
TABLES = (
    Walked(Objection, {"sealed": lambda row: SEALED}),
    Walked(Clawback, {"views_sealed": lambda row: VIEWS}),
)

#: Moves that partners hear of, each as which event.
TOLD = {
    "confirm": "benefit.confirmed",
    "post": "benefit.noticed",
    "strike": "benefit.struck",
    "decline": "benefit.declined",
    "ask_funds": "benefit.funds_asked",
    "booked": "benefit.paid",
    "grant": "benefit.granted",
    "return": "benefit.returned",
    "publish": "benefit.published",
    "claw_decide": "benefit.clawed_back",
    "repaid": "benefit.repaid",
}


def describe(told: Told) -> dict[str, Any]:
    """The content of an event: numbers, sums and days; nothing of people, no free text."""
    from yishi.systems.direct_benefits.context import city

    body = told.body
    state = LIFECYCLE.states[body["to"]]
    return {
        "move": body["move"],
        "move_label": LIFECYCLE.moves[body["move"]].label,
        "state": state.name,
        "state_label": state.label,
        "item": told.case.type_key,
        "batch": told.case.data.get("batch"),
        "period": told.case.data.get("period"),
        "amount_fen": body.get("amount"),
        "shares": body.get("shares"),
        "unit": city().places.unit_name(body.get("unit")),
    }


EXCHANGE = ExchangeSystem(SYSTEM, TOLD, describe)

"""What this system holds of people (erased, sealed anew) and what partners are told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from yishi.foundation.cases.erasure import Part
from yishi.foundation.cases.models import Case
from yishi.foundation.exchange.register import ExchangeSystem, Told
from yishi.foundation.parties.walked import Walked
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE, SYSTEM
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.services.beginning import SEALED as VALUES
from yishi.systems.pledge_licences.services.beginning import seal
from yishi.systems.pledge_licences.services.texts import SHOWN


def _rows() -> Any:
    return Pledge.objects.unscoped("erasure concerns every pledge")


def _erase(ids: Collection[int]) -> int:
    """The values go and the words that were shown; their hash stays, so that a copy in the holder's
    hands can still be compared."""
    return int(_rows().filter(case_id__in=ids).update(sealed=seal({}), shown=""))


def _due(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(pk__in=_rows().exclude(shown="").values("case_id"))


PART = Part("pledge_form", "告知承诺的申请内容与文本", _erase, _due)


#: How the change of keys walks through pledges.
TABLE = Walked(Pledge, {"sealed": lambda row: VALUES, "shown": lambda row: SHOWN})

#: Moves that a regulator's platform hears of, each as which event.
TOLD = {
    "decide": "licence.granted",
    "find_met": "licence.checked",
    "find_not_met": "licence.checked",
    "report_rectified": "licence.rectified",
    "check_again": "licence.check_opened",
    "alarm": "licence.check_overdue",
    "supervise": "licence.supervised",
    "find_false": "licence.revoked",
    "find_still_not_met": "licence.revoked",
    "revoke": "licence.revoked",
    "revoke_after_review": "licence.revoked",
    "keep": "licence.kept",
    "cancel": "licence.cancelled",
    "give_up": "licence.cancelled",
    "expire": "licence.expired",
}


def describe(told: Told) -> dict[str, Any]:
    """The content of an event: numbers and days, nothing of people, no free text."""
    from yishi.systems.pledge_licences.context import city

    body = told.body
    state = LIFECYCLE.states[body["to"]]
    unit = city().base.places.unit_name(body.get("unit"))
    return {
        "move": body["move"],
        "move_label": LIFECYCLE.moves[body["move"]].label,
        "state": state.name,
        "state_label": state.label,
        "licence": told.case.type_key,
        "licence_no": told.case.data.get("licence_no"),
        "certificate": told.case.data.get("certificate"),
        "unit": unit,
        "level": body.get("level"),
        "rectify_by": body.get("rectify_by"),
        "due": {clock["kind"]: clock["due"] for clock in body.get("clocks") or []},
    }


EXCHANGE = ExchangeSystem(SYSTEM, TOLD, describe)

"""What items hold of people: how it is erased and sealed anew, and what partners are told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from yishi.foundation.approvals.lifecycle import LIFECYCLE, SYSTEM
from yishi.foundation.approvals.models import Submission
from yishi.foundation.approvals.submitted import CONTEXT
from yishi.foundation.cases.erasure import Part
from yishi.foundation.cases.models import Case
from yishi.foundation.exchange.register import ExchangeSystem, Told
from yishi.foundation.parties.walked import Walked


def _rows() -> Any:
    return Submission.objects.unscoped("erasure concerns every application")


def _erase(ids: Collection[int]) -> int:
    return int(_rows().filter(case_id__in=ids).delete()[0])


def _due(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(pk__in=_rows().values("case_id"))


#: The applicant's answers in the form of a single item; case, papers and decision stay.
PART = Part("application_form", "申请表内容", _erase, _due)


#: How the change of keys walks through the forms.
TABLE = Walked(Submission, {"sealed": lambda row: CONTEXT})

#: Moves that partners hear of, each as which event. What stays inside the body is not told.
_TOLD = {
    "receive": "item.received",
    "release": "item.received",
    "accept": "item.accepted",
    "defer": "item.accepted",
    "deem_accepted": "item.accepted",
    "tell_gaps": "item.moved",
    "pause": "item.moved",
    "resume": "item.moved",
    "extend": "item.moved",
    "extend_joint": "item.moved",
    "decide": "item.decided",
    "deem_renewed": "item.decided",
    "issue": "item.issued",
    "deliver": "item.closed",
    "not_accept": "item.closed",
    "withdraw": "item.closed",
    "lapse_correction": "item.closed",
    "lapse_deferred": "item.closed",
    "not_started": "item.closed",
    "exempt": "item.closed",
    "revoke": "item.closed",
}


def describe(told: Told) -> dict[str, Any]:
    """The content of an event: nothing of the applicant, no free text."""
    from yishi.foundation.approvals.context import registers

    body = told.body
    state = LIFECYCLE.states[body["to"]]
    unit = registers().places.unit_name(body.get("unit"))
    return {
        "move": body["move"],
        "move_label": LIFECYCLE.moves[body["move"]].label,
        "state": state.name,
        "state_label": state.label,
        "item": told.case.type_key,
        "unit": unit,
        "result": body.get("result"),
        "licence_no": body.get("licence_no"),
        "due": {clock["kind"]: clock["due"] for clock in body.get("clocks") or []},
    }


EXCHANGE = ExchangeSystem(SYSTEM, _TOLD, describe)

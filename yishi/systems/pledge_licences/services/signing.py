"""Signing, and the decision on the spot: one commit for decision, certificate, credit and push.

Screening is asked anew at the moment of the decision; what it says then decides. Two who sign for
the same holder, licence and premises at once get one licence: the database refuses the second.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import owning
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.parties.party_models import ACTIVE
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import decision_row
from yishi.foundation.rulebook.outcome import Outcome, Truth
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.context import City, city, locked, seen
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import (
    composite,
    signature,
)
from yishi.systems.pledge_licences.services.beginning import pledge_of
from yishi.systems.pledge_licences.services.granting import Deciding, grant
from yishi.systems.pledge_licences.services.screening import ask, screened

RULE = "pledge_licences.grant"
TAKEN = "该主体在此经营场所已经持有同一有效许可"


def sign(
    actor: Actor,
    number: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    decide: bool = True,
) -> CaseState:
    """Sign what was shown: ``shown_hash`` of :func:`texts.show`, ``agreed`` (keys of all
    conditions), ``way`` (``online``, or ``paper`` at the window). The decision follows on the spot
    unless *decide* is False (then an officer decides). Signing the same again gives the same.

    The case afterwards is ``pushed`` with the certificate in ``data["certificate"]``, or
    ``not_eligible`` when screening answers otherwise at this moment.

    Raises:
        CaseNotFound, MoveRefused (``guard``: held already; ``state``: not to be signed now).
        FieldError: ``shown_hash`` when another text was shown last, ``agreed``.
    """
    found = city()
    case = seen(actor, number)
    if _signed_already(case, raw):
        return case
    answer = None
    if decide:
        pledge = pledge_of(case)
        _signed(case, pledge, raw, found)
        answer = ask(case, pledge, "decide", actor, found, now)
    return _in_one_commit(actor, [(number, raw, answer)], found, now)[0]


#: A case, what was sent for it, and what screening answered (None: nothing is decided yet).
Signing = tuple[str, Mapping[str, Any], credit.Answer | None]


def sign_all(actor: Actor, raws: Mapping[str, Mapping[str, Any]], now: datetime) -> list[CaseState]:
    """Sign several applications at once (those of one trade): all of them or none, in one commit.
    Raises as :func:`sign`."""
    found = city()
    wanted: list[Signing] = []
    for number, raw in raws.items():
        case = seen(actor, number)
        pledge = pledge_of(case)
        _signed(case, pledge, raw, found)
        wanted.append((number, raw, ask(case, pledge, "decide", actor, found, now)))
    return _in_one_commit(actor, wanted, found, now)


def _signed_already(case: CaseState, raw: Mapping[str, Any]) -> bool:
    shown = case.data.get("shown", {}).get("shown_hash")
    return case.state in s.HOLDING and raw.get("shown_hash") == shown


def _in_one_commit(
    actor: Actor, wanted: Sequence[Signing], found: City, now: datetime
) -> list[CaseState]:
    done: list[Deciding] = []
    cases: list[CaseState] = []
    try:
        with transaction.atomic():
            for number, raw, answer in sorted(wanted, key=lambda one: one[0]):
                case = locked(actor, number)
                cases.append(case)
                if not _signed_already(case, raw):
                    done.append(_sign(owning(actor, case), case, raw, answer, found, now))
            commit(
                [change for one in done for change in one.changes],
                [row for one in done for row in one.rows],
            )
            _after(done)
    except IntegrityError as error:
        raise _taken(error, cases[-1]) from error
    by_number = {case.number: case for case in [*cases, *(one.case for one in done)]}
    return [by_number[number] for number, _raw, _answer in wanted]


def _taken(error: IntegrityError, case: CaseState) -> Exception:
    if "licence_once" in str(error):
        return MoveRefused("guard", TAKEN, case)
    return error


def _sign(
    actor: Actor,
    case: CaseState,
    raw: Mapping[str, Any],
    answer: credit.Answer | None,
    found: City,
    now: datetime,
) -> Deciding:
    pledge = pledge_of(case)
    facts = _signed(case, pledge, raw, found)
    first = plan(LIFECYCLE, case, "sign", actor, facts, now, found.for_case(case))
    deciding = Deciding(actor, pledge, found, now, [first], [])
    pledge.signed_at, pledge.signed_by = now, actor.ref
    pledge.signature = signature.over(pledge.shown_hash, case.number, actor.ref, now)
    pledge.save(update_fields=["signed_at", "signed_by", "signature"])
    if answer is not None:
        _decide(deciding, answer)
    return deciding


def _signed(case: CaseState, pledge: Pledge, raw: Mapping[str, Any], found: City) -> dict[str, Any]:
    if case.state != "offered":
        label = LIFECYCLE.states[case.state].label
        raise MoveRefused("state", f"案件处于“{label}”，不能签署承诺", case)
    shown = clean_text("shown_hash", raw.get("shown_hash"), 64)
    if not shown or shown != pledge.shown_hash:
        raise FieldError("shown_hash", "告知承诺文本已更新，请重新阅读后再签署", "outdated")
    licence = found.for_case(case).catalogue.licences[case.type_key]
    agreed = raw.get("agreed") or ()
    if not isinstance(agreed, Sequence) or isinstance(agreed, str):
        raise FieldError("agreed", "应为条件代码的列表", "type")
    for one in licence.conditions:
        if one.key not in agreed:
            raise FieldError("agreed", f"请逐项确认：{one.text}", "required")
    known = {one.key for one in licence.conditions}
    if not set(map(str, agreed)) <= known:
        raise FieldError("agreed", "有不属于本事项的条件", "unknown")
    way = clean_text("way", raw.get("way") or "online", 10)
    if way not in ("online", "paper"):
        raise FieldError("way", "签署方式应为 online 或 paper", "unknown")
    return {"shown_hash": shown, "agreed": [one.key for one in licence.conditions], "way": way}


def decide(actor: Actor, number: str, now: datetime) -> CaseState:
    """The officer's decision on what was signed at the window; the same checks as on the spot.

    Raises CaseNotFound, MoveRefused.
    """
    found = city()
    before = seen(actor, number)
    _refuse_undecidable(before)
    answer = ask(before, pledge_of(before), "decide", actor, found, now)
    try:
        with transaction.atomic():
            case = locked(actor, number)
            _refuse_undecidable(case)
            start = Change(before=case, after=case)
            deciding = Deciding(actor, pledge_of(case), found, now, [start], [])
            _decide(deciding, answer, by_officer=True)
            commit(deciding.changes[1:], deciding.rows)
            _after([deciding])
    except IntegrityError as error:
        raise _taken(error, before) from error
    return deciding.case


def _refuse_undecidable(case: CaseState) -> None:
    if case.state != "signed":
        label = LIFECYCLE.states[case.state].label
        raise MoveRefused("state", f"案件处于“{label}”，不能决定", case)


def _decide(deciding: Deciding, answer: credit.Answer, *, by_officer: bool = False) -> None:
    """Apply the rule to what screening answered at this moment, and grant; else the ordinary route
    stands open."""
    case, pledge, found, now = deciding.case, deciding.pledge, deciding.found, deciding.now
    if _held_already(case, pledge):
        raise MoveRefused("guard", TAKEN, case)
    deciding.changes.append(screened(case, pledge, answer, "decide", found, now))
    outcome = found.base.rulebook.decide(RULE, _facts(deciding), now, case.managed_path)
    row = decision_row(outcome, "case", case.id, deciding.actor.ref, now)
    deciding.changes[-1].decisions.append(row)
    if deciding.case.state == "not_eligible":
        return
    if outcome.truth is not Truth.TRUE:
        raise MoveRefused("guard", _why(outcome), case)
    grant(deciding, outcome, by_officer)


def _why(outcome: Outcome) -> str:
    """The first condition that does not hold, in words."""
    failed = [one.reason() for one in outcome if one.truth is not Truth.TRUE]
    return f"不符合当场发证条件：{failed[0]}" if failed else "不符合当场发证条件"


def _held_already(case: CaseState, pledge: Pledge) -> bool:
    rows = Held.objects.unscoped("the holder's own licences").filter(
        holder__file_id=pledge.holder.file_id,
        licence_key=case.type_key,
        premises_key=case.data["premises_key"],
        state=Held.VALID,
    )
    return bool(rows.exists())


def _facts(deciding: Deciding) -> dict[str, Any]:
    case, pledge, licence = deciding.case, deciding.pledge, deciding.licence
    holder = pledge.holder
    screening = case.data["screening"]
    _version, current = deciding.found.list_at(deciding.now)
    return {
        "screening_outcome": screening["outcome"],
        "on_the_list": licence.key in current.licences,
        "holder_is_market_entity": holder.legal_kind in licence.holders and holder.state == ACTIVE,
        "fast_route_open": "fast_route_closed" not in screening["codes"],
        "signed_as_shown": bool(pledge.shown_hash)
        and case.data["shown"]["shown_hash"] == pledge.shown_hash,
        "all_conditions_promised": set(case.data.get("agreed", ()))
        == {condition.key for condition in licence.conditions},
        "licence_not_held": True,
    }


def _after(done: Sequence[Deciding]) -> None:
    """In the same transaction: composites of trades, and the job that makes the PDFs."""
    granted = [one for one in done if one.case.state == "pushed"]
    if not granted:
        return
    certificates.queue_files([uuid.UUID(one.case.data["certificate"]) for one in granted])
    trades = {
        (one.case.data["trade"], one.case.data["premises_key"]): one
        for one in granted
        if one.case.data["trade"]
    }
    for (trade, premises), one in trades.items():
        composite.refresh(one.pledge.holder, trade, premises, one.actor, one.now)

"""Revocation and what comes with it, in one commit: certificate, composite, credit record, bars on
re-application, the file of unlicensed operation; then the cancellation.

"Not met" and "false" differ: what was merely not put right is revoked without a bar; what was
promised falsely is revoked at once and counts as done without a licence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.models import CreditRecord
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import City, day_of
from yishi.systems.pledge_licences.models import CreditFact, Pledge, UnlicensedFile
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import bars, facts
from yishi.systems.pledge_licences.services.leaving import end_licence, set_certificate

#: Grounds of a revocation.
FALSE, BROKEN = "false_pledge", "not_rectified"
GROUNDS = {FALSE: "承诺虚假", BROKEN: "逾期未整改"}
UNLICENSED = "虚假承诺取得许可，按未取得许可从事活动处理"


@dataclass(slots=True)
class Following:
    """What a revocation adds to its commit; ``facts`` are for the move, ``record`` is the credit
    record among the rows."""

    record: CreditRecord
    rows: list[Any] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def following(
    case: CaseState,
    pledge: Pledge,
    licence: Licence,
    ground: str,
    *,
    found: City,
    actor: Actor,
    now: datetime,
) -> Following:
    """The rows and facts that follow from revoking on *ground*."""
    today, false = day_of(now), ground == FALSE
    record, rows = credit.record_of(
        credit.FALSE if false else credit.BROKEN,
        pledge.holder,
        licence,
        case_id=case.id,
        document_no=f"{case.number}撤销",
        authority=found.base.places.unit_name(case.data["regulator"]),
        unit_id=case.data["regulator"],
        on=today,
        actor=actor,
        now=now,
    )
    out = Following(record, list(rows), {"ground": ground, "record": record.number})
    kind = CreditFact.FALSE if false else CreditFact.BROKEN
    out.rows.append(facts.row(case, kind, now))
    if not false:
        return out
    barred = bars.rows_after(
        pledge.holder,
        case.id,
        licence.item,
        today,
        health_or_safety=licence.health_or_safety,
        granted=True,
    )
    until = max((row["until"] for _model, row in barred if row["until"]), default=None)
    if until is not None:
        out.facts["bar_until"] = until.isoformat()
    out.rows += [*barred, (UnlicensedFile, _unlicensed(case, pledge, found, today, now))]
    return out


def _unlicensed(
    case: CaseState, pledge: Pledge, found: City, today: date, now: datetime
) -> dict[str, Any]:
    prefix = found.base.places.number_prefix
    granted = Held.objects.unscoped("the locked case's own").get(case_id=case.id).granted_at
    return {
        "case_id": case.id,
        "number": f"{prefix}WZ{today:%Y%m%d}{case.id % 1_000_000:06d}",
        "party_id": pledge.holder.file_id,
        "unit_id": case.data["regulator"],
        "basis": UNLICENSED,
        "since": day_of(granted),
        "opened_at": now,
        "state": "open",
        "result": "",
    }


def take_effect(case: CaseState, ground: str, actor: Actor, now: datetime) -> None:
    """Licence and certificate count no longer (in the transaction of the move)."""
    end_licence(case, Held.REVOKED, now)
    set_certificate(case, "revoked", GROUNDS[ground], actor, now)

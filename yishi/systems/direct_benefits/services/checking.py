"""Credit and account are checked at confirmation, and again before anything is paid."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.systems.direct_benefits.context import City, city
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.ports import accounts, credit, items
from yishi.systems.direct_benefits.services import moving
from yishi.systems.direct_benefits.services.moving import Step

#: How the case goes on from where it was held.
_RELEASE = {
    "confirmed": "release",
    "noticed": "release_noticed",
    "funds_asked": "release_funds",
}
ENDED = "企业已注销或终止，请核实继受主体"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many passed, were held (账户待核实) and were struck (信用)."""

    passed: int
    held: int
    struck: int


def check(actor: Actor, number: str, now: datetime) -> Checked:
    """Check every payout of a batch that is confirmed, on notice or waiting for its money, and look
    again at those that were held. Raises FieldError, BatchNotFound."""
    from yishi.systems.direct_benefits.services import listing

    with transaction.atomic():
        batch, found = listing.mine(actor, number), city()
        chosen = moving.in_states(batch, {"confirmed", "noticed", "funds_asked"})
        done = check_payouts(actor, batch, chosen, now, found)
        held = [one for one in moving.in_states(batch, {"held"}) if one not in chosen]
        again = release_payouts(actor, batch, held, now, found)
        listing.finish(batch)
    return Checked(done.passed + again.passed, done.held + again.held, done.struck + again.struck)


def check_payouts(
    actor: Actor, batch: Batch, payouts: Sequence[Payout], now: datetime, found: City
) -> Checked:
    """Strike whom the credit file keeps from benefits (S9-A17), hold who has no verified account
    in its own name (S9-A19) or has ended; the account of the others is noted."""
    if not payouts:
        return Checked(0, 0, 0)
    closed, usable = _looked(batch, payouts, now)
    passed = _strike(batch, payouts, closed, now, found)
    holding: list[Step] = []
    fine: list[Payout] = []
    for one in passed:
        code, reason = _why_held(one, usable)
        if code:
            facts = {"held_from": one.state, "code": code, "note": reason}
            gone = {"reason_code": code, "reason": reason[:300], "account_id": None}
            holding.append(Step(one, facts, gone))
        else:
            one.account_id = usable[one.party_id][0] if one.party_id in usable else None
            fine.append(one)
    if holding:
        moving.move_many(ITSELF, "hold", holding, now, found)
    moving.store(fine)
    return Checked(len(fine), len(holding), len(payouts) - len(passed))


def release_payouts(
    actor: Actor, batch: Batch, payouts: Sequence[Payout], now: datetime, found: City
) -> Checked:
    """Of held payouts: strike whose credit is closed, let go on whose account is good now."""
    from yishi.systems.direct_benefits.services import funding

    if not payouts:
        return Checked(0, 0, 0)
    closed, usable = _looked(batch, payouts, now)
    passed = _strike(batch, payouts, closed, now, found)
    where = _held_from(passed)
    steps: dict[str, list[Step]] = {}
    for one in passed:
        code, _reason = _why_held(one, usable)
        if code:
            continue
        account = usable[one.party_id][0] if one.party_id in usable else None
        gone = {"reason_code": "", "reason": "", "account_id": account}
        # Where the others' money was asked for meanwhile, its own was set aside: it goes on there.
        move = "release_funds" if one.reserved else _RELEASE[where[one.pk]]
        facts = funding.asked_facts(batch, one, found, now) if one.reserved else {}
        steps.setdefault(move, []).append(Step(one, facts, gone))
    for move, chosen in steps.items():
        moving.move_many(actor, move, chosen, now, found)
    freed = sum(map(len, steps.values()))
    return Checked(freed, len(passed) - freed, len(payouts) - len(passed))


def _looked(
    batch: Batch, payouts: Sequence[Payout], now: datetime
) -> tuple[Mapping[uuid.UUID, str], Mapping[uuid.UUID, tuple[uuid.UUID | None, str]]]:
    """What the credit file and the accounts say of the parties; benefits that are no money need
    no account."""
    files = {one.party.file_id for one in payouts}
    closed = credit.closed(files, now)
    if not items.benefit(batch.item_version_id).fiscal:
        return closed, {}
    return closed, accounts.usable({one.party_id for one in payouts}, now)


def _strike(
    batch: Batch,
    payouts: Sequence[Payout],
    closed: Mapping[uuid.UUID, str],
    now: datetime,
    found: City,
) -> list[Payout]:
    """The payouts that stay; the others are struck by rule, each with its own reason."""
    from yishi.systems.direct_benefits.services import listing

    by_reason: dict[str, list[Payout]] = {}
    for one in payouts:
        if one.party.file_id in closed:
            by_reason.setdefault(closed[one.party.file_id], []).append(one)
    for reason, chosen in by_reason.items():
        listing.take_off(ITSELF, batch, chosen, "credit", reason, now, found)
    return [one for one in payouts if one.party.file_id not in closed]


def _why_held(
    one: Payout, usable: Mapping[uuid.UUID, tuple[uuid.UUID | None, str]]
) -> tuple[str, str]:
    if one.party.state != "active":
        return "ended", ENDED
    if not usable:
        return "", ""
    account, reason = usable.get(one.party_id, (None, "没有登记收款账户"))
    return ("account", reason or "账户待核实") if account is None else ("", "")


def _held_from(payouts: Sequence[Payout]) -> dict[int, str]:
    """In which state each payout was held (1 statement)."""
    rows = Payout.objects.unscoped("payouts of a locked batch").filter(
        pk__in=[one.pk for one in payouts]
    )
    return {pk: data["held_from"] for pk, data in rows.values_list("pk", "case__data")}

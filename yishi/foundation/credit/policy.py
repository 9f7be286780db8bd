"""Who may do what with the credit file."""

from __future__ import annotations

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.scope import keeps_records

OFFICER = "credit_officer"


def keeps(actor: Actor) -> bool:
    """Whether *actor* keeps the credit file of the whole city."""
    return keeps_records(actor, OFFICER)


def reads_all(actor: Actor) -> bool:
    """Whether *actor* sees every record and answer."""
    return keeps_records(actor)


def units_of(actor: Actor) -> list[int]:
    """The units in whose name *actor* records."""
    grants = actor.with_reach(Reach.UNIT)
    return sorted({g.unit_id for g in grants if g.unit_id and not g.off_duty})


def works_here(actor: Actor) -> bool:
    """Whether the pages of the credit file are for *actor*: keepers, and officers of units."""
    return reads_all(actor) or bool(units_of(actor))


def may_add(actor: Actor) -> bool:
    """Keepers record anything, officers what their unit decided."""
    return keeps(actor) or bool(units_of(actor))


def may_change(actor: Actor, record: CreditRecord) -> bool:
    """Who recorded it changes it (谁认定、谁修复), and the keepers do."""
    return keeps(actor) or (record.unit_id is not None and record.unit_id in units_of(actor))

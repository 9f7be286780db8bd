"""Who may see which records. As with cases, a query that nobody narrowed raises.

Keepers of credit records, auditors and administrators of the whole city see every record; officers
of a unit those that their unit recorded; a party its own; everybody what is published.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.access.loud import LoudQuerySet

M = TypeVar("M", bound=models.Model)
#: Roles of the whole city that see every record.
KEEPERS = ("credit_officer", "auditor", "administrator")


def keeps_records(actor: Actor, *roles: str) -> bool:
    """Whether *actor* holds one of *roles* (or any keeping role) for the whole city."""
    wanted = roles or KEEPERS
    held = any(g.role in wanted and g.scope and "/" not in g.scope for g in actor.grants)
    return actor.kind == "system" or held


def visible(actor: Actor, path: str = "") -> Q:
    """The records that *actor* may see, as a condition on *path* (``""`` or ``"record"``)."""
    prefix = f"{path}__" if path else ""
    if keeps_records(actor):
        return Q()
    condition = Q(**{f"{prefix}visible": True})
    units = [g.unit_id for g in actor.with_reach(Reach.UNIT) if g.unit_id]
    if units:
        condition |= Q(**{f"{prefix}unit_id__in": units})
    if actor.party_ids:
        condition |= Q(**{f"{prefix}party__file_id__in": actor.party_ids})
    return condition


class RecordQuerySet(LoudQuerySet[M]):
    """Records, or rows of a record."""

    #: Path from this model to the record, ``""`` for the record itself.
    record_path = ""

    def allowed(self, actor: Actor) -> Q:
        """The rows whose record *actor* may see."""
        return visible(actor, self.record_path)

"""Who may see deliveries, refused rows and corrections: the data's owner, those who keep the whole
city's data, and a party what it asked for itself. A query that nobody narrowed raises."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.loud import LoudQuerySet

M = TypeVar("M", bound=models.Model)
OWNER = "data_owner"
#: Roles that, held for the whole city, read what every source delivered.
READERS = ("administrator", "auditor")


def reads_all(actor: Actor) -> bool:
    """Whether *actor* sees every source's deliveries."""
    held = any(g.role in READERS and g.scope and "/" not in g.scope for g in actor.grants)
    return actor.kind == "system" or held


def owned_units(actor: Actor) -> list[int]:
    """The units in whose name *actor* delivers data."""
    mine = (g for g in actor.grants if g.role == OWNER and not g.off_duty)
    return sorted({g.unit_id for g in mine if g.unit_id})


def of_sources(actor: Actor, path: str) -> Q:
    """The rows of sources that *actor* answers for; *path* leads to the source."""
    if reads_all(actor):
        return Q()
    units = owned_units(actor)
    return Q(**{f"{path}unit_id__in": units}) if units else Q(pk__in=[])


class DeliveryQuerySet(LoudQuerySet[M]):
    """Deliveries."""

    def allowed(self, actor: Actor) -> Q:
        """Those of sources that *actor* answers for."""
        return of_sources(actor, "source__")


class RejectedQuerySet(LoudQuerySet[M]):
    """Refused rows."""

    def allowed(self, actor: Actor) -> Q:
        """Those of deliveries of such sources."""
        return of_sources(actor, "delivery__source__")


class CorrectionQuerySet(LoudQuerySet[M]):
    """Corrections asked for."""

    def allowed(self, actor: Actor) -> Q:
        """Those of such sources; and a party's own."""
        if actor.kind == "party":
            return Q(party_code__in=codes_of(actor))
        return of_sources(actor, "source__")


def codes_of(actor: Actor) -> list[str]:
    """The credit codes of the enterprise a party acts for (1 statement)."""
    from yishi.foundation.parties.party_models import Identifier

    if actor.party_id is None:
        return []
    rows = Identifier.objects.filter(
        party__file__records__id=actor.party_id, kind="uscc", ended_on__isnull=True
    )
    return sorted(rows.values_list("value", flat=True))

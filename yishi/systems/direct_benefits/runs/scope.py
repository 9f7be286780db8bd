"""Who may see candidates and tasks: the roles of direct benefits for the whole city, the owner of
the data that a task waits for, and an enterprise what concerns itself."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.loud import LoudQuerySet
from yishi.foundation.facts.scope import of_sources, reads_all

M = TypeVar("M", bound=models.Model)
#: Roles of direct benefits that see every candidate (declared in `direct_benefits.states`).
BENEFIT_ROLES = (
    "benefit_policy",
    "benefit_reviewer",
    "benefit_officer",
    "benefit_finance_maker",
    "benefit_finance_checker",
)


def works_on_benefits(actor: Actor) -> bool:
    """Whether *actor* sees every enterprise's outcome."""
    return reads_all(actor) or actor.has(*BENEFIT_ROLES)


class CandidateQuerySet(LoudQuerySet[M]):
    """Candidates."""

    def allowed(self, actor: Actor) -> Q:
        """All for the roles of direct benefits, an enterprise's own for the enterprise."""
        if works_on_benefits(actor):
            return Q()
        if actor.party_id is not None:
            return Q(party__file_id=actor.party_id)
        return Q(pk__in=[])


class TaskQuerySet(LoudQuerySet[M]):
    """Tasks about what is unknown."""

    def allowed(self, actor: Actor) -> Q:
        """All for the roles of direct benefits, else those of one's own sources."""
        return Q() if works_on_benefits(actor) else of_sources(actor, "source__")


class SwitchQuerySet(LoudQuerySet[M]):
    """Pairs that were turned to the other mode."""

    def allowed(self, actor: Actor) -> Q:
        """As candidates."""
        if works_on_benefits(actor):
            return Q()
        if actor.party_id is not None:
            return Q(party__file_id=actor.party_id)
        return Q(pk__in=[])

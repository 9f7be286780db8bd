"""Which parties an actor may see, and which cases a party may see.

An officer sees a party through the cases in the officer's scope; the city's administrators,
auditors and keepers of credit records may look for anybody with a purpose (all of it is logged). A
party sees itself, and whom it may act for.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case, CaseParty
from yishi.foundation.cases.models.parties import APPLICANT, CO_APPLICANT
from yishi.foundation.parties.merging import predecessors
from yishi.foundation.parties.models import Party

#: Roles that may look for any party, each time with a purpose.
WIDE_ROLES = ("administrator", "auditor", "credit_officer")
#: Roles on a case in which a party follows it. An agent follows what the mandate reaches, and only
#: as long as it does.
FOLLOWING = (APPLICANT, CO_APPLICANT)

Row = tuple[type[CaseParty], dict[str, Any]]


def party_row(
    case_id: int, party_id: uuid.UUID, role: str, at: Any, mandate_id: uuid.UUID | None = None
) -> Row:
    """A party of a case as a row of its commit (``draft.rows`` or ``commit(rows=…)``)."""
    return CaseParty, {
        "case_id": case_id,
        "party_id": party_id,
        "role": role,
        "mandate_id": mandate_id,
        "at": at,
    }


def may_look_widely(actor: Actor) -> bool:
    """Whether *actor* may look for parties beyond the cases in scope: for the whole city only, for
    a party belongs to no county."""
    wide = any(g.role in WIDE_ROLES and g.scope and "/" not in g.scope for g in actor.grants)
    return actor.kind == "system" or wide


def visible_parties(actor: Actor) -> QuerySet[Party]:
    """The files that *actor* may see."""
    files = Party.objects.filter(pk=F("file_id"))
    if may_look_widely(actor):
        return files
    if actor.party_ids:
        return files.filter(pk__in=actor.party_ids)
    links = CaseParty.objects.visible_to(actor).filter(party__file_id=OuterRef("pk"))
    return files.filter(Exists(links))


def may_see(actor: Actor, party: Party) -> bool:
    """Whether *actor* may open a party's file (1 statement)."""
    return visible_parties(actor).filter(pk=party.file_id).exists()


def cases_of(actor: Actor, party: Party) -> QuerySet[Case]:
    """The cases of a file, of all systems, that *actor* may see, newest first."""
    links = CaseParty.objects.unscoped("narrowed by the cases around it").filter(
        party__file_id=party.file_id
    )
    rows: QuerySet[Case] = Case.objects.visible_to(actor).filter(pk__in=links.values("case_id"))
    return rows.order_by("-received_at", "-id")


def followed_cases(actor: Actor) -> QuerySet[Any, Any]:
    """Ids of the cases that a party follows from the portal: where the party that it acts for is
    applicant, or took over from one who was; of an agent those in the mandate's matters."""
    if actor.party_id is None:
        return CaseParty.objects.unscoped("nobody's").none().values("case_id")
    files = [actor.party_id, *predecessors([actor.party_id])]
    rows: QuerySet[Any, Any] = CaseParty.objects.unscoped("the scope itself").filter(
        party__file_id__in=files, role__in=FOLLOWING
    )
    if "*" not in actor.matters:
        matters = list(actor.matters)
        rows = rows.filter(Q(case__type_key__in=matters) | Q(case__root__type_key__in=matters))
    return rows.values("case_id")


def with_own(actor: Actor, case_ids: Iterable[int]) -> Actor:
    """*actor* with those of *case_ids* that its party follows, so that plans let it make the
    applicant's moves (2 statements)."""
    if actor.party_id is None:
        return actor
    rows = followed_cases(actor).filter(case_id__in=list(case_ids))
    mine = frozenset(rows.values_list("case_id", flat=True))
    return replace(actor, own_cases=actor.own_cases | mine)

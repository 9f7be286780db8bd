"""Who may see the register of certificates, and who may change a status.

Packages above name their roles; who administers accounts within a scope may do both there.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from yishi.foundation.access.actors import ROLES, Actor, ActorGrant, Reach, within
from yishi.foundation.papers.certificates.models import Certificate

_READERS: set[str] = set()
_KEEPERS: set[str] = set()


def register_readers(*roles: str) -> None:
    """Let holders of *roles* read the register within reach (called in an app's ``ready``)."""
    _READERS.update(roles)


def register_keepers(*roles: str) -> None:
    """Let holders of *roles* change the status of certificates within their reach, too."""
    _KEEPERS.update(roles)
    _READERS.update(roles)


def reading_roles() -> frozenset[str]:
    """All roles that read the register: who is offered it in the menu."""
    return frozenset(_READERS) | {name for name, role in ROLES.items() if role.administers}


def visible_certificates(actor: Actor) -> QuerySet[Certificate]:
    """The certificates that *actor* sees: an officer those in scope or kept by the unit, a party
    its own."""
    rows = Certificate.objects.all()
    if actor.kind == "system":
        return rows
    condition = Q(pk__in=[])
    for grant in actor.grants:
        condition |= _reached(grant, reading_roles())
    if actor.party_id is not None:
        condition |= Q(holder__file_id=actor.party_id)
    return rows.filter(condition)


def may_change(actor: Actor, certificate: Certificate) -> bool:
    """Whether *actor* may change the status of a certificate (no statement)."""
    if actor.kind == "system":
        return True
    for grant in actor.grants:
        role = ROLES.get(grant.role)
        if role is None or not (role.administers or grant.role in _KEEPERS):
            continue
        if role.reach is Reach.SCOPE and within(certificate.managed_path, grant.scope):
            return True
        if role.reach is Reach.UNIT and grant.unit_id == certificate.unit_id is not None:
            return True
    return False


def _reached(grant: ActorGrant, roles: frozenset[str]) -> Q:
    role = ROLES.get(grant.role)
    if role is None or grant.role not in roles:
        return Q(pk__in=[])
    if role.reach is Reach.SCOPE:
        below = Q(managed_path__startswith=grant.scope + "/")
        return Q(managed_path=grant.scope) | below
    if role.reach is Reach.UNIT and grant.unit_id is not None:
        return Q(unit_id=grant.unit_id)
    return Q(pk__in=[])

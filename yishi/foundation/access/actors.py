"""Who acts: the value that every service takes. Plain data, built once at the edge."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Reach(StrEnum):
    """How far a role sees: everything under a managed path, a unit's work, or a person's own."""

    SCOPE = "scope"
    UNIT = "unit"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Role:
    """A role as the systems declare it.

    ``duties`` are the assignment roles whose work lists its holder works on; ``leads`` says that
    its holder keeps the duty roster of the unit. A role that ``administers`` keeps the accounts
    within its scope and is never lent to a deputy.
    """

    name: str
    label: str
    reach: Reach
    duties: frozenset[str] = frozenset()
    leads: bool = False
    administers: bool = False


ROLES: dict[str, Role] = {}


def register_roles(*roles: Role) -> None:
    """Declare roles (called from an app's ``ready``). A second system may widen the duties."""
    for role in roles:
        known = ROLES.get(role.name)
        duties = role.duties | known.duties if known else role.duties
        ROLES[role.name] = replace(role, duties=duties)


def administering() -> list[str]:
    """Names of the roles that keep accounts."""
    return sorted(name for name, role in ROLES.items() if role.administers)


@dataclass(frozen=True, slots=True)
class ActorGrant:
    """A role held for a unit (or none) within a managed path (``4206`` is the whole city).

    ``lender_id`` and ``lender`` (a name) say whose grant it is where a deputy (代理) acts under it.
    ``off_duty``: somebody else is on shift for this post now, so its work waits for them.
    """

    role: str
    unit_id: int | None
    scope: str
    lender_id: int | None = None
    lender: str = ""
    off_duty: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts.

    ``kind``: ``user`` (officer), ``client`` (API key), ``reporter`` (holder of a tracking code,
    for the cases in ``own_cases`` only), ``party`` (somebody signed in at the portal), ``public``
    (nobody in particular) or ``system``. ``ref`` goes into traces: ``user:12``, ``client:3``,
    ``report:40``, ``account:7``, ``public``, ``system``.

    Of a ``party``: ``party_id`` is the file for which it acts, ``person_id`` the file of the person
    who does; the two differ where an agent acts for an enterprise, under ``mandate_id`` and in
    ``matters`` only (keys of items and themes; ``*``: all).
    """

    kind: str
    ref: str
    name: str
    grants: tuple[ActorGrant, ...] = ()
    user_id: int | None = None
    own_cases: frozenset[int] = field(default_factory=frozenset)
    party_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    mandate_id: uuid.UUID | None = None
    matters: tuple[str, ...] = ("*",)

    @property
    def party_ids(self) -> frozenset[uuid.UUID]:
        """The files that a party sees: the one it acts for and its own."""
        return frozenset(pk for pk in (self.party_id, self.person_id) if pk is not None)

    def acts_in(self, matter: str) -> bool:
        """Whether a party's mandate reaches a matter (key of an item or theme)."""
        return "*" in self.matters or matter in self.matters

    def has(self, *roles: str) -> bool:
        """Whether the actor holds one of *roles* anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def holder_of(self, grant: ActorGrant) -> int | None:
        """The user whose personal work *grant* reaches: the lender's, if it was lent."""
        return grant.lender_id or self.user_id

    @property
    def people(self) -> frozenset[int]:
        """The user and everybody whose grants the user holds as deputy."""
        people = {grant.lender_id for grant in self.grants} | {self.user_id}
        return frozenset(person for person in people if person is not None)

    def with_reach(self, reach: Reach) -> tuple[ActorGrant, ...]:
        """The grants whose role reaches that far."""
        return tuple(g for g in self.grants if g.role in ROLES and ROLES[g.role].reach is reach)


SYSTEM = Actor(kind="system", ref="system", name="系统")
PUBLIC = Actor(kind="public", ref="public", name="群众")


def within(path: str, scope: str) -> bool:
    """Whether managed path *path* lies in *scope*: ``4206/42060`` does not hold ``4206/420606``."""
    return path == scope or path.startswith(scope + "/")

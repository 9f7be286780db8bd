"""Who may see which accounts, transfers and budget lines. A query that nobody narrowed raises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor, ActorGrant, within
from yishi.foundation.access.loud import LoudQuerySet
from yishi.foundation.places import area_of_unit

M = TypeVar("M", bound=models.Model)
FINANCE = "finance"
#: Roles that read the books within their scope; systems add theirs by ``register_readers``.
_READERS = {FINANCE, "auditor"}
#: Roles that close months and wind up years; systems add theirs by ``register_closers``.
_CLOSERS = {FINANCE}


def register_readers(*roles: str) -> None:
    """Let the holders of *roles* read the books within their scope (from an app's ``ready``)."""
    from yishi.foundation.ledger import menu

    _READERS.update(roles)
    menu.offer()


def register_closers(*roles: str) -> None:
    """Let the holders of *roles* close months and wind up years of the books in their scope."""
    from yishi.foundation.ledger import menu

    _CLOSERS.update(roles)
    menu.offer()


def closers() -> frozenset[str]:
    """The roles that close the books."""
    return frozenset(_CLOSERS)


def closes(actor: Actor, area: str = "") -> bool:
    """Whether *actor* winds up lines of *area* (a managed path), or with none closes a month, which
    is done for all books of the city at once."""
    scopes = closing_areas(actor)
    if actor.kind == "system" or any("/" not in scope for scope in scopes):
        return True
    return bool(area) and any(within(area, scope) for scope in scopes)


def closing_areas(actor: Actor) -> list[str]:
    """The managed paths within which *actor*, on duty, winds up lines."""
    return _areas((g for g in actor.grants if not g.off_duty), _CLOSERS)


def readers() -> frozenset[str]:
    """The roles that read the books."""
    return frozenset(_READERS)


def scopes_of(actor: Actor) -> list[str]:
    """The managed paths within which *actor* reads the books."""
    return _areas(actor.grants, _READERS)


def _areas(grants: Iterable[ActorGrant], roles: set[str]) -> list[str]:
    """Where *grants* are of one of *roles*: their scope, or for a post in a unit its place."""
    held = [g for g in grants if g.role in roles]
    found = {g.scope for g in held if g.scope}
    units = {g.unit_id for g in held if g.unit_id and not g.scope}
    return sorted(found | {area_of_unit(pk) for pk in units} - {""})


def reads(actor: Actor) -> bool:
    """Whether the books have pages for *actor*."""
    return actor.kind == "system" or bool(scopes_of(actor))


def sees(actor: Actor, area: str) -> bool:
    """Whether *actor* reads the books of *area* (``""``: of the whole city)."""
    scopes = scopes_of(actor)
    whole = actor.kind == "system" or any("/" not in scope for scope in scopes)
    return whole or any(within(area, scope) for scope in scopes)


def visible(actor: Actor, path: str = "area") -> Q:
    """The rows whose *path* (a managed path) *actor* reaches.

    What has no area belongs to the whole city: only who reaches all of it sees it.
    """
    scopes = scopes_of(actor)
    if actor.kind == "system" or any("/" not in scope for scope in scopes):
        return Q()
    found = Q(pk__in=())
    for scope in scopes:
        found |= Q(**{path: scope}) | Q(**{f"{path}__startswith": f"{scope}/"})
    return found


class AreaQuerySet(LoudQuerySet[M]):
    """Rows with an area of their own."""

    #: Path from the model to the area.
    area_path = "area"

    def allowed(self, actor: Actor) -> Q:
        """The rows in the areas that *actor* reaches."""
        return visible(actor, self.area_path)


class LineQuerySet(AreaQuerySet[M]):
    """Rows of a budget line."""

    area_path = "line__area"


class TransferQuerySet(LoudQuerySet[M]):
    """Transfers: whoever sees one of the two accounts sees the transfer."""

    def allowed(self, actor: Actor) -> Q:
        """The transfers that touch an account in the areas that *actor* reaches."""
        return visible(actor, "debit__area") | visible(actor, "credit__area")

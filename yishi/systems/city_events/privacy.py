"""Who sees what of the people behind a case: numbers in words, and reporters' contacts."""

from __future__ import annotations

from yishi.foundation.access.actors import ROLES, Actor, ActorGrant, Reach, within
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.masking import mask_numbers
from yishi.systems.city_events import roles
from yishi.systems.city_events.models import Report

#: Roles of the centre that talk to reporters.
_CALLS = frozenset({"acceptor", "hotline"})
#: Roles of the centre that may open a contact with a stated purpose.
_OPENS = frozenset({"acceptor", "hotline", "dispatcher", "duty_leader"})


def _in_centre(actor: Actor, case: CaseState, names: frozenset[str]) -> bool:
    return any(
        grant.role in names and within(case.managed_path, grant.scope)
        for grant in actor.grants
        if grant.role in ROLES and ROLES[grant.role].reach is Reach.SCOPE
    )


def handles(actor: Actor, case: CaseState) -> bool:
    """Whether *actor* holds the main assignment: its person, or an officer of its unit."""
    main = case.duty(roles.MAIN)
    if main is None:
        return False
    people = {actor.holder_of(g) for g in actor.grants if g.role == "handler"} | {actor.user_id}
    if main.person_id is not None and main.person_id in people:
        return True
    return any(g.role == "unit_officer" and g.unit_id == main.unit_id for g in actor.grants)


def _only_helps(actor: Actor, case: CaseState) -> bool:
    """Whether the actor sees the case for nothing but a part in it (协办)."""
    if handles(actor, case) or any(ROLES[g.role].reach is Reach.SCOPE for g in _known(actor)):
        return False
    units = {g.unit_id for g in actor.grants if g.role == "unit_officer"}
    duties = {a.role for a in case.assignments if a.unit_id in units}
    return bool(duties) and duties <= {roles.CO}


def _known(actor: Actor) -> list[ActorGrant]:
    return [grant for grant in actor.grants if grant.role in ROLES]


def sees_numbers(actor: Actor, case: CaseState) -> bool:
    """Whether personal numbers inside the reporters' words are shown: to whoever has to call."""
    if _in_centre(actor, case, _CALLS):
        return True
    return handles(actor, case) and not case.secret


def words_of(actor: Actor, case: CaseState, report: Report, numbers: bool | None = None) -> str:
    """What *report* says, its personal numbers masked for those who may not read them. Whoever
    asked for secrecy keeps it from the unit in a case that was opened for somebody else, too.

    *numbers*: what :func:`sees_numbers` says of the case, where that is known.
    """
    known = sees_numbers(actor, case) if numbers is None else numbers
    plain = known and (not report.secret or _in_centre(actor, case, _CALLS))
    return report.text if plain else mask_numbers(report.text)


def may_reveal(actor: Actor, case: CaseState, *, secret: bool) -> bool:
    """Whether *actor* may open a reporter's contact, stating a purpose. A reporter who asked for
    secrecy stays hidden from the handling unit."""
    if _in_centre(actor, case, _OPENS):
        return True
    return handles(actor, case) and not secret and not case.secret


def sees_masked(actor: Actor, case: CaseState, *, secret: bool) -> bool:
    """Whether the masked contact is shown: to the centre; to units unless it is secret, and not to
    those that only help another unit."""
    if _only_helps(actor, case):
        return False
    everywhere = frozenset(n for n, r in ROLES.items() if r.reach is Reach.SCOPE)
    return _in_centre(actor, case, everywhere) or not (secret or case.secret)

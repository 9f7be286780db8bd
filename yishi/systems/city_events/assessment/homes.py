"""Where the figures of a question are kept: with the whole city's, or under a key of their own.

Whoever sees exactly one area, city, county or township, reads that area's rows of the count of the
whole city. Everybody else (units, people, several areas, single communities) has a count of their
own, whose key says all that decides what is seen: nobody can read a count of another scope.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yishi.foundation.access.actors import Actor, ActorGrant, Reach, within
from yishi.systems.city_events.assessment.reading import Span

#: Areas of the count of the whole city: city, counties and zones, townships.
DEEPEST = 3
#: A role for each reach: only the reach matters for what is seen.
_SCOPE_ROLE, _UNIT_ROLE, _PERSON_ROLE = "duty_leader", "unit_officer", "handler"


@dataclass(frozen=True, slots=True)
class Home:
    """Where figures are kept. ``scope`` empty: in the count of the whole city, under ``area``.

    ``nothing``: the question reaches no case at all.
    """

    scope: str = ""
    area: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)
    nothing: bool = False


def home_of(span: Span) -> Home:
    """Where the figures of *span* are kept (no statement)."""
    paths, units, people = reach_of(span.actor)
    narrowed = _narrowed(paths, span.area)
    if not (narrowed or units or people):
        return Home(nothing=True)
    plain = not units and not people and span.unit is None and not span.type
    if plain and len(narrowed) == 1 and narrowed[0].count("/") < DEEPEST:
        return Home(area=narrowed[0])
    spec = {"paths": paths, "units": units, "people": people}
    spec |= {"area": span.area, "unit": span.unit, "type": span.type}
    text = json.dumps(spec, sort_keys=True)
    return Home(hashlib.sha256(text.encode()).hexdigest()[:32], "", spec)


def reach_of(actor: Actor) -> tuple[list[str], list[int], list[int]]:
    """Managed paths, units and people whose cases *actor* sees, none of them twice.

    The same as `cases.scope.visible` reads from the grants.
    """
    scopes = {g.scope for g in actor.with_reach(Reach.SCOPE)}
    paths = sorted(p for p in scopes if not any(p != o and within(p, o) for o in scopes))
    if any("/" not in path for path in paths):  # the whole city: units and people add nothing
        return paths, [], []
    units = sorted({g.unit_id for g in actor.with_reach(Reach.UNIT) if g.unit_id})
    people = {actor.holder_of(grant) for grant in actor.with_reach(Reach.PERSON)}
    return paths, units, sorted(person for person in people if person)


def _narrowed(paths: list[str], area: str) -> list[str]:
    """The parts of *paths* that lie in *area*."""
    if not area:
        return paths
    if any(within(area, path) for path in paths):
        return [area]
    return [path for path in paths if within(path, area)]


def span_of(spec: Mapping[str, Any], like: Span) -> Span:
    """The question that *spec* was made of, with period and parameters of *like*."""
    grants = [ActorGrant(_SCOPE_ROLE, None, path) for path in spec["paths"]]
    grants += [ActorGrant(_UNIT_ROLE, unit, "") for unit in spec["units"]]
    grants += [ActorGrant(_PERSON_ROLE, None, "", person) for person in spec["people"]]
    actor = Actor("user", "system:figures", "", tuple(grants))
    return Span(
        actor,
        like.period,
        spec["area"],
        spec["unit"],
        like.hours,
        like.satisfied,
        like.now,
        spec["type"],
    )

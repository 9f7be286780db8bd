"""The case behind an address, for whoever may see it."""

from __future__ import annotations

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.state import CaseState
from yishi.systems.pledge_licences.states import SYSTEM


def seen(actor: Actor, number: str) -> CaseState:
    """The case *number* of this system, not locked (1 statement, for a party 2).

    Raises:
        CaseNotFound: for an unknown number or one out of the actor's sight.
    """
    states = load_states(number=number) if storable_number(number) else []
    if not states or states[0].system != SYSTEM or not sees(actor, states[0]):
        raise CaseNotFound(number)
    return states[0]

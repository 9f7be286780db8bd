"""Opening a case for somebody who looks at it."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.utils import timezone

from yishi.faces.desk.filters import register_now
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import sees
from yishi.foundation.ui.desk import DeskSystem, Look, system_of
from yishi.foundation.ui.officer import actor_of, shell_of


def open_case(request: HttpRequest, number: str) -> tuple[DeskSystem, Look]:
    """The case *number* with its system; 404 when there is none or it is out of sight."""
    if "\x00" in number or any("\ud800" <= char <= "\udfff" for char in number):
        raise Http404
    actor = actor_of(request)
    states = load_states(number=number[:40])
    if not states or not sees(actor, states[0]):
        raise Http404
    numbers = shell_of(request).numbers
    look = Look(actor, states[0], timezone.now(), numbers, register_now(numbers))
    try:
        return system_of(states[0].system), look
    except KeyError as error:
        raise Http404 from error

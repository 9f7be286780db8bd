"""Values of the form as people read them, with names of places instead of codes."""

from __future__ import annotations

from yishi.foundation.approvals.catalogue.model import FieldSpec
from yishi.foundation.approvals.values import shown_value
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError


def in_words(spec: FieldSpec, value: str, register: Register) -> str:
    """A value as people read it."""
    if spec.type == "division" and value:
        try:
            return register.label(register.managed_path(value))
        except PlaceError:
            return value
    return shown_value(spec, value)

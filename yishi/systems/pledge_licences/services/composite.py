"""一业一证."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.papers.certificates.services import StatusChange
from yishi.foundation.parties.models import Party


def follow(change: StatusChange) -> None:
    """A component's status changed."""


def refresh(holder: Party, trade: str, premises_key: str, actor: Actor, now: datetime) -> None:
    """Make the composite what its components are."""

"""What is asked of the credit file and told to it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from yishi.foundation.access.actors import Actor
from yishi.foundation.parties.models import Party
from yishi.systems.pledge_licences.catalogue.model import Licence

PASS, EXCLUDED, UNKNOWN = "PASS", "EXCLUDED", "UNKNOWN"
Row = tuple[type[models.Model], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asked about. Its repr shows nothing of it."""

    role: str
    party: Party | None = None
    name: str = ""
    identifier: str = ""

    def __repr__(self) -> str:
        return f"Subject({self.role})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What screening answered; ``reasons``: (code, text, source, at)."""

    id: str
    outcome: str
    reasons: tuple[tuple[str, str, str, str], ...]
    at: datetime

    @property
    def codes(self) -> list[str]:
        """The codes of the reasons, which name nobody."""
        return [code for code, *_rest in self.reasons]


def screen(
    subjects: Sequence[Subject],
    licence: Licence,
    purpose: str,
    *,
    actor: Actor,
    now: datetime,
    unit_id: int | None = None,
) -> Answer:
    """Ask about *subjects*. Never PASS on an error. (Stand-in until ``foundation.credit``.)"""
    return Answer(uuid.uuid4().hex, PASS, (), now)


def granted_rows(*args: Any, **kwargs: Any) -> list[Row]:
    """The credit facts of a grant."""
    return []


def measures(party: Party, now: datetime) -> frozenset[str]:
    """The measures in force against a party."""
    return frozenset()


def false_rows(*args: Any, **kwargs: Any) -> list[Row]:
    """The record of a false pledge."""
    return []


def broken_rows(*args: Any, **kwargs: Any) -> list[Row]:
    """The record of a pledge that was broken and not put right."""
    return []


def listed_holders(now: datetime) -> list[uuid.UUID]:
    """Files of holders that a list or record in force excludes."""
    return []

"""The projects of whom somebody acts for, on 我的."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.party_access import followed_cases
from yishi.systems.construction.states import SYSTEM

MOST = 20


def projects_section(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """The newest projects that the party follows (1 statement)."""
    rows = Case.objects.unscoped("the scope itself").filter(
        system=SYSTEM, pk__in=followed_cases(actor)
    )
    return {"projects": list(rows.order_by("-id")[:MOST])}

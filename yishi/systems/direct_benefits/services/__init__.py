"""The verbs of fulfilment; every face calls these functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """See `advancing.advance`."""
    from yishi.systems.direct_benefits.services import advancing

    return advancing.advance(actor, number, move, raw, now, expected_version=expected_version)

"""Bringing a project's figures and circumstances up to date, the old ones kept in the trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases import advance as moving
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.catalogue import version
from yishi.systems.construction.context import context_for
from yishi.systems.construction.services.inputs import read_amendment


def amend(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Change investment, area and circumstances of a project that is not decided.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """

    def facts_for(case: CaseState) -> Facts:
        return {"project": read_amendment(raw, version(case.catalogue_id))}

    return moving.advance(actor, number, "amend", facts_for, now, context_for)

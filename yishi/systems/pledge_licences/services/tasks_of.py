"""The check tasks of a case: opened, done, made void."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yishi.foundation.cases.state import CaseState
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import day_of
from yishi.systems.pledge_licences.models import Check


def open_of(case_id: int) -> Check | None:
    """The open task of a locked case (1 statement)."""
    rows = Check.objects.unscoped("the locked case's own").filter(case_id=case_id, state=Check.OPEN)
    found: Check | None = rows.first()
    return found


def void(case_id: int, now: datetime) -> None:
    """Nothing is left to look at (1 statement)."""
    rows = Check.objects.unscoped("the locked case's own").filter(case_id=case_id, state=Check.OPEN)
    rows.update(state=Check.VOID, done_at=now)


def row(case: CaseState, licence: Licence, kind: str, now: datetime, **more: Any) -> dict[str, Any]:
    """A task whose day is that of the running clock."""
    clock = case.clock(s.CHECK_CLOCK)
    return {
        "case_id": case.id,
        "kind": kind,
        "method": licence.check.method,
        "full": licence.check.full,
        "level": case.data["level"],
        "unit_id": case.data["regulator"],
        "opened_at": now,
        "due_on": day_of(clock.due_at) if clock else None,
        "provisional": bool(clock and clock.provisional),
        "state": Check.OPEN,
        "managed_path": case.managed_path,
        **more,
    }

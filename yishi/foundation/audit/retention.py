"""How long each kind of personal data is kept: the city says it, packages say what it means.

``city.yaml`` names days by kind::

    retention:
      reporter_contact: 730     # days after the case was closed
      access_log: 1095          # days after the row was written

A kind that the file does not name is kept for ever. Packages register what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.audit.erasures import Certificate, certify
from yishi.foundation.revisions.errors import FieldError

#: Erases what is older than a moment, at most that many rows at once; returns how many it erased.
Purge = Callable[[datetime, int], int]
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data with a period. ``least``: days below which no city may go; ``basis``: why."""

    name: str
    label: str
    purge: Purge
    least: int = 30
    basis: str = ""


KINDS: dict[str, Kind] = {}


def register_kind(*kinds: Kind) -> None:
    """Declare kinds (called from an app's ``ready``)."""
    KINDS.update((kind.name, kind) for kind in kinds)


def periods(folder: Path) -> dict[str, timedelta]:
    """The periods that a city's folder names.

    Raises:
        FieldError: naming ``retention.<kind>`` for an unknown kind or a period that is too short.
    """
    raw = yaml.safe_load((folder / "city.yaml").read_text("utf-8")) or {}
    return checked(raw.get("retention") or {})


def checked(raw: Any) -> dict[str, timedelta]:
    """*raw* (kind → days) as periods. Raises `FieldError`, see :func:`periods`."""
    if not isinstance(raw, Mapping):
        raise FieldError("retention", "应为类别与天数的对照表", "type")
    found = {}
    for name, days in raw.items():
        field, kind = f"retention.{name}", KINDS.get(str(name))
        if kind is None:
            raise FieldError(field, f"没有这个类别，可用：{'、'.join(sorted(KINDS))}", "unknown")
        if isinstance(days, bool) or not isinstance(days, int):
            raise FieldError(field, "应为天数", "type")
        if not kind.least <= days <= 36_525:
            text = f"至少{kind.least}天" + (f"（{kind.basis}）" if kind.basis else "")
            raise FieldError(field, text, "range")
        found[kind.name] = timedelta(days=days)
    return found


def purge(folder: Path, now: datetime) -> Certificate | None:
    """Erase what is past its period, in blocks, and certify it; ``None`` when nothing was.

    Raises:
        FieldError: for periods that cannot be used; nothing is erased then.
    """
    counts: dict[str, int] = {}
    for name, period in sorted(periods(folder).items()):
        erased = _all(KINDS[name].purge, now - period)
        if erased:
            counts[name] = erased
    if not counts:
        return None
    return certify(reason="保存期限届满", by=("system",), subjects=(), counts=counts, now=now)


def _all(act: Purge, before: datetime) -> int:
    total = 0
    while erased := act(before, AT_ONCE):
        total += erased
    return total

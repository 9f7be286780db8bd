"""An item as fulfilment needs it, read from the stored version that a batch froze."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.catalogue import Days, Notice

#: How amounts of one group go together.
BEST, EXCLUSIVE, SUM = "highest_less_paid", "exclusive", "sum"
ONCE = "party_lifetime"


@dataclass(frozen=True, slots=True)
class Recovery:
    """追回: whether the item lets a sum be set off against another payout, and by which law."""

    set_off: bool = False
    law: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Benefit:
    """One item in one version. ``budget_code``: of the ledger's line; ``shares``: weights of who
    bears it; caps in fen (``None``: no cap)."""

    key: str
    version_id: int
    name: str
    policy: str
    clause: str
    department: str
    level: str
    mode: str
    fiscal: bool
    once: bool
    group: str
    rule: str
    per_party: int | None
    per_item: int | None
    budget_code: str
    shares: Mapping[str, int]
    notice: Notice | None
    pay_within: Days | None
    recovery: Recovery
    illustrative: bool


def benefit(version_id: int) -> Benefit:
    """The item of a stored version; versions never change. Raises FieldError when unknown."""
    return _kept(version_id)


@lru_cache(maxsize=2048)
def _kept(version_id: int) -> Benefit:
    from yishi.systems.direct_benefits.policies.models import ItemVersion

    row = ItemVersion.objects.select_related("policy").filter(pk=version_id).first()
    if row is None:
        raise FieldError("item", "没有这个事项版本", "unknown")
    return read(row.key, row.pk, row.content, row.policy)


def in_force(item_key: str, day: date) -> int:
    """The version of an item in force on a day (1 statement). Raises FieldError."""
    from django.db.models import Q

    from yishi.systems.direct_benefits.policies.models import ItemVersion

    rows = ItemVersion.objects.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gte=day),
        key=item_key,
        effective_from__lte=day,
    )
    found = rows.order_by("-effective_from").values_list("pk", flat=True).first()
    if found is None:
        raise FieldError("item", "该日没有有效的事项版本", "unknown")
    return int(found)


def read(key: str, version_id: int, content: Mapping[str, Any], policy: Any = None) -> Benefit:
    """An item's content as fulfilment needs it."""
    stack = content.get("stack") or {}
    caps = content.get("caps") or {}
    budget = content.get("budget") or {}
    return Benefit(
        key=key,
        version_id=version_id,
        name=str(content["name"]),
        policy=str(getattr(policy, "title", "") or content.get("policy") or ""),
        clause=str(content.get("clause") or ""),
        department=str(content.get("department") or ""),
        level=str(content.get("level") or "city"),
        mode=str(content.get("mode") or "direct"),
        fiscal=bool(content.get("fiscal", True)),
        once=content.get("once") == ONCE,
        group=str(stack.get("group") or ""),
        rule=str(stack.get("rule") or BEST) if stack.get("group") else "",
        per_party=_fen(caps.get("per_party")),
        per_item=_fen(caps.get("per_item")),
        budget_code=str(budget.get("line") or ""),
        shares={str(k): int(v) for k, v in (budget.get("shares") or {}).items()},
        notice=_notice(content.get("notice")),
        pay_within=_days(content.get("pay_within")),
        recovery=_recovery(content.get("clawback") or {}),
        illustrative=bool(content.get("illustrative") or getattr(policy, "illustrative", False)),
    )


def _fen(value: Any) -> int | None:
    return None if value in (None, "") else int(value)


def _notice(raw: Mapping[str, Any] | None) -> Notice | None:
    if not raw:
        return None
    return Notice(int(raw["days"]), str(raw.get("unit", "wd")), str(raw.get("mode", "INCLUSIVE")))


def _days(raw: Mapping[str, Any] | None) -> Days | None:
    return Days(int(raw["days"]), str(raw.get("unit", "calendar"))) if raw else None


def _recovery(raw: Mapping[str, Any]) -> Recovery:
    return Recovery(
        bool(raw.get("set_off")), str(raw.get("law") or ""), str(raw.get("basis") or "")
    )

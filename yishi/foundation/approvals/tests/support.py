"""A small catalogue of items, officers, and item cases to test with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.approvals import roles
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.starting import Wish, prepare
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.families import Edge
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.load import load_states, reserve
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState

DIVISION = "420606007"


def at(text: str) -> datetime:
    """``2026-03-02 09:00`` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def item(key: str, promise: str = "20工作日", **more: Any) -> dict[str, Any]:
    """An item as content stores it."""
    return {
        "key": key,
        "name": f"事项{key}",
        "department": "市场监督管理",
        "kind": "01",
        "function": "market_supervision",
        "level": "county",
        "audience": ["enterprise"],
        "basis": "《测试法》第一条",
        "legal": "20工作日",
        "promise": promise,
        "handling": "promised",
        "channels": ["window", "web"],
        "visits": 1,
        "fee": "none",
        "result": {"name": "许可证", "kind": "licence", "months": 60},
        "fields": ["applicant_name"],
        "materials": [
            {"material": "form", "as": "申请表", "holder": "applicant", "form": "original"},
            {
                "material": "plan",
                "as": "平面图",
                "holder": "applicant",
                "form": "original",
                "deferrable": True,
            },
        ],
        "file": "services/items/test.yaml",
    } | more


CONTENT: dict[str, Any] = {
    "format": 1,
    "fields": [
        {
            "key": "applicant_name",
            "label": "申请人姓名",
            "type": "person_name",
            "section": "applicant",
            "personal": True,
            "file": "services/fields/test.yaml",
        }
    ],
    "materials": [
        {
            "key": key,
            "name": name,
            "kind": "form",
            "shared": False,
            "file": "services/materials/t.yaml",
        }
        for key, name in (("form", "申请表"), ("plan", "平面图"))
    ],
    "items": [
        item("licence_a", "5工作日"),
        item("licence_b", "3工作日", result={"name": "批文", "kind": "filing"}),
        item("licence_c", "2工作日"),
        item("plain_licence"),
        item("ten_days", "10工作日"),
        item("thirty_days", "30工作日", legal="45工作日"),
        item("joint_review", "45工作日", legal="45工作日"),
        item("natural_days", "15自然日", legal="30自然日", kind="20"),
    ],
}


@pytest.fixture
def book(city: None) -> None:
    """The test's catalogue is in force."""
    now = datetime.now(UTC)
    versions.load(
        "approvals",
        CONTENT,
        effective_from=datetime(2001, 1, 1, tzinfo=UTC),
        origin="file",
        actor_ref="test",
        now=now,
        force=True,
    )


def begin(wish: Wish | str, now: datetime, *, after: Sequence[Edge] = ()) -> CaseState:
    """A single item case, received now."""
    wish = Wish(wish) if isinstance(wish, str) else wish
    found = registers()
    place = found.places.place_of_division(DIVISION)
    member = prepare(found, reserve(1)[0], wish, place, now, after=tuple(after))
    context = found.for_case(member.case)
    lifecycle = lifecycle_of("approvals")
    change = plan(
        lifecycle, member.case, "receive", SYSTEM_ACTOR, member.facts, now, context, trusted=True
    )
    commit([change])
    return again(change.after)


def again(case: CaseState) -> CaseState:
    """The case as it is stored now."""
    return load_states([case.id])[0]


def clerk() -> Actor:
    """The officer of the window."""
    return Actor("user", "user:1", "窗口", (ActorGrant(roles.CLERK, None, "4206"),))


def officer(case: CaseState, role: str = roles.APPROVER) -> Actor:
    """Somebody of the body that decides."""
    return Actor("user", "user:2", "审批", (ActorGrant(role, case.unit_id, ""),))


def head(case: CaseState) -> Actor:
    """The head of that body."""
    return officer(case, roles.HEAD)


def mayor() -> Actor:
    """The head of the government."""
    return Actor("user", "user:3", "市长", (ActorGrant(roles.GOVERNMENT, None, "4206"),))


def due_days(case: CaseState) -> Mapping[str, str]:
    """The due day of each clock that runs."""
    return {
        clock.kind: clock.due_at.astimezone(SHANGHAI).date().isoformat()
        for clock in case.clocks
        if clock.live
    }

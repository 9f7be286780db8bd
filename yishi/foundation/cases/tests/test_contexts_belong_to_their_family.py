"""Many families are moved in one transaction: none is planned with another's context."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from yishi.foundation.cases.families import contexts
from yishi.foundation.cases.state import CaseState

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def case(pk: int, root: int | None = None, system: str = "tested") -> CaseState:
    return CaseState(
        pk, f"T{pk}", system, f"theme{pk}", 1, "", "", "", NOW, date(2026, 3, 2), root_id=root
    )


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two systems: one that is asked for every family, one that is looked at once."""
    asked: list[str] = []

    def context_for(one: CaseState) -> Any:
        asked.append(one.type_key)
        return SimpleNamespace(of=one.type_key)

    def look() -> Any:
        asked.append("look")
        return lambda one: SimpleNamespace(of=one.type_key)

    monkeypatch.setattr(contexts, "_CONTEXTS", {})
    monkeypatch.setattr(contexts, "_LOOKS", {})
    contexts.register_context("tested", context_for)
    contexts.register_context("looked", context_for, look=look)
    return asked


def test_roots_of_one_catalogue_have_contexts_of_their_own(registered: list[str]) -> None:
    found = contexts.Contexts()
    assert [found(case(1)).of, found(case(2)).of] == ["theme1", "theme2"]  # type: ignore[attr-defined]
    assert found(case(3, root=1)).of == "theme1"  # type: ignore[attr-defined]
    assert registered == ["theme1", "theme2"]


def test_a_look_serves_all_families(registered: list[str]) -> None:
    found = contexts.Contexts()
    seen = [found(case(pk, system="looked")) for pk in (1, 2, 3)]
    assert [one.of for one in seen] == ["theme1", "theme2", "theme3"]  # type: ignore[attr-defined]
    assert registered == ["look"]

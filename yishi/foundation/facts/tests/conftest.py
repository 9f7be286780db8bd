"""Sources with few facts, and files for them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.facts.delivering import Delivered, Said, deliver
from yishi.foundation.facts.models import Source
from yishi.foundation.rulebook.content import fact_content
from yishi.foundation.rulebook.facts import Fact, FactType

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
HR = {
    "heads": Fact("heads", FactType.INT, "参保人数", unit="人", freshness=timedelta(days=31)),
    "premiums": Fact("premiums", FactType.MONEY, "缴费"),
}
CREDIT = {
    "dishonest": Fact("dishonest", FactType.BOOL, "失信", freshness=timedelta(days=31)),
    "grade": Fact(
        "grade", FactType.TEXT, "等级", values={"a": ("甲", "A"), "none": ("无", "none")}
    ),
    "honours": Fact("honours", FactType.SET, "称号", values={"x": ("某", "x"), "y": ("另", "y")}),
}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.YISHI_MEDIA = tmp_path / "media"
    settings.YISHI_MEDIA.mkdir()
    return Path(settings.YISHI_MEDIA)


@pytest.fixture
def bare(db: None) -> None:
    """The city's own sources are away."""
    Source.objects.all().delete()


def source(key: str, facts: dict[str, Fact], **more: Any) -> Source:
    columns = {name: fact_content(fact) for name, fact in facts.items()}
    return Source.objects.create(key=key, name=key, columns=columns, **more)


@pytest.fixture
def hr(bare: None) -> Source:
    return source("hr", HR)


@pytest.fixture
def credit(bare: None) -> Source:
    return source("credit", CREDIT, complete=True)


@pytest.fixture
def send() -> Callable[..., Delivered]:
    def send(
        one: Source,
        text: str,
        *,
        as_of: datetime = NOW - timedelta(days=1),
        whole: bool = True,
        smaller: bool = False,
        now: datetime = NOW,
    ) -> Delivered:
        one.refresh_from_db()
        said = Said(one, "csv", as_of, whole, SYSTEM, now, "f.csv", smaller)
        return deliver(said, io.BytesIO(text.encode()))

    return send

"""What the cross-cutting tests share."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.world import World


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    """Wrong codes and passwords of another test do not count."""
    cache.clear()


@pytest.fixture
def world(city: None) -> World:
    """Two counties with cases and officers."""
    return World()

"""What the cross-cutting tests share."""

from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture
def world(city: None) -> World:
    """Two counties with cases and officers."""
    return World()

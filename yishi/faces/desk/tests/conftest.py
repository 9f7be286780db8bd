"""What the desk's tests share: officers, their browsers, and cases of city events."""

from __future__ import annotations

import pytest

from yishi.systems.city_events.tests.office import Office


@pytest.fixture
def office(city: None) -> Office:
    """The demo city with its registers loaded."""
    return Office()

"""What the tests of payments share."""

from __future__ import annotations

import pytest
from django.conf import settings

from yishi.foundation.ledger.models import BudgetLine
from yishi.systems.direct_benefits.payments import payers
from yishi.systems.direct_benefits.payments.tests import desk


@pytest.fixture
def paying(city: None) -> None:
    """The accounts that the city pays from."""
    payers.load(settings.CITY_DIR)


@pytest.fixture
def budget(paying: None) -> BudgetLine:
    """A budget line with a million yuan."""
    return desk.line()

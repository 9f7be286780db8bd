"""What the tests of payments share."""

from __future__ import annotations

import pytest

from yishi.foundation.ledger.models import BudgetLine
from yishi.systems.direct_benefits.payments.tests import desk


@pytest.fixture
def budget(city: None) -> BudgetLine:
    """A budget line with a million yuan."""
    return desk.line()

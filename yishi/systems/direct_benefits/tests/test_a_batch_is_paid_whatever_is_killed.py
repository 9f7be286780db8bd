"""Workers are killed at random points: everybody is paid exactly once, the books are right.

The small brother of ``python -m benchmarks.soak.payouts`` (10,000 payouts, 200 kills).
"""

from __future__ import annotations

import pytest

from benchmarks.soak import payouts


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("city")
@pytest.mark.timeout(600)
def test_everybody_is_paid_exactly_once() -> None:
    outcome = payouts.run(200, 12, 7, portion=20, longest=0.6)
    assert outcome.faults == []
    assert outcome.interrupted > 6, "nobody noticed the killing"
    assert outcome.transfers >= 200 * 3, "reserved, committed and paid"

"""Signing and deciding cost a fixed number of statements, whatever is said and however often."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yishi.systems.pledge_licences.services import signing, texts
from yishi.systems.pledge_licences.tests.shop import NOW, applied, enterprise, of, signed

pytestmark = pytest.mark.usefixtures("city")
#: Look, screening (asked outside the lock and stored), then the commit.
MOST = 60


def _cost(address: str) -> int:
    party = enterprise()
    case = applied(party, address=address)
    shown = texts.show(of(party), case.number, NOW)
    agreed = [key for key, _text, _when in shown.conditions]
    given = {"shown_hash": shown.hash, "agreed": agreed}
    with CaptureQueriesContext(
        connection,
    ) as counted:
        signing.sign(of(party), case.number, given, NOW)
    return len(counted)


def test_the_number_does_not_grow_with_what_is_there_already() -> None:
    signed(enterprise())  # registers are read once
    first = _cost("示意路1号")
    for n in range(5):
        signed(enterprise(), address=f"示意路{n}号")
    assert _cost("很长的地址" * 30) == first
    assert first <= MOST, first

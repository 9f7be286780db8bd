"""What an applicant wrote can be erased and takes part in key rotation; the case stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.approvals import single
from yishi.foundation.approvals.keeping import PART
from yishi.foundation.approvals.models import Submission
from yishi.foundation.approvals.submitted import CONTEXT
from yishi.foundation.approvals.tests.support import DIVISION, again, book
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.parties import rotation
from yishi.foundation.parties.crypto import decrypt

__all__ = ["book"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]
RAW = {"item": "ten_days", "division": DIVISION, "values": {"applicant_name": "张三丰"}}


def test_what_was_written_is_erased_and_the_case_stays() -> None:
    case = single.apply(SYSTEM_ACTOR, RAW, timezone.now())
    cases = Case.objects.unscoped("test").filter(pk=case.id)
    assert list(PART.due(cases)) == list(cases)
    assert PART.erase([case.id]) == 1
    assert not PART.due(cases).exists()
    assert again(case).number == case.number
    assert not [fault for _, faults in verify_traces() for fault in faults]


def test_a_new_key_seals_what_older_ones_sealed(settings: Any, tmp_path: Path) -> None:
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"
    case = single.apply(SYSTEM_ACTOR, RAW, timezone.now())
    row = Submission.objects.unscoped("test").get(case_id=case.id)
    before = row.sealed
    rotation.rotate()
    row.refresh_from_db()
    assert row.sealed != before
    assert rotation.status().outdated == 0
    assert "张三丰" in decrypt(row.sealed, CONTEXT)

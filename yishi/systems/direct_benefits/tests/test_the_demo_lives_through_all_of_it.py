"""The simulated batches go through every stage, and every figure about them can be computed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection

from yishi.foundation.ledger import verifying
from yishi.foundation.parties import synthetic
from yishi.systems.direct_benefits import demo, kpis
from yishi.systems.direct_benefits.models import Batch, Clawback, Objection, Payout
from yishi.systems.direct_benefits.tests import town

NOW = town.at("2026-11-25", 15)


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
@pytest.mark.timeout(600)
def test_every_stage_is_there_and_every_figure_computes(settings_of_demo: dict[str, Any]) -> None:
    made, _people = synthetic.described(_enterprises(settings_of_demo), NOW, lambda f, d: None)
    made.store()
    wanted = {**settings_of_demo["benefits"], "enterprises": 900}
    assert demo.make_up(NOW, "test", wanted) >= 8
    assert demo.make_up(NOW, "test", wanted) == 0
    batches = list(Batch.objects.unscoped("the test"))
    assert all(one.simulated for one in batches)
    assert {one.state for one in batches} >= {"listed", "noticed", "funds_asked", "paying"}
    states = set(Payout.objects.unscoped("the test").values_list("state", flat=True))
    assert states >= {"listed", "noticed", "funds_asked", "paying", "done", "declined"}
    assert Objection.objects.unscoped("the test").exists()
    assert Clawback.objects.unscoped("the test").exists()
    assert verifying.verify().problems == ()
    for kpi in kpis.books({}, NOW)[0].kpis:
        sql = kpi.sql.replace("%", "%%")
        for name in ("since", "until", "path"):
            sql = sql.replace(f":{name}", f"%({name})s")
        with connection.cursor() as cursor:
            cursor.execute(
                sql, {"since": date(2026, 1, 1), "until": date(2026, 12, 31), "path": "4206"}
            )
            assert len(cursor.fetchall()) <= 1


@pytest.fixture
def settings_of_demo() -> dict[str, Any]:
    path = settings.CITY_DIR / "demo.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _enterprises(found: dict[str, Any]) -> dict[str, Any]:
    """The described enterprises without those who act for them."""
    described = found["parties"]["described"]
    return {
        key: {name: value for name, value in one.items() if name != "mandates"}
        for key, one in described.items()
        if "uscc" in one
    }

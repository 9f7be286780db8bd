"""The demo's licences (模拟) are made by the verbs themselves and stand in many states."""

from __future__ import annotations

from collections import Counter

import pytest

from yishi.foundation.cases.models import Case
from yishi.foundation.credit.tests.making import fresh_lists
from yishi.foundation.parties import synthetic
from yishi.systems.pledge_licences import demo, kpis
from yishi.systems.pledge_licences.models import Licence
from yishi.systems.pledge_licences.tests.shop import NOW

pytestmark = pytest.mark.usefixtures("city")


def test_some_dozen_licences_in_many_states(city: None) -> None:
    from django.db import connection

    synthetic.town(10, 30, NOW, lambda function, division: None).store()
    fresh_lists(NOW)
    assert demo.make_up(NOW, "test", count=24) >= 16
    rows = Case.objects.unscoped("test").filter(system="pledge_licences")
    states = Counter(rows.values_list("state", flat=True))
    assert len(states) >= 4, states
    assert Licence.objects.unscoped("test").filter(simulated=True).exists()
    assert demo.make_up(NOW, "test", count=24) == 0  # once only
    asked = {"since": "2025-01-01", "until": "2026-12-31", "path": "4206"}
    for book in kpis.books({}, NOW):
        for kpi in book.kpis:
            sql = kpi.sql.replace("%", "%%")
            for name in asked:
                sql = sql.replace(f":{name}", f"%({name})s")
            with connection.cursor() as cursor:
                cursor.execute(sql, asked)
                assert len(cursor.fetchall()) == 1, kpi.id

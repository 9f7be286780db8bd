"""A training copy has the installation's registers as they are, and nothing of its people."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.places.models import Unit
from yishi.runtime import training
from yishi.systems.city_events.tests.office import Office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """The registers of the test's database, in files; taken without a snapshot of its own, which a
    test's transaction does not allow."""
    statements: list[str] = []

    def without_level(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if str(sql).startswith("SET TRANSACTION"):
            statements.append(str(sql))
            return None
        return execute(sql, params, many, context)

    with connection.execute_wrapper(without_level):
        assert training.take(tmp_path) > 10
    assert statements == ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"]
    return tmp_path


def test_a_unit_renamed_in_the_city_has_its_name_in_the_copy(taken: Path, tmp_path: Path) -> None:
    before = Unit.objects.count()
    unit = Unit.objects.order_by("pk").first()
    assert unit is not None
    name, unit.name = unit.name, "改过的名称"
    unit.save()
    versions = CatalogueVersion.objects.count()
    assert training.fill(taken) > 10
    unit.refresh_from_db()
    assert unit.name == name
    assert Unit.objects.count() == before
    assert CatalogueVersion.objects.count() == versions
    Unit.objects.create(  # the next id is free
        code="training-new",
        name="新单位",
        level=unit.level,
        functions=[],
        division=unit.division,
        managed_path=unit.managed_path,
        valid_from=unit.valid_from,
    )
    connection.check_constraints()


def test_cases_people_and_accounts_stay_behind(taken: Path) -> None:
    names = {path.stem for path in taken.iterdir()}
    assert not any(
        name.startswith(("access_", "parties_", "audit_", "city_events_", "papers_", "messaging_"))
        for name in names
    )
    assert {name for name in names if name.startswith("cases_")} == {"cases_catalogueversion"}
    assert {name for name in names if name.startswith("rulebook_")} == {
        "rulebook_parameter",
        "rulebook_ruleversion",
    }


def test_cases_that_point_at_registers_still_find_them(taken: Path) -> None:
    office = Office()
    number = office.report().number
    training.fill(taken)
    connection.check_constraints()
    office.until(number, "sign")
    assert office.state(number).state == "handling"

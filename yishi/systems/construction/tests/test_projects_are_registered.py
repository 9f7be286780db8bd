"""A project is taken down with a verified code; what cannot be verified waits, a void one is
refused; secret projects go a way of their own."""

from __future__ import annotations

from typing import Any

import pytest

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Case, CaseParty
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.models import Parcel, ProjectCode, Unit
from yishi.systems.construction.owner_keys import owner_of, project_of
from yishi.systems.construction.services.registering import correct_code, register, verify_again
from yishi.systems.construction.tests.site import at, officer, raw, registered, state

pytestmark = pytest.mark.usefixtures("city")
NOW = at("2026-01-26 09:00")


def test_a_verified_project_opens_its_first_stage_with_the_limit_of_its_kind() -> None:
    found = registered().case
    assert (found.state, found.type_key, found.data["limit"]) == ("stage_1", "PRIVATE", 50)
    assert found.data["stage_limits"] == [5, 20, 15, 10]
    assert found.duty("lead") is not None
    assert Unit.objects.unscoped("test").filter(case_id=found.id).count() == 4
    assert Parcel.objects.unscoped("test").get(case_id=found.id).number == "GX2026-018"
    assert CaseParty.objects.unscoped("test").get(case_id=found.id).role == "applicant"


def test_a_functional_zone_has_no_code_of_its_own_so_division_and_zone_are_kept() -> None:
    found = registered().case
    assert found.division.startswith("420606") and found.data["zone"] == "GX"
    assert found.managed_path.startswith("4206/GX")


def test_the_owner_comes_back_with_the_query_code_and_sees_nothing_else() -> None:
    mine, other = registered(), registered()
    assert project_of(mine.owner_code.lower().replace("-", " ")) == mine.case.id
    assert project_of("AAAAA-AAAAA-AAAAA-AAAAA") is None
    assert owner_of(mine.case.id).own_cases == {mine.case.id}
    assert other.case.id not in owner_of(mine.case.id).own_cases


def test_a_code_that_cannot_be_verified_now_waits_and_goes_on_when_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = registered(code="2601-420606-04-01-888888").case
    assert found.state == "code_pending"
    again = verify_again(officer("window_clerk"), found.number, at("2026-01-27 09:00"))
    assert again.state == "code_pending"
    corrected = correct_code(
        officer("window_clerk"),
        found.number,
        {"code": "2601-420606-04-01-777777", "reason": "wrong"},
        at("2026-01-27 10:00"),
    )
    assert corrected.state == "stage_1"
    rows = ProjectCode.objects.unscoped("test").filter(case_id=found.id).order_by("id")
    assert [(row.code[-6:], row.state) for row in rows] == [
        ("888888", "replaced"),
        ("777777", "current"),
    ]


def test_two_projects_never_have_the_same_code() -> None:
    registered(code="2601-420606-04-01-123123")
    with pytest.raises(FieldError) as refused:
        registered(code="2601-420606-04-01-123123")
    assert (refused.value.field, refused.value.code) == ("code", "taken")


def test_a_secret_project_has_no_code_and_is_registered_at_the_window_only() -> None:
    with pytest.raises(FieldError) as refused:
        registered(secret=True, code="")
    assert refused.value.field == "secret"
    window = officer("window_clerk")
    found = register(window, raw(secret=True, code=""), NOW).case
    assert (found.state, found.secret, found.data["code"]) == ("secret_pending", True, "")
    assert not ProjectCode.objects.unscoped("test").filter(case_id=found.id).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "OTHER"}, "kind"),
        ({"code": "2601-420606-04-01-000000"}, "code"),
        ({"code": "2601-420606-04-01-999999"}, "code"),
        ({"code": "2601-421000-04-01-123456"}, "code"),
        ({"code": "2601-420606-04-01-123457", "secret": True}, "code"),
        ({"owner_uscc": "91420600MA49QK017X"}, "owner_uscc"),
        ({"owner_name": ""}, "owner_name"),
        ({"division": "999999"}, "division"),
        ({"floor_area": "-1"}, "floor_area"),
        ({"floor_area": "1e99"}, "floor_area"),
        ({"investment": "abc"}, "investment"),
        ({"traits": ["ghost"]}, "traits"),
        ({"industry": "XX"}, "industry"),
        ({"units": [{"code": "1#", "area": "0"}]}, "units"),
        ({"units": [{"code": "1#", "area": "1"}] * 2}, "units"),
        ({"parcels": [{"number": "", "area": "1"}]}, "parcels"),
    ],
)
def test_wrong_input_names_the_field_and_stores_nothing(
    changes: dict[str, Any], field: str
) -> None:
    before = Case.objects.unscoped("test").count()
    with pytest.raises(FieldError) as refused:
        register(PUBLIC, raw(**changes), NOW)
    assert refused.value.field == field
    assert Case.objects.unscoped("test").count() == before


def test_a_window_registers_only_within_its_own_area() -> None:
    with pytest.raises(MoveRefused):
        register(officer("window_clerk", scope="4206/420602"), raw(), NOW)


def test_the_kind_may_change_but_the_limit_of_the_start_stays() -> None:
    from yishi.systems.construction.services.moving import advance

    found = registered().case
    facts = {"kind": "LAND_WITH_PLAN", "document": "襄工改办〔2026〕3号"}
    after = advance(officer("project_office"), found.number, "change_kind", facts, NOW)
    assert (after.type_key, after.data["limit"]) == ("LAND_WITH_PLAN", 50)
    assert after.data["kinds"][0][0] == "PRIVATE"
    assert state(found.number).trace_length == found.trace_length + 1

"""Duty rosters from Excel: shown row by row, then all or nothing, faults by row and column."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from yishi.faces.desk.tests.test_people_and_units_from_excel import book, shown
from yishi.foundation.access import shifts, shifts_sheet
from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import Shift, User
from yishi.foundation.access.sheet_rows import Rows
from yishi.foundation.access.shifts import Roster
from yishi.foundation.audit.models import Look
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.context import city
from yishi.systems.city_events.tests.office import COUNTY, Office

PATH = "/desk/tables/shifts/"
HEAD = tuple(shifts_sheet.COLUMNS.values())
TODAY = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def at(days: int, hour: int = 8) -> str:
    """An hour on a day from today, as an officer types it."""
    return (TODAY + timedelta(days=days, hours=hour)).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Desk:
    """A unit with its lead and a handler, and another unit."""

    unit: Unit
    other: Unit
    lead: User
    handler: User

    def row(self, user: str = "", begin: str = "", end: str = "", **more: object) -> list[object]:
        """A row that may be taken, but for what is said."""
        said: dict[str, object] = {
            "role": "处置人员",
            "unit": self.unit.code,
            "user": user or self.handler.username,
            "starts_at": begin or at(1),
            "ends_at": end or at(1, 20),
        }
        said |= more
        return [said.get(name) for name in shifts_sheet.COLUMNS]


@pytest.fixture
def desk(office: Office) -> Desk:
    unit, other = city().register.units(COUNTY, "urban_enforcement")[:2]
    return Desk(
        Unit.objects.get(pk=unit.id),
        Unit.objects.get(pk=other.id),
        office.account("unit_officer", unit.id, ""),
        office.account("handler", unit.id, ""),
    )


def test_a_roster_is_shown_first_then_taken_whole_and_logged(office: Office, desk: Desk) -> None:
    lead = office.signed_in(desk.lead)
    rows = [
        HEAD,
        desk.row(days=3, note="早班"),
        desk.row(desk.handler.display_name, at(1, 20), at(2, 8), unit=desk.unit.name),
        desk.row(desk.lead.username, role="处置部门"),
    ]
    status, page, token = shown(lead, PATH, *rows)
    assert status == 200, page
    first = f"{desk.handler.display_name} 值班 {at(1)} – 20:00（处置人员 · {desk.unit.name}）"
    assert first in page
    assert not Shift.objects.exists(), "showing changes nothing"
    assert lead.post(PATH, {"apply": token}).status_code == 302
    taken = Shift.objects.filter(user=desk.handler, note="早班").order_by("starts_at")
    assert [timezone.localtime(s.starts_at).strftime("%Y-%m-%d %H:%M") for s in taken] == [
        at(1),
        at(2),
        at(3),
    ]
    assert Shift.objects.count() == 5
    assert set(Shift.objects.values_list("made_by", flat=True)) == {f"user:{desk.lead.pk}"}
    assert Look.objects.filter(action="shift.plan").count() == 5
    assert Look.objects.get(action="shifts.import").rows == 3
    status, page, token = shown(lead, PATH, *rows)
    assert (status, token) == (200, ""), "a second time nothing is left to do"
    assert "3 行与现在一样" in page


def test_a_wrong_row_keeps_the_whole_roster_out_and_is_named(office: Office, desk: Desk) -> None:
    elsewhere = office.account("handler", desk.other.pk, "")
    twin = office.account("handler", desk.unit.pk, "")
    gone = office.account("handler", desk.unit.pk, "")
    User.objects.filter(pk=twin.pk).update(display_name=desk.handler.display_name)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    wrong = [
        (desk.row(begin=at(1, 12), end=at(2)), "E 列（上班时间）"),  # overlaps the first row
        (desk.row(), "E 列（上班时间）"),  # says the first row again
        (desk.row("nobody.known"), "D 列（值班人员）"),
        (desk.row(elsewhere.username), "D 列（值班人员）"),
        (desk.row(gone.username), "D 列（值班人员）"),
        (desk.row(desk.handler.display_name), "D 列（值班人员）：这个岗位有几个人"),
        (desk.row(begin=at(3), end=at(3)), "F 列（下班时间）"),
        (desk.row(begin=at(4), end=at(3)), "F 列（下班时间）"),
        (desk.row(begin=at(-2), end=at(-1)), "F 列（下班时间）"),
        (desk.row(begin=at(3), end=at(6)), "F 列（下班时间）"),
        (desk.row(begin="明天"), "E 列（上班时间）"),
        (desk.row(begin="9999-12-31 08:00", end="9999-12-31 20:00", days=2), "E 列（上班时间）"),
        (desk.row(elsewhere.username, unit=desk.other.code), "C 列（所在单位）"),
        (desk.row(unit="没有的单位"), "C 列（所在单位）"),
        (desk.row(unit=None), "C 列（所在单位）"),
        (desk.row(role="受理员", unit=None), "B 列（管辖范围）"),
        (desk.row(role="受理员", unit=None, scope="420606"), "B 列（管辖范围）"),
        (desk.row(role="受理员", unit=None, scope="999999"), "B 列（管辖范围）"),
        (desk.row(role="市长"), "A 列（岗位）"),
        (desk.row(days=0), "G 列（连排天数）"),
        (desk.row(days=32), "G 列（连排天数）"),
        (desk.row(days="三"), "G 列（连排天数）"),
        (desk.row(note="长" * 201), "H 列（备注）"),
    ]
    lead = office.signed_in(desk.lead)
    status, page, token = shown(lead, PATH, HEAD, desk.row(), *(row for row, _ in wrong))
    assert (status, token) == (422, "")
    for number, (_row, place) in enumerate(wrong, start=3):
        assert f"第 {number} 行 {place}" in page, (number, place)
    assert not Shift.objects.exists()


def test_what_was_planned_between_showing_and_applying_is_seen(office: Office, desk: Desk) -> None:
    lead = office.signed_in(desk.lead)
    _, _, token = shown(lead, PATH, HEAD, desk.row(begin=at(5), end=at(5, 20)), desk.row())
    now = timezone.now()
    Shift.objects.create(
        role="handler",
        unit=desk.unit,
        user=desk.handler,
        starts_at=TODAY + timedelta(days=1, hours=10),
        ends_at=TODAY + timedelta(days=1, hours=12),
        made_by="test",
        made_at=now,
    )
    assert lead.post(PATH, {"apply": token}).status_code == 422
    assert Shift.objects.count() == 1


def test_who_keeps_no_roster_imports_none(office: Office, desk: Desk) -> None:
    for client in (office.signed_in(desk.handler), office.client("acceptor", scope=COUNTY)):
        assert client.get(PATH).status_code == 403
        assert client.post(PATH, {"file": book(HEAD, desk.row())}).status_code == 403
        assert client.get(f"{PATH}template.xlsx").status_code == 403
    lead = office.signed_in(desk.lead)
    for kind in ("people", "units"):
        assert lead.get(f"/desk/tables/{kind}/").status_code == 403, "keeps a roster, no accounts"
        assert lead.get(f"/desk/tables/{kind}/template.xlsx").status_code == 403
    foreign = office.client("administrator", scope="4206/420602")
    status, page, _ = shown(foreign, PATH, HEAD, desk.row())
    assert status == 422
    assert "第 2 行 C 列（所在单位）" in page
    assert shown(office.client("administrator", scope=COUNTY), PATH, HEAD, desk.row())[2]


def test_the_template_names_who_may_be_put_on_shift_and_nobody_else(
    office: Office, desk: Desk
) -> None:
    elsewhere = office.account("handler", desk.other.pk, "")
    lead = office.signed_in(desk.lead)
    made = load_workbook(io.BytesIO(lead.get(f"{PATH}template.xlsx").content))
    assert tuple(cell.value for cell in made["填写"][1]) == HEAD
    listed = list(made["人员"].iter_rows(values_only=True))[1:]
    names = {row[4] for row in listed}
    assert {desk.lead.username, desk.handler.username} <= names
    assert elsewhere.username not in names
    rows = []
    for role, scope, _name, unit, username, _person in listed:
        rows.append(desk.row(str(username), role=role, scope=scope, unit=unit))
    status, page, token = shown(lead, PATH, HEAD, *rows)
    assert (status, bool(token)) == (200, True), page


def test_one_table_plans_a_limited_number_of_shifts(
    office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shifts_sheet, "MOST_SHIFTS", 40)
    rows = [desk.row(days=31), desk.row(begin=at(40), end=at(40, 20), days=31)]
    status, page, _ = shown(office.signed_in(desk.lead), PATH, HEAD, *rows)
    assert status == 422
    assert "第 3 行 G 列（连排天数）：一个表格最多排 40 个班次" in page


turns = st.lists(
    st.tuples(st.integers(-30, 60), st.integers(-4, 60), st.integers(1, 3)), max_size=6
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(turns=turns)
def test_a_table_is_taken_whole_if_no_two_shifts_touch_and_not_at_all_otherwise(
    desk: Desk, turns: list[tuple[int, int, int]]
) -> None:
    """Each turn: hours from now it begins, hours it lasts, days in a row."""
    now = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    desk.handler.grants.update(valid_from=now - timedelta(days=1))
    desk.lead.grants.update(valid_from=now - timedelta(days=1))
    actor: Actor = User.objects.with_grants().get(pk=desk.lead.pk).actor()
    Shift.objects.all().delete()
    rows, spans, legal = [], [], True
    for number, (begin, length, days) in enumerate(turns, start=2):
        starts = now + timedelta(hours=begin)
        ends = starts + timedelta(hours=length)
        legal &= ends > max(starts, now) and length <= 48
        spans += [(starts + timedelta(n), ends + timedelta(n)) for n in range(days)]
        cells = desk.row(days=str(days), begin=_typed(starts), end=_typed(ends))
        values = zip(shifts_sheet.COLUMNS, cells, strict=True)
        rows.append((number, {name: str(cell or "") for name, cell in values}))
    spans.sort()
    legal &= all(before[1] <= after[0] for before, after in pairwise(spans))
    places = {name: place for place, name in enumerate(shifts_sheet.COLUMNS, start=1)}
    outcome = shifts_sheet.take(actor, Rows(rows, places), city().register, now, apply=True)
    assert outcome.done == legal
    assert bool(outcome.faults) != legal
    assert {fault.heading for fault in outcome.faults} <= {"上班时间", "下班时间"}
    post = Roster("handler", desk.unit.pk, "")
    kept = shifts.shifts_between(post, now - timedelta(days=9), now + timedelta(days=99))
    assert [(s.starts_at, s.ends_at) for s in kept] == (spans if legal else [])


def _typed(value: datetime) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")

"""批量登记: officers fill in a workbook, upload it, and get back what was wrong, cell by cell."""

from __future__ import annotations

import io
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import to_excel

from yishi.foundation.audit.models import Look
from yishi.foundation.cases.models import Case
from yishi.systems.city_events.context import city
from yishi.systems.city_events.importing import batches
from yishi.systems.city_events.importing.sheet import LABELS, OFFERED, REASON, type_choices
from yishi.systems.city_events.models import IntakeBatch, Report
from yishi.systems.city_events.tests.office import Office

RUBBISH = "暴露生活垃圾（事件 01-10）"
PLACE = "樊城区（420606）"


@pytest.fixture
def office(city: None) -> Office:
    return Office()


def book(*rows: dict[str, Any]) -> bytes:
    """A workbook with the template's columns."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append([LABELS[name] for name in OFFERED])
    for row in rows:
        sheet.append([row.get(name) for name in OFFERED])
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def row(number: str, **more: Any) -> dict[str, Any]:
    base = {"external_id": number, "type_name": RUBBISH, "division": PLACE, "description": "垃圾"}
    return base | {"lon": 112.142, "lat": 32.05} | more


def upload(client: Client, content: bytes, name: str = "上报.xlsx") -> Any:
    return client.post("/desk/intake/", {"file": SimpleUploadedFile(name, content)})


def worked_off(answer: Any) -> IntakeBatch:
    """The batch of an upload, after the worker had it."""
    assert answer.status_code == 302, answer.content.decode()
    batch = IntakeBatch.objects.latest("id")
    batches.work_off(batch.pk, timezone.now())
    batch.refresh_from_db()
    return batch


def test_the_template_has_lists_of_types_and_places_and_can_be_filled_in(office: Office) -> None:
    client = office.client("hotline")
    answer = client.get("/desk/intake/template.xlsx")
    made = load_workbook(io.BytesIO(answer.content))
    sheet = made["上报"]
    assert [cell.value for cell in sheet[1]] == [LABELS[name] for name in OFFERED]
    rules = {str(rule.sqref)[0]: rule for rule in sheet.data_validations.dataValidation}
    assert set(rules) == {"C", "E", "N"}
    assert made["选项"].sheet_state == "hidden"
    kinds = [cell.value for cell in made["选项"]["A"] if cell.value]
    assert kinds == type_choices(city().catalogue(timezone.now())[1])
    assert RUBBISH in kinds
    assert PLACE in [cell.value for cell in made["选项"]["B"]]
    for place, name in enumerate(OFFERED, start=1):
        sheet.cell(2, place, row("T-1").get(name))
    stream = io.BytesIO()
    made.save(stream)
    batch = worked_off(upload(client, stream.getvalue()))
    assert (batch.state, batch.tally["filed"], batch.tally["rejected"]) == ("done", 1, 0)


def test_rows_become_cases_by_the_same_rules_and_only_once(office: Office) -> None:
    client = office.client("hotline")
    content = book(
        row("A-1", name="王小明", phone=13800001111, secret="是"),
        row("A-2", type_name=None, description="有个情况"),
    )
    batch = worked_off(upload(client, content))
    assert {k: batch.tally[k] for k in ("rows", "filed", "manual")} == {
        "rows": 2,
        "filed": 1,
        "manual": 1,
    }
    first = Report.objects.unscoped("the test").get(external_id="A-1")
    assert (first.channel, first.secret, bool(first.contact_id)) == ("hotline", True, True)
    case = Case.objects.unscoped("the test").get(pk=first.case_id)
    assert case.type_key == "event/01/10"
    again = worked_off(upload(client, content))
    assert again.tally["repeated"] == 2
    assert Report.objects.unscoped("the test").count() == 2


def test_times_are_dates_serial_numbers_or_text(office: Office) -> None:
    yesterday = timezone.localtime() - timedelta(days=1)
    moment = yesterday.replace(hour=8, minute=30, second=0, microsecond=0, tzinfo=None)
    serial: float = to_excel(moment)  # type: ignore[no-untyped-call]
    content = book(
        row("D-1", received_at=moment),
        row("D-2", received_at=serial),
        row("D-3", received_at=f"{moment:%Y-%m-%d %H:%M}"),
    )
    batch = worked_off(upload(office.client("hotline"), content))
    assert batch.tally["rejected"] == 0, batch.tally
    times = set(Report.objects.unscoped("the test").values_list("received_at", flat=True))
    assert len(times) == 1


def test_wrong_rows_come_back_marked_and_can_be_sent_again(office: Office) -> None:
    client = office.client("collector", city().register.units()[0].id, "")
    content = book(
        row("B-1"),
        row("B-2", phone="不是电话"),
        row("", description="没有编号"),
        row("B-4", division="火星（999999）", lon=None, lat=None),
        row("B-5", lon="=1+1"),
    )
    batch = worked_off(upload(client, content))
    assert (batch.tally["rejected"], batch.tally["rows"]) == (4, 5)
    page = client.get(f"/desk/intake/{batch.pk}/").content.decode()
    assert "下载退回的行" in page
    back = client.get(f"/desk/intake/{batch.pk}/rejects.xlsx")
    corrected = load_workbook(io.BytesIO(back.content))
    sheet = corrected.active
    assert sheet is not None
    heads = [cell.value for cell in sheet[2]]
    assert heads[-1] == REASON
    rows = list(sheet.iter_rows(min_row=3))
    assert [cells[0].value for cells in rows] == ["B-2", None, "B-4", "B-5"]
    phone = heads.index(LABELS["phone"])
    assert rows[0][phone].fill.fgColor.rgb == "FFF8C9C4"
    assert rows[0][0].fill.fgColor.rgb != "FFF8C9C4"
    assert str(rows[0][-1].value).startswith("第 3 行 上报人电话")
    assert "公式" in str(rows[3][-1].value)
    assert Look.objects.filter(action="intake.rejects", rows=4).count() == 1
    rows[0][phone].value = "13800001111"
    for at in (6, 5, 4):
        sheet.delete_rows(at)
    stream = io.BytesIO()
    corrected.save(stream)
    again = worked_off(upload(client, stream.getvalue(), "改正.xlsx"))
    assert (again.tally["rows"], again.tally["rejected"]) == (1, 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("上报.xlsx", b""),
        ("上报.xlsx", b"not a workbook"),
        ("上报.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 512),
        ("上报.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 512),
        ("上报.xlsm", book()),
        ("上报.csv", b"a,b\n1,2\n"),
        ("上报.csv", b"\xff\xfe1\x00"),
        ("上报", book()),
    ],
)
def test_files_that_are_none_are_refused_at_once(office: Office, name: str, content: bytes) -> None:
    answer = upload(office.client("hotline"), content, name)
    assert answer.status_code == 422
    assert not IntakeBatch.objects.exists()


def test_a_csv_takes_the_same_way(office: Office) -> None:
    text = "external_id,type,division,description\nC-1,event/01/10,420606,垃圾\n,x,y,\n"
    batch = worked_off(upload(office.client("acceptor"), text.encode(), "a.csv"))
    assert (batch.channel, batch.tally["rows"], batch.tally["rejected"]) == ("csv", 2, 1)
    assert batch.rejects


def test_personal_data_is_sealed_and_forgotten(office: Office) -> None:
    client = office.client("hotline")
    assert upload(client, book(row("P-1", phone="不是电话", name="王小明"))).status_code == 302
    batch = IntakeBatch.objects.get()
    assert batch.content.startswith("A256GCM.")
    batches.work_off(batch.pk, timezone.now())
    batch.refresh_from_db()
    assert (batch.content, batch.rejects[:8]) == ("", "A256GCM.")
    assert "王小明" not in str(batch.tally)
    assert batches.forget_rejects(timezone.now()) == 0
    assert batches.forget_rejects(timezone.now() + timedelta(days=8)) == 1
    assert client.get(f"/desk/intake/{batch.pk}/rejects.xlsx").status_code == 404


def test_an_interrupted_batch_is_taken_up_again_without_doubles(office: Office) -> None:
    assert upload(office.client("hotline"), book(row("K-1"), row("K-2"))).status_code == 302
    batch = IntakeBatch.objects.get()
    actor = office.account("hotline").actor()
    with tempfile.TemporaryDirectory() as folder:
        path = batches._written(Path(folder), ".xlsx", batches.opened(batch.content, "content"))
        batches._import(batch, actor, path)  # … and then the worker is killed
    batches.work_off(batch.pk, timezone.now())
    batches.work_off(batch.pk, timezone.now())
    assert Report.objects.unscoped("the test").count() == 2
    batch.refresh_from_db()
    assert batch.tally["repeated"] == 2


def test_only_who_may_report_uploads_and_sees_the_own_files(office: Office) -> None:
    first = office.client("hotline")
    batch = worked_off(upload(first, book(row("S-1", phone="x"))))
    for role in ("dispatcher", "auditor", "duty_leader"):
        other = office.client(role)
        assert other.get("/desk/intake/").status_code == 403
        assert upload(other, book(row("S-2"))).status_code == 403
    second = office.client("hotline")
    assert second.get(f"/desk/intake/{batch.pk}/").status_code == 404
    assert second.get(f"/desk/intake/{batch.pk}/rejects.xlsx").status_code == 404
    assert first.get(f"/desk/intake/{batch.pk}/").status_code == 200
    assert first.get("/desk/intake/99999999999999999999/").status_code == 404

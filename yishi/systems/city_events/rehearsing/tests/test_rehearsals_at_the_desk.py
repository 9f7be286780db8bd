"""A rehearsal is asked for at the desk, worked off by the worker, and opens to its cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.models import Grant, User
from yishi.foundation.rulebook.rehearsal import read_only
from yishi.systems.city_events.models import Rehearsal, RehearsedCase
from yishi.systems.city_events.rehearsing import service
from yishi.systems.city_events.rehearsing.tests.conftest import Town
from yishi.systems.city_events.rehearsing.tests.test_a_change_shows_what_would_differ import (
    limit_changed,
)

pytestmark = pytest.mark.django_db


def officer(town: Town, name: str, role: str, scope: str) -> Client:
    """Somebody signed in at the desk."""
    user = User.objects.create_user(name, display_name=name)
    now = timezone.now() - timedelta(days=1)
    Grant.objects.create(user=user, role=role, scope=scope, valid_from=now)
    client = Client()
    client.force_login(user)
    return client


def asked(client: Client, files: dict[str, bytes], **more: str) -> object:
    """The form, sent with files."""
    given = [SimpleUploadedFile(name, data) for name, data in files.items()]
    days = {"first": "2026-03-01", "last": "2026-03-31"}
    return client.post("/desk/rehearsals/", {"upload": given, **days, **more})


def test_a_rehearsal_runs_and_opens_to_its_cases(town: Town, in_force: dict[str, bytes]) -> None:
    number = town.report().number
    client = officer(town, "planner", "dispatcher", "4206")
    files = limit_changed(in_force, "暴露生活垃圾", "4小时", "2小时")
    answer = asked(client, files, note="暴露垃圾改为 2 小时")
    row = Rehearsal.objects.get()
    assert answer.status_code == 302, answer.content.decode()[-2000:]  # type: ignore[attr-defined]
    assert row.inputs[0]["hash"]
    assert "等待处理" in client.get(f"/desk/rehearsals/{row.pk}/").content.decode()
    service.work_off(row.pk, timezone.now())
    row.refresh_from_db()
    assert (row.state, bytes(row.content)) == ("done", b"")
    page = client.get(f"/desk/rehearsals/{row.pk}/").content.decode()
    assert number in page
    assert "4小时" in page
    assert row.inputs[0]["hash"] in page
    file = client.post(f"/desk/rehearsals/{row.pk}/export/", {"purpose": "周例会"})
    assert file.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert b"".join(file.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    service.work_off(row.pk, timezone.now())  # a job that is tried again changes nothing
    assert RehearsedCase.objects.unscoped("test").count() == 1


def test_what_is_rehearsed_lies_within_ones_own_area(
    town: Town, in_force: dict[str, bytes]
) -> None:
    town.report()
    client = officer(town, "elsewhere", "dispatcher", "4206/420602")
    asked(client, limit_changed(in_force, "暴露生活垃圾", "4小时", "2小时"))
    row = Rehearsal.objects.get()
    service.work_off(row.pk, timezone.now())
    row.refresh_from_db()
    assert row.tally["cases"] == 0
    other = officer(town, "other", "dispatcher", "4206")
    assert other.get(f"/desk/rehearsals/{row.pk}/").status_code == 404


def test_bad_files_are_refused_at_the_field(town: Town, in_force: dict[str, bytes]) -> None:
    client = officer(town, "planner", "dispatcher", "4206")
    answer = asked(client, limit_changed(in_force, "暴露生活垃圾", "4小时", "很快"))
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "event-01-city-environment.yaml" in answer.content.decode()  # type: ignore[attr-defined]
    assert asked(client, {}, first="2026-05-01", last="2026-04-01").status_code == 422  # type: ignore[attr-defined]
    assert not Rehearsal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_to_write_in_a_rehearsal(city: None) -> None:
    from django.db import Error

    with pytest.raises(Error, match="read-only"), read_only():
        Rehearsal.objects.update(note="x")


def test_the_pages_of_dispatch_open(town: Town) -> None:
    town.report()
    client = officer(town, "planner", "dispatcher", "4206")
    page = client.get("/desk/routing/").content.decode()
    assert "XY-001" in page
    assert "每个县市区的每个类别都有责任单位" in page
    for address in ("routing/returns/", "routing/returns/cases/", "rehearsals/"):
        assert client.get(f"/desk/{address}").status_code == 200
    unit = town.state(town.report(lon=112.16).number).unit_id
    begin = timezone.localtime()
    form = {
        "unit": unit,
        "begin": f"{begin:%Y-%m-%dT%H:%M}",
        "end": f"{begin + timedelta(hours=3):%Y-%m-%dT%H:%M}",
        "reason": "全员培训",
    }
    assert client.post("/desk/routing/", form).status_code == 302
    assert "离岗中" in client.get("/desk/routing/").content.decode()
    assert client.post("/desk/routing/", {**form, "end": "x"}).status_code == 422

"""The register of devices: who sees which, how they come in, and that silence is noticed."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.world import HERE, World
from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.access.models import Grant, User
from yishi.foundation.audit.retention import KINDS
from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.foundation.cases.models import Case
from yishi.foundation.messages.models import Message
from yishi.systems.city_events.context import city as registers
from yishi.systems.city_events.devices import seed, sheet, silence, thresholds
from yishi.systems.city_events.devices.models import (
    Device,
    Heard,
    ReadingHour,
    SensedMessage,
    Threshold,
)
from yishi.systems.city_events.devices.service import device_actor, take
from yishi.systems.city_events.notices import CITY_TIME

HEAD = "设备编号,设备名称,设备种类,区划编码,上报类别,失联分钟数\n"


@pytest.fixture
def world(city: None) -> World:
    return World()


def hear(ref: str, **raw: Any) -> None:
    now = timezone.now()
    take(device_actor(ref), ref, "status", {"id": "a", **raw}, now, trusted=True)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_list_shows_the_own_scope_with_its_states(world: World) -> None:
    """Here is Fancheng: not the devices of Zaoyang, of the zones and of other counties."""
    hear("SIM-WATER-01", battery=12)
    page = text(world.officer("acceptor").get("/desk/devices/"))
    assert "SIM-WATER-01" in page and "电量低" in page and "12%" in page
    assert "SIM-LIFT-01" in page and "未接入" in page
    for other in ("SIM-GAS-02", "SIM-CAMERA-01", "SIM-TOWER-01", "SIM-SLOPE-01"):
        assert other not in page
        assert world.officer("acceptor").get(f"/desk/devices/of/{other}/").status_code == 404
    only = text(world.officer("auditor").get("/desk/devices/?state=c_low"))
    assert "SIM-WATER-01" in only and "SIM-LIFT-01" not in only


@pytest.mark.parametrize("role", ["unit_officer", "handler", "collector", "hotline", ""])
def test_other_roles_are_told_that_it_is_not_theirs(world: World, role: str) -> None:
    assert world.officer(role).get("/desk/devices/").status_code == 403


def upload(client: Client, content: str, name: str = "devices.csv") -> Any:
    file = SimpleUploadedFile(name, content.encode("gb18030"), "text/csv")
    return client.post("/desk/devices/import/", {"file": file})


def test_a_table_adds_and_changes_devices_or_says_what_is_wrong(world: World) -> None:
    admin = world.officer("administrator")
    good = (
        f"{HEAD}W-1,新积水仪,积水监测仪,420606007010,,30\n"
        "C-1,新摄像机,摄像机,420606007010,event/04/98,\n"
    )
    assert upload(admin, good).status_code == 200
    device = Device.objects.visible_to(SYSTEM).get(ref="C-1")
    assert (device.types, device.managed_path) == (
        ["event/04/98"],
        f"{HERE}/420606007/420606007010",
    )
    changed = upload(admin, HEAD + "W-1,旧积水仪,积水监测仪,420606007010,,45\n")
    assert "修改 旧积水仪" in text(changed)
    now = timezone.now()
    take(device_actor("W-1"), "W-1", "status", {"id": "1"}, now, trusted=True)  # known at once


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("W 1,a,积水监测仪,420606007010,,", "设备编号"),
        ("W-1,,积水监测仪,420606007010,,", "设备名称"),
        ("W-1,a,水表,420606007010,,", "设备种类"),
        ("W-1,a,积水监测仪,9,,", "区划编码"),
        ("W-1,a,积水监测仪,420606,,", "区划编码"),
        ("W-1,a,积水监测仪,420602005001,,", "超出您管理的范围"),
        ("W-1,a,积水监测仪,420606007010,event/00/00,", "上报类别"),
        ("W-1,a,积水监测仪,420606007010,,0", "失联分钟数"),
    ],
)
def test_one_wrong_row_keeps_the_whole_table_out(world: World, row: str, said: str) -> None:
    answer = upload(
        world.officer("administrator"), HEAD + f"OK-1,好,摄像机,420606007010,,\n{row}\n"
    )
    assert answer.status_code == 422 and said in text(answer) and "第 3 行" in text(answer)
    assert not Device.objects.unscoped("test").filter(ref__in=("OK-1", "W-1")).exists()


def test_the_template_can_be_sent_back(world: World) -> None:
    admin = world.officer("administrator")
    book = admin.get("/desk/devices/template.xlsx").content
    rows = sheet.rows_of("x.xlsx", io.BytesIO(book))
    assert rows.rows[0][1]["ref"] == sheet.EXAMPLE["ref"]
    answer = admin.post("/desk/devices/import/", {"file": SimpleUploadedFile("x.xlsx", book)})
    assert answer.status_code == 200, text(answer)


def test_silence_is_noticed_once_told_and_reported_where_the_device_says_so(city: None) -> None:
    now = timezone.now()
    Device.objects.unscoped("test").update(added_at=now - timedelta(days=3))
    Device.objects.unscoped("test").exclude(ref__in=("SIM-WATER-01", "SIM-SLOPE-01")).delete()
    for name, scope in (("near", "4206/420606"), ("all", "4206"), ("far", "4206/420602")):
        user = User.objects.create_user(name, display_name=name)
        Grant.objects.create(user=user, role="duty_leader", scope=scope, valid_from=now)
    from yishi.foundation import revisions

    revisions.bump("devices")
    hear("SIM-WATER-01")
    assert silence.look(now + timedelta(minutes=29))[0].ref == "SIM-SLOPE-01"
    (case,) = Case.objects.unscoped("test").filter(data__device__ref="SIM-SLOPE-01")
    assert (case.type_key, case.data["device"]["metric"]) == ("event/75/35", "silent")
    assert [device.ref for device in silence.look(now + timedelta(minutes=31))] == ["SIM-WATER-01"]
    assert silence.look(now + timedelta(minutes=40)) == []
    told = Message.objects.filter(template="device.silent")
    names = dict(User.objects.values_list("pk", "username"))
    assert sorted(names[one.user_id] for one in told) == ["all", "all", "near"]
    assert Heard.objects.get(device__ref="SIM-WATER-01").silent_since is not None
    hear("SIM-WATER-01", id="b")
    assert Heard.objects.get(device__ref="SIM-WATER-01").silent_since is None


def test_many_that_fall_silent_at_once_send_nobody_out(
    city: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "TOO_MANY", 10)
    now = timezone.now() + timedelta(days=3)
    user = User.objects.create_user("all", display_name="all")
    Grant.objects.create(user=user, role="duty_leader", scope="4206", valid_from=timezone.now())
    assert len(silence.look(now)) > 10
    assert not Case.objects.unscoped("test").exists()
    assert Message.objects.get(template="device.line").user_id == user.pk


def test_readings_go_by_whole_days_and_ids_by_their_time(city: None) -> None:
    now = timezone.now()
    device = Device.objects.visible_to(SYSTEM).get(ref="SIM-WATER-01")
    midnight = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    for hour in (midnight - timedelta(hours=1), midnight):
        ReadingHour.objects.create(device=device, metric="gas", hour=hour, points={"0": 1})
    SensedMessage.objects.create(device=device, key="x", body_hash=b"", answer={}, at=now)
    assert KINDS["reading"].purge(midnight + timedelta(hours=20), 1000) == 1
    assert ReadingHour.objects.get().hour == midnight
    assert KINDS["device_message"].purge(now, 1000) == 0
    assert KINDS["device_message"].purge(now + timedelta(seconds=1), 1000) == 1


def test_a_city_loaded_again_changes_nothing(city: None, settings: Any) -> None:
    assert seed.load_city(settings.CITY_DIR, timezone.now()) == 0


def _file(tmp_path: Any, settings: Any, old: str, new: str) -> Any:
    content = (settings.CITY_DIR / thresholds.FILE).read_text()
    assert old in content
    (tmp_path / thresholds.FILE).write_text(content.replace(old, new, 1))
    return tmp_path


def test_what_held_is_not_changed_but_ended_and_followed(
    city: None, settings: Any, tmp_path: Any
) -> None:
    now = timezone.now()
    with pytest.raises(CatalogueError, match="已经生效"):
        seed.load_city(_file(tmp_path, settings, "raise: 15", "raise: 16"), now)
    content = yaml.safe_load((settings.CITY_DIR / thresholds.FILE).read_text())
    first = next(one for one in content["thresholds"] if one["key"] == "water.underpass")
    later = first | {"raise": 12, "from": date(2036, 1, 1)}
    first["to"] = date(2035, 12, 31)
    content["thresholds"].append(later)
    folder = tmp_path
    (folder / thresholds.FILE).write_text(
        yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    )
    assert seed.load_city(folder, now) == 2
    rows = Threshold.objects.filter(key="water.underpass").order_by("version")
    assert [(row.version, row.raise_at) for row in rows] == [(1, 15), (2, 12)]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("clear: 5", "clear: 15", "clear"),
        ("metric: gas", "metric: steam", "metric"),
        ("type: event/97/01", "type: event/00/00", "type"),
        ("standard: '1'", "standard: '9'", "standard"),
        ("minutes: 10", "minutes: ten", "minutes"),
        ("from: 2026-04-01", "from: 2026-03-01", "重叠"),
        ("raise: 20", "raise: 200", "raise"),
        ("kind: water", "kind: pond", "kind"),
    ],
)
def test_a_wrong_threshold_is_named(
    city: None, settings: Any, tmp_path: Any, old: str, new: str, named: str
) -> None:
    _, catalogue = registers().catalogue(timezone.now())
    folder = _file(tmp_path, settings, old, new)
    with pytest.raises(CatalogueError, match=named):
        thresholds.read_file(folder / thresholds.FILE, catalogue, {})

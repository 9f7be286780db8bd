"""自行处置: reported, handled and sent to be verified in one go, and never by its own handler."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from yishi.foundation.cases.models import CasePaper, Trace
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.rulebook.models import Decision
from yishi.systems.city_events.context import city
from yishi.systems.city_events.onsite.tests.conftest import (
    RUBBISH,
    SPOT,
    Site,
    entry,
    post,
    settling_type,
)
from yishi.systems.city_events.tests.office import photo


def settle(user: Any, photos: bool = True, **facts: Any) -> Any:
    body = entry("settle", facts={"type": settling_type(), "note": "已当场清理", **SPOT} | facts)
    files = {"photos_before": photo("前.jpg"), "photos": _other("后.jpg")} if photos else {}
    return post(user, body, **files)


def _other(name: str) -> Any:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (200, 200, 210)).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def test_it_goes_through_all_steps_and_waits_to_be_verified(site: Site) -> None:
    user = site.local()
    answer = settle(user)
    assert answer.status_code == 200, answer.content.decode()
    number = answer.json()["number"]
    case = site.state(number)
    moves = Trace.objects.unscoped("test").filter(case_id=case.id).order_by("seq")
    assert [row.move for row in moves] == [
        "receive", "file", "dispatch", "sign", "finish", "confirm", "forward",
    ]  # fmt: skip
    assert (case.state, case.timeliness) == ("verifying", "on_time")
    assert case.data["self_settled"] is True
    assert user.pk in case.data["handlers"]
    steps = CasePaper.objects.unscoped("test").filter(case_id=case.id).order_by("step")
    assert [row.step for row in steps] == ["after", "before"]
    decision = Decision.objects.filter(subject_kind="case", subject_id=case.id).latest("id")
    assert decision.outcome == "true"


def test_somebody_else_verifies_it(site: Site) -> None:
    user = site.local("collection", "collector")
    number = settle(user).json()["number"]
    case = site.state(number)
    verify = case.duty("verify")
    assert verify is not None
    assert verify.unit_id != case.unit_id, "the unit that handled it does not verify it"
    body = entry(number=number, move="report_verification", facts={"result": "pass"})
    assert post(user, body).status_code == 409
    other = site.account("collector", verify.unit_id, "")
    assert post(other, body).status_code == 200
    site.move(number, "close")
    assert site.state(number).state == "closed"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"type": "component/01/01"}, "自行处置"),
        ({"lon": 112.30, "lat": 32.20}, "辖区"),
        ({"landmark": None, "lon": None, "lat": None}, "辖区"),
    ],
)
def test_the_rule_says_why_not(site: Site, change: dict[str, Any], word: str) -> None:
    from yishi.systems.city_events.context import city

    kind = city().catalogue(__import__("datetime").datetime.now(tz=__import__("datetime").UTC))[1]
    if change.get("type") and kind.by_key[RUBBISH].settles:
        change = {
            "type": next(k.key for k in kind.types if not k.settles and len(k.standards) == 1)
        }
    answer = settle(site.local(), **change)
    assert (answer.status_code, answer.json()["field"]) == (422, "settle")
    assert word in answer.json()["message"]


def test_photos_of_before_and_after_are_asked_for(site: Site) -> None:
    answer = settle(site.local(), photos=False)
    assert answer.status_code == 422
    assert "照片" in answer.json()["message"]


def test_a_county_unit_does_not_settle_on_the_spot(site: Site) -> None:
    number = site.report().number
    answer = settle(site.officer(number))
    assert (answer.status_code, answer.json()["code"]) == (422, "rule")


def test_what_is_open_already_is_added_to_instead(site: Site) -> None:
    kinds = city().catalogue(timezone.now())[1].types
    merging = next(
        kind.key
        for kind in kinds
        if kind.settles and kind.auto and kind.merge and kind.merge.metres
    )
    standard = city().catalogue(timezone.now())[1].by_key[merging].standards[0].code
    open_one = site.report(type=merging, standard=standard, description="").number
    user = site.local()
    body = entry("settle", facts={"type": merging, "standard": standard, **SPOT})
    files = {"photos_before": photo(), "photos": _other("后.jpg")}
    answer = post(user, body, **files)
    assert (answer.status_code, answer.json()["code"]) == (409, "same")
    assert answer.json()["number"] == open_one
    files = {"photos": [photo(), _other("后.jpg")]}
    report = body | {"kind": "report"}
    added = post(user, report, **files)
    assert (added.status_code, added.json()["merged"]) == (200, True)
    assert added.json()["number"] == open_one


def test_a_new_report_of_a_collector_is_filed_as_every_report(site: Site) -> None:
    body = entry(
        "report", facts={"type": RUBBISH, "description": "生活垃圾堆在路边没人清运", **SPOT}
    )
    answer = post(site.local("collection", "collector"), body, photos=photo())
    assert answer.status_code == 200
    case = site.state(answer.json()["number"])
    assert (case.state, case.data["channel"]) == ("assigned", "collector")


def test_the_place_check_is_told_and_never_a_reason(site: Site) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    place = {"lon": SPOT["lon"] + 0.5, "lat": SPOT["lat"], "accuracy": 12.4, "at": "x"}
    body = entry(number=number, move="report_check", facts={"result": "true"}, place=place)
    body["entered"] = "2026-03-10T09:00:00+08:00"
    assert post(user, body).status_code == 200
    case = site.state(number)
    row = Trace.objects.unscoped("test").filter(case_id=case.id).order_by("-seq").first()
    assert row is not None
    told = orjson.loads(bytes(row.body))["on_site"]
    assert 46_000 < told["metres"] < 48_000
    assert (told["accuracy"], told["entered"]) == (12, "2026-03-10T09:00:00+08:00")
    assert set(told) == {"metres", "accuracy", "entered"}, "not where the officer was"
    text = site.client("acceptor").get(f"/desk/cases/{number}/").content.decode()
    assert "手机距案发地点" in text


def test_the_trace_of_a_settlement_verifies(site: Site) -> None:
    number = settle(site.local()).json()["number"]
    assert site.state(number).id not in dict(verify_traces())

"""What to check, the record with two officers and photos, and the figures with their cases."""

from __future__ import annotations

import io
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.state import CaseState
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.models import Finding
from yishi.systems.pledge_licences.pages import onsite_views
from yishi.systems.pledge_licences.tests.street import Street, regulator, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def street(city: None, settings: Any) -> Street:
    settings.DEMO = True
    return Street()


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG")
    return SimpleUploadedFile("x.jpg", out.getvalue(), "image/jpeg")


def conditions(case: CaseState) -> list[str]:
    return [c.key for c in version(case.catalogue_id).licences[case.type_key].conditions]


def record(case: CaseState, second: int, **more: Any) -> dict[str, Any]:
    found = {f"found_{key}": "met" for key in conditions(case)}
    return {**found, "second": str(second), **more}


def state(case: CaseState) -> str:
    return load_states([case.id])[0].state


def test_a_check_is_listed_by_risk_by_day_and_by_township(street: Street) -> None:
    case = street.licence()
    client = signed_in(regulator(case))
    for by in ("risk", "day", "route"):
        page = client.get(f"/desk/licences/checks/?by={by}").content.decode()
        assert case.number in page and "示意路8号" in page
    assert case.number not in client.get("/desk/licences/checks/?late=1").content.decode()


def test_all_met_ends_the_check(street: Street) -> None:
    case = street.licence()
    user, second = regulator(case), regulator(case)
    address = reverse("desk:pledge_licences:check", args=[case.number])
    client = signed_in(user)
    assert client.get(address).status_code == 200
    alone = client.post(address, record(case, user.pk))
    assert alone.status_code == 422, "the second officer is somebody else"
    answer = client.post(address, record(case, second.pk, photo_zones=picture()))
    assert answer.status_code == 302
    assert state(case) == "qualified"
    paper = CasePaper.objects.unscoped("test").select_related("attachment").get(case_id=case.id)
    assert paper.attachment.original_name == "zones.jpg"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "生食与熟食" in page and user.display_name in page


def test_not_met_is_rectified_told_and_looked_at_again(street: Street) -> None:
    applicant = street.client()
    case = street.licence(applicant)
    user, second = regulator(case), regulator(case)
    address = reverse("desk:pledge_licences:check", args=[case.number])
    client = signed_in(user)
    wrong = record(case, second.pk, found_zones="not_met", note_zones="没有分区")
    assert client.post(address, wrong | {"rectify_by": ""}).status_code == 422
    day = timezone.localdate() + timedelta(days=10)
    assert client.post(address, wrong | {"rectify_by": day.isoformat()}).status_code == 302
    assert state(case) == "rectifying"
    mine = reverse("licences:case", args=[case.number])
    page = applicant.get(mine).content.decode()
    assert "请限期整改" in page and "没有分区" in page
    applicant.post(reverse("licences:rectified", args=[case.number]), {"note": "已分区"})
    assert client.post(address, record(case, second.pk)).status_code == 302
    assert state(case) == "qualified"


def test_false_is_revoked_at_once_and_needs_evidence(street: Street) -> None:
    applicant = street.client()
    case = street.licence(applicant)
    user, second = regulator(case), regulator(case)
    address = reverse("desk:pledge_licences:check", args=[case.number])
    client = signed_in(user)
    false = record(case, second.pk, found_distance="false")
    assert client.post(address, false).status_code == 422
    assert client.post(address, false | {"evidence": "租赁合同系伪造"}).status_code == 302
    assert state(case) == "revoked"
    page = applicant.get(reverse("licences:case", args=[case.number])).content.decode()
    assert "不能再用" in page


def test_another_unit_does_not_record(street: Street) -> None:
    case = street.licence()
    other = regulator(case)
    other.grants.update(unit_id=case.data["regulator"] + 1)
    address = reverse("desk:pledge_licences:check", args=[case.number])
    assert signed_in(other).get(address).status_code in (403, 404)


def send(user: Any, case: CaseState, facts: dict[str, str], **more: Any) -> Any:
    body = {
        "key": str(uuid.uuid4()),
        "kind": "move",
        "number": case.number,
        "move": onsite_views.MOVE,
        "version": None,
        "facts": facts,
        "place": None,
        "entered": timezone.now().isoformat(),
        **more,
    }
    content = {"account": user.pk, "body": json.dumps(body)}
    return signed_in(user).post("/desk/licences/onsite/send/", content)


def test_a_record_of_the_queue_counts_once(street: Street) -> None:
    case = street.licence()
    user, second = regulator(case), regulator(case)
    key = str(uuid.uuid4())
    first = send(user, case, record(case, second.pk), key=key)
    again = send(user, case, record(case, second.pk), key=key)
    assert (first.status_code, again.status_code) == (200, 200), first.content.decode()
    assert Finding.objects.unscoped("test").count() == 1
    assert state(case) == "qualified"
    late = send(user, case, record(case, second.pk))
    assert late.status_code == 409


def test_the_phone_gets_the_form_of_each_check_and_nothing_of_others(street: Street) -> None:
    case = street.licence()
    user = regulator(case)
    regulator(case)
    work = signed_in(user).get("/desk/licences/onsite/work.json").json()
    (item,) = work["items"]
    names = [need["name"] for need in item["forms"]["record"]["needs"]]
    assert {f"found_{key}" for key in conditions(case)} <= set(names)
    assert "second" in names
    shell = signed_in(user).get("/desk/licences/onsite/shell/").content.decode()
    assert case.number not in shell and user.display_name not in shell


def test_wrong_entries_name_their_field(street: Street) -> None:
    case = street.licence()
    user, second = regulator(case), regulator(case)
    assert send(user, case, {"second": str(second.pk)}).json()["field"] == "conditions"
    assert send(user, case, record(case, second.pk), move="other").json()["field"] == "move"
    assert send(user, case, record(case, second.pk), key="x").json()["field"] == "key"
    answer = send(user, case, record(case, second.pk), unknown=1)
    assert (answer.status_code, answer.json()["field"]) == (422, "unknown")


def test_every_figure_opens_to_its_cases(street: Street) -> None:
    case = street.licence()
    client = signed_in(regulator(case))
    page = client.get("/desk/licences/overview/")
    counts = {one["figure"].key: one["count"] for one in page.context["funnel"]}
    assert counts == {
        "applied": 1,
        "screened": 1,
        "pledged": 1,
        "licensed": 1,
        "checked": 0,
        "met": 0,
        "revoked": 0,
    }
    for one in (*page.context["funnel"], *page.context["watch"]):
        behind = client.get(one["url"])
        assert behind.status_code == 200
        assert len(behind.context["rows"]) == one["count"], one["figure"].key

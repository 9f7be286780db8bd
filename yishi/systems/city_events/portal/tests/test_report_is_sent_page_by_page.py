"""A resident's report: one question a page, without JavaScript, sent once."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yishi.foundation.cases.models import Case, CasePaper
from yishi.foundation.parties.models import Contact
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.portal.tests.support import Walk, a_landmark, picture

WHY = "the test counts"


def test_each_page_leads_to_the_next_question(walk: Walk) -> None:
    answers = [
        ("where", {"choice": f"landmark:{a_landmark().pk}"}, "place"),
        ("place", {"address": ""}, "what"),
        ("what", {"description": "井盖丢了，很危险"}, "type"),
        ("type", {"choice": "component/01/01"}, "standard"),
        ("standard", {"choice": "1"}, "similar"),
        ("similar", {}, "photos"),
        ("photos", {"act": "next"}, "contact"),
        ("contact", {}, "check"),
        ("check", {}, "done"),
    ]
    for name, data, following in answers:
        assert walk.client.get(walk.url(name)).status_code in (200, 302)
        response = walk.post(name, **data)
        assert response.status_code == 302, (name, response.content.decode())
        assert response["Location"] == walk.url(following)
    page = walk.client.get(walk.url("done")).content.decode()
    case = Case.objects.unscoped(WHY).get()
    assert case.number in page
    assert case.unit is not None
    assert case.unit.name in page, "dispatched at once: the unit is told"
    assert "viewBox" in page.partition("<svg")[2].partition(">")[0], "the QR code scales whole"


def test_sending_twice_gives_one_case(walk: Walk) -> None:
    walk.to_check()
    first, second = walk.post("check"), walk.post("check")
    assert first["Location"] == second["Location"] == walk.url("done")
    assert Case.objects.unscoped(WHY).count() == Report.objects.unscoped(WHY).count() == 1


def test_an_answered_page_can_be_changed_and_leads_back_to_the_check(walk: Walk) -> None:
    walk.to_check()
    response = walk.post("what", description="垃圾堆了三天，有异味")
    assert response["Location"] == walk.url("check")
    assert "垃圾堆了三天" in walk.client.get(walk.url("check")).content.decode()


def test_pages_cannot_be_skipped(walk: Walk) -> None:
    walk.post("where", choice=f"landmark:{a_landmark().pk}")
    assert walk.client.get(walk.url("check"))["Location"] == walk.url("place")


def test_another_browser_does_not_see_the_draft(walk: Walk) -> None:
    walk.to_check(phone="13812345678")
    other = Client().get(walk.url("check"))
    assert other.status_code == 302
    assert other["Location"].endswith("/report/expired")


def test_what_was_typed_is_not_readable_in_the_session(walk: Walk) -> None:
    walk.to_check(name="张三丰", phone="13812345678")
    stored = str(dict(walk.client.session))
    assert "13812345678" not in stored
    assert "张三丰" not in stored
    assert "垃圾" not in stored


def test_contact_is_stored_encrypted_and_secrecy_is_kept(walk: Walk) -> None:
    walk.to_check(name="张三丰", phone="13812345678", secret="on")
    assert "138****5678" in walk.client.get(walk.url("check")).content.decode()
    walk.post("check")
    report = Report.objects.unscoped(WHY).get()
    assert report.secret
    assert "13812345678" not in str(Contact.objects.values().get())


def test_photos_are_kept_removed_and_sent_with_the_report(walk: Walk) -> None:
    walk.to_check()
    files = [
        SimpleUploadedFile("a.jpg", picture("red"), "image/jpeg"),
        SimpleUploadedFile("b.jpg", picture("green"), "image/jpeg"),
    ]
    walk.post("photos", act="add", photos=files)
    page = walk.client.get(walk.url("photos"))
    pictures = page.context["pictures"]
    assert len(pictures) == 2
    assert walk.client.get(pictures[0].thumb)["Content-Type"] == "image/jpeg"
    assert Client().get(pictures[0].url).status_code == 404, "only this session sees them"
    walk.post("photos", act=f"remove:{pictures[0].caption}")
    walk.post("check")
    papers = CasePaper.objects.unscoped(WHY)
    assert [str(paper.attachment_id) for paper in papers] == [pictures[1].caption]


def test_not_sure_goes_to_a_person(walk: Walk) -> None:
    walk.to_check(kind="unsure", said="这边有点情况想反映")
    walk.post("check")
    assert Case.objects.unscoped(WHY).get().state == "reported"


def test_not_sure_of_the_kind_but_clear_in_words_is_recognised(walk: Walk) -> None:
    walk.to_check(kind="unsure")
    walk.post("check")
    case = Case.objects.unscoped(WHY).get()
    assert (case.state, case.type_key) == ("assigned", "event/01/10")
    assert case.data["recognition"]["guesses"][0][0] == case.type_key


def test_neither_words_nor_kind_is_said_at_the_field(walk: Walk) -> None:
    walk.post("where", choice=f"landmark:{a_landmark().pk}")
    walk.post("place", address="")
    walk.post("what", description="")
    response = walk.post("type", choice="unsure")
    assert response.status_code == 422
    assert response.context["form"].errors["choice"]


def test_a_place_is_found_by_division_alone(walk: Walk) -> None:
    page = walk.client.get(walk.url("area"))
    county = page.context["children"][0]
    township = walk.client.get(walk.url("area") + f"?in={county.code}").context["children"][0]
    response = walk.post("where", choice=f"division:{township.code}", area=township.code)
    assert response["Location"] == walk.url("place")
    assert township.name in walk.client.get(walk.url("place")).content.decode()


def test_only_a_county_needs_an_address_in_words(walk: Walk) -> None:
    county = walk.client.get(walk.url("area")).context["children"][0]
    walk.post("where", choice=f"division:{county.code}", area=county.code)
    assert walk.post("place", address=" ").status_code == 422
    assert walk.post("place", address="人民广场东北角").status_code == 302


def test_the_phones_position_gives_a_list_of_what_is_near(walk: Walk) -> None:
    mark = a_landmark()
    walk.post("where", act="locate", lon=str(mark.lon), lat=str(mark.lat), accuracy="20")
    page = walk.client.get(walk.url("where"))
    values = [value for value, _label in page.context["choices"]]
    assert values[0] == "point"
    assert f"landmark:{mark.pk}" in values
    walk.post("where", choice="point")
    assert mark.division_id in walk.client.get(walk.url("place")).context["place"].managed_path


def test_the_search_as_a_part_equals_the_whole_page(walk: Walk) -> None:
    url = walk.url("where") + "?q=" + a_landmark().name
    whole = walk.client.get(url).content.decode()
    part = walk.client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    inner = part.partition("<form")[2].partition("</form>")[0]
    inner = inner.partition("csrfmiddlewaretoken")[2].partition(">")[2]
    assert inner
    assert inner.strip() in whole


@pytest.mark.parametrize("known", [True, False])
def test_the_same_thing_near_by_is_shown_before_it_is_reported_again(
    walk: Walk, known: bool
) -> None:
    if known:
        first = Walk(Client())
        first.to_check()
        first.post("check")
    walk.to_check()
    walk.post("type", choice="event/01/11")
    walk.post("standard", choice="unsure")
    walk.post("type", choice="event/01/10")
    walk.post("standard", choice="unsure")
    response = walk.client.get(walk.url("similar"))
    assert response.status_code == (200 if known else 302)
    if known:
        page = response.content.decode()
        assert "北门旁" not in page, "nothing a reporter wrote is shown"


def test_the_same_thing_near_by_is_shown_while_one_types(walk: Walk) -> None:
    first = Walk(Client())
    first.to_check()
    first.post("check")
    walk.post("where", choice=f"landmark:{a_landmark().pk}")
    walk.post("place", address="别处")
    seen = walk.client.post(
        walk.url("what"),
        {"near": "1", "description": "路边有一堆生活垃圾没人清理"},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "暴露生活垃圾" in seen
    assert "北门旁" not in seen, "nothing a reporter wrote is shown"
    page = walk.client.get(walk.url("what")).content.decode()
    assert "没人清理" not in page, "nothing is kept before it is sent"
    other = walk.client.post(walk.url("what"), {"near": "1", "description": "电梯困人了"})
    assert "row-card" not in other.content.decode()

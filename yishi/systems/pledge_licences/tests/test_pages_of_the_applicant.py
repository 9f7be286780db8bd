"""From "what do you want to open" to the licence, by pages that need no script."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from yishi.foundation.cases.load import load_states
from yishi.foundation.papers.models import Attachment
from yishi.systems.pledge_licences.models import Composite, Licence, Pledge
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.tests.street import Street

pytestmark = pytest.mark.django_db


@pytest.fixture
def street(city: None, settings: Any) -> Street:
    settings.DEMO = True
    return Street()


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_trade_is_found_by_what_people_call_it(street: Street) -> None:
    page = text(Client().get("/licences/?q=小卖部"))
    assert reverse("licences:trade", args=["convenience_store"]) in page
    assert reverse("licences:trade", args=["cinema"]) not in page


def test_answers_decide_what_a_trade_needs(street: Street) -> None:
    address = reverse("licences:trade", args=["convenience_store"])
    client = Client()
    assert "卖香烟吗" in text(client.get(address))
    alone = text(client.get(address + "?answered=1"))
    both = text(client.get(address + "?answered=1&tobacco=yes&big=yes"))
    assert "烟草专卖零售许可" not in alone and "公共场所卫生许可" not in alone
    assert "烟草专卖零售许可" in both and "公共场所卫生许可" in both
    assert "这些走普通程序" in both


def test_who_is_not_signed_in_is_led_there_and_back(street: Street) -> None:
    answer = Client().get("/licences/apply/?licence=food_sale")
    assert answer.headers["Location"].startswith("/account/sign-in/?next=%2Flicences%2Fapply")


def test_the_form_asks_only_for_what_is_not_known(street: Street) -> None:
    client = street.client()
    form = client.get("/licences/apply/?licence=food_sale").context["form"]
    assert "organisation_name" not in form.fields and "uscc" not in form.fields
    assert "agent_name" not in form.fields
    answer = client.post("/licences/apply/?licence=food_sale", {})
    assert answer.status_code == 422
    assert not Pledge.objects.unscoped("test").exists()


def test_screened_read_signed_and_licensed(street: Street) -> None:
    client = street.client()
    (case,) = street.applied(client)
    page = text(client.get(reverse("licences:case", args=[case.number])))
    assert "筛查通过" in page
    sheet = text(client.get(reverse("licences:sign", args=[case.number])))
    assert "行政许可告知书" in sheet and "行政许可承诺书" in sheet
    answer = street.signed(client, case.number)
    assert answer.headers["Location"] == reverse("licences:case", args=[case.number])
    held = Licence.objects.unscoped("test").get(case_id=case.id)
    page = text(client.get(answer.headers["Location"]))
    assert held.certificate.number in page and "有效，待核查" not in page
    assert reverse("portal:certificate-file", args=[held.certificate_id, "pdf"]) in page
    assert reverse("portal:verify-code", args=[held.certificate.verify_code]) in page
    assert "有效，待核查" in text(client.get(reverse("licences:mine")))


def test_every_condition_the_own_name_and_the_will_are_needed(street: Street) -> None:
    client = street.client()
    (case,) = street.applied(client)
    for wrong in ({"name": "陈模拟"}, {"will": ""}, {"c_zones": ""}, {"shown_hash": "0" * 64}):
        answer = street.signed(client, case.number, **wrong)
        assert answer.status_code == 422, wrong
    assert not Licence.objects.unscoped("test").exists()


def test_a_signature_by_hand_goes_along(street: Street) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 100), "white").save(out, "PNG")
    drawn = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    client = street.client()
    (case,) = street.applied(client)
    assert street.signed(client, case.number, drawn="data:image/png;base64,AAAA").status_code == 422
    assert street.signed(client, case.number, drawn=drawn).status_code == 302
    signature = Pledge.objects.unscoped("test").get(case_id=case.id).signature
    paper = Attachment.objects.get(pk=signature["drawn"]["attachment"])
    assert (paper.sha256, paper.purpose) == (signature["drawn"]["sha256"], "signature")


def test_a_trade_is_one_form_and_ends_in_one_licence(street: Street) -> None:
    client = street.client()
    query = "trade=convenience_store&yes=tobacco&yes=big"
    cases = street.applied(client, query)
    assert [case.type_key for case in cases] == ["food_sale", "public_place_hygiene"]
    bundle = reverse("licences:bundle", args=[cases[0].data["bundle"]])
    assert "烟草专卖零售许可" in text(client.get(bundle)), "the ordinary route, in the same step"
    first = street.signed(client, cases[0].number)
    assert first.headers["Location"] == reverse("licences:sign", args=[cases[1].number])
    assert street.signed(client, cases[1].number).headers["Location"] == bundle
    composite = Composite.objects.get()
    assert composite.certificate.number in text(client.get(bundle))


def test_excluded_or_unknown_the_ordinary_route_is_one_click(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = credit.screen

    def unknown(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        return type(answer)(answer.id, credit.UNKNOWN, (), answer.at)

    monkeypatch.setattr(credit, "screen", unknown)
    client = street.client()
    (case,) = street.applied(client)
    page = text(client.get(reverse("licences:case", args=[case.number])))
    assert "不能当作通过" in page and "再筛查一次" in page
    client.post(reverse("licences:ordinary", args=[case.number]))
    (after,) = load_states([case.id])
    assert after.state == "ordinary"
    page = text(client.get(reverse("licences:case", args=[case.number])))
    assert after.data["item_number"] in page


def test_it_is_withdrawn_before_the_decision_and_not_after(street: Street) -> None:
    client = street.client()
    (case,) = street.applied(client)
    client.post(reverse("licences:withdraw", args=[case.number]))
    assert load_states([case.id])[0].state == "withdrawn"
    held = street.licence(client)
    answer = client.post(reverse("licences:withdraw", args=[held.number]))
    assert answer.status_code == 409


def test_nobody_sees_the_licence_of_another(street: Street) -> None:
    held = street.licence()
    for name in ("case", "sign"):
        address = reverse(f"licences:{name}", args=[held.number])
        assert Client().get(address).status_code == 302
    other = Client()
    said = {
        "name": "周模拟",
        "identifier": street.number[:-4] + "0000",
        "identifier_kind": "resident_id",
    }
    other.post(reverse("portal:simulated"), said)
    assert other.get(reverse("licences:case", args=[held.number])).status_code in (302, 404)

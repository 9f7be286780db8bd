"""Residents sign in by the real-name check and act for themselves or under a mandate."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from yishi.foundation.access import real_name
from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.access.models import Grant, Installation, PortalAccount, User
from yishi.foundation.parties import services
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.models import DataTicket, Identifier, Mandate, Party
from yishi.foundation.parties.registering import open_identifier, today_of
from yishi.foundation.parties.synthetic import (
    Rows,
    add,
    add_field,
    enterprise_number,
    person_number,
)

pytestmark = pytest.mark.django_db
NOBODYS = person_number("420606", date(2000, 2, 29), 5)


class Town:
    """A made-up person with an account, an enterprise, and somebody else."""

    def __init__(self) -> None:
        self.now = timezone.now()
        rows = Rows()
        births = [today_of(self.now) - timedelta(days=12_000 + n) for n in range(3)]
        resident = IdentifierKind.RESIDENT_ID
        numbers = [person_number("420606", born, n) for n, born in enumerate(births)]
        names = ("陈模拟", "林模拟", "周模拟")
        self.numbers = dict(zip(names, numbers, strict=True))
        self.chen, self.lin, self.zhou = (
            add(rows, name, self.numbers[name], resident, self.now) for name in names
        )
        number = enterprise_number("420606", 1)
        self.firm = add(rows, "襄阳模拟有限公司", number, IdentifierKind.USCC, self.now)
        today = today_of(self.now)
        add_field(rows, self.firm, "registered_address", "甲路1号", "市场监管", today, self.now)
        add_field(rows, self.chen, "household_address", "模拟路1号", "公安", today, self.now)
        rows.store()
        raw = services.MandateInput(Mandate.LEGAL)
        self.legal = services.give(self.firm, self.lin, raw, giver=None, actor=SYSTEM, now=self.now)

    def enter(self, who: str, **more: str) -> tuple[Client, Any]:
        """A browser in which *who* passed the simulated check."""
        client = Client()
        said = {
            "name": who,
            "identifier": self.numbers[who],
            "identifier_kind": "resident_id",
            **more,
        }
        return client, client.post(reverse("portal:simulated"), said)

    def client(self, name: str) -> Client:
        """As `enter`; it must have worked."""
        client, answer = self.enter(name)
        assert answer.status_code == 302, answer.content.decode()
        return client

    def agent(self, **said: Any) -> Mandate:
        """A mandate of the enterprise to 周模拟."""
        raw = services.MandateInput(
            "agent", **{"valid_to": today_of(self.now) + timedelta(days=30), **said}
        )
        return services.give(self.firm, self.zhou, raw, giver=self.lin, actor=SYSTEM, now=self.now)


@pytest.fixture
def town(city: None, settings: Any) -> Town:
    settings.DEMO = True
    Installation.objects.create(kind=Installation.DEMO)
    return Town()


def act_for(client: Client, mandate: Mandate | None) -> Any:
    return client.post(reverse("portal:acting"), {"mandate": str(mandate.pk) if mandate else ""})


def mine(client: Client) -> str:
    answer = client.get(reverse("portal:mine"))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_who_is_not_signed_in_is_led_to_the_check_and_back(town: Town) -> None:
    client = Client()
    answer = client.get(reverse("portal:mine"))
    assert answer.headers["Location"] == "/account/sign-in/?next=%2Faccount%2F"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "模拟" in page
    client, answer = town.enter("陈模拟", next="/account/acting/")
    assert answer.headers["Location"] == "/account/acting/"


def test_a_person_sees_what_is_known_of_them_and_nobody_elses(town: Town) -> None:
    page = mine(town.client("陈模拟"))
    assert "模拟路1号" in page and "甲路1号" not in page and "林模拟" not in page
    account = PortalAccount.objects.get()
    assert (account.person_id, account.is_demo) == (town.chen.id, True)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "李模拟"}, "name"),
        ({"identifier": NOBODYS}, "identifier"),
        ({"identifier": "42060619900101000"}, "identifier"),
        ({"identifier": ""}, "identifier"),
        ({"identifier_kind": "uscc"}, "identifier_kind"),
    ],
)
def test_a_wrong_name_or_number_names_the_field_and_signs_nobody_in(
    town: Town, said: dict[str, str], field: str
) -> None:
    client, answer = town.enter("陈模拟", **said)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not PortalAccount.objects.exists()
    assert client.get(reverse("portal:mine")).status_code == 302


def test_guessing_is_slowed_down(town: Town) -> None:
    client = Client()
    said = {
        "name": "李模拟",
        "identifier": town.numbers["陈模拟"],
        "identifier_kind": "resident_id",
    }
    answers = [client.post(reverse("portal:simulated"), said).status_code for _ in range(22)]
    assert answers[0] == 422 and answers[-1] == 429


def test_outside_the_demo_the_simulation_vouches_for_nobody(town: Town, settings: Any) -> None:
    signed_in = town.client("陈模拟")
    settings.DEMO = False
    assert Client().get(reverse("portal:simulated")).status_code == 404
    assert Client().post(reverse("portal:demo"), {"account": "1"}).status_code == 403
    assert "尚未接入" in Client().get(reverse("portal:sign-in")).content.decode()
    assert signed_in.get(reverse("portal:mine")).status_code == 302, "its accounts end with it"


def test_on_a_citys_own_database_the_simulation_is_off(town: Town) -> None:
    Installation.objects.update(kind=Installation.CITY)
    assert real_name.service() is None
    assert Client().get(reverse("portal:simulated")).status_code == 404


def test_a_real_person_is_not_taken_by_the_simulation(town: Town) -> None:
    Party.objects.filter(pk=town.chen.pk).update(simulated=False)
    _, answer = town.enter("陈模拟")
    assert answer.status_code == 422


def test_the_legal_representative_acts_for_the_enterprise(town: Town) -> None:
    client = town.client("林模拟")
    assert act_for(client, town.legal).status_code == 302
    page = mine(client)
    assert "甲路1号" in page and "襄阳模拟有限公司" in page
    assert act_for(client, None).status_code == 302
    assert "甲路1号" not in mine(client)


def test_nobody_acts_under_somebody_elses_mandate(town: Town) -> None:
    client = town.client("陈模拟")
    for wanted in (str(town.legal.pk), "x", "00000000-0000-4000-8000-000000000000"):
        answer = client.post(reverse("portal:acting"), {"mandate": wanted})
        assert answer.status_code == 422
    assert "甲路1号" not in mine(client)


def test_a_revoked_mandate_ends_with_the_next_request(town: Town) -> None:
    mandate = town.agent()
    client = town.client("周模拟")
    act_for(client, mandate)
    assert "甲路1号" in mine(client)
    services.revoke(mandate, "离职", actor=SYSTEM, now=town.now)
    page = mine(client)
    assert "已经失效" in page and "甲路1号" not in page


def test_an_agent_for_some_matters_neither_corrects_nor_lets_others_act(town: Town) -> None:
    mandate = town.agent(scope=("food_business_licence",))
    client = town.client("周模拟")
    act_for(client, mandate)
    assert client.get(reverse("portal:correct", args=["registered_address"])).status_code == 404
    assert client.get(reverse("portal:mandate-new")).status_code == 404
    end = reverse("portal:mandate-end", args=[town.legal.pk])
    assert client.get(end).status_code == 404


def test_a_correction_is_made_at_ones_own_page(town: Town) -> None:
    client = town.client("林模拟")
    act_for(client, town.legal)
    url = reverse("portal:correct", args=["registered_address"])
    assert client.post(url, {"value": "乙路2号"}).status_code == 422
    answer = client.post(url, {"value": "乙路2号", "evidence": "营业执照副本"})
    assert answer.status_code == 302
    ticket = DataTicket.objects.get()
    account = PortalAccount.objects.get()
    assert (ticket.party_id, ticket.opened_by) == (town.firm.id, f"account:{account.pk}")
    assert "乙路2号" in mine(client)
    assert client.get(reverse("portal:correct", args=["nothing"])).status_code == 404


def test_a_correction_may_bring_its_evidence_which_only_the_answering_office_opens(
    town: Town,
) -> None:
    client = town.client("陈模拟")
    url = reverse("portal:correct", args=["household_address"])
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "PNG")
    wrong = SimpleUploadedFile("x.exe", b"MZ", "application/octet-stream")
    assert client.post(url, {"value": "模拟路2号", "file": wrong}).status_code == 422
    assert not DataTicket.objects.exists()
    proof = SimpleUploadedFile("proof.png", data.getvalue(), "image/png")
    assert client.post(url, {"value": "模拟路2号", "file": proof}).status_code == 302
    ticket = DataTicket.objects.get()
    assert ticket.attachment_id is not None
    file = reverse("desk:data-ticket-file", args=[ticket.pk])
    assert client.get(file).status_code == 302
    for scope, status in (("4206", 200), ("4206/420606", 404)):
        keeper = User.objects.create(username=f"keeper{status}", display_name="管理员")
        Grant.objects.create(
            user=keeper, role="administrator", scope=scope, valid_from=town.now - timedelta(days=1)
        )
        desk = Client()
        desk.force_login(keeper)
        answer: Any = desk.get(file)
        assert answer.status_code == status
        assert status != 200 or b"".join(answer.streaming_content) == data.getvalue()


def test_an_agent_is_appointed_and_dismissed(town: Town) -> None:
    client = town.client("林模拟")
    act_for(client, town.legal)
    said = {
        "name": "周模拟",
        "identifier": town.numbers["周模拟"],
        "identifier_kind": "resident_id",
        "valid_to": f"{today_of(town.now) + timedelta(days=9)}",
    }
    wrong = client.post(reverse("portal:mandate-new"), {**said, "name": "李模拟"})
    assert wrong.status_code == 422 and "name" in wrong.context["form"].errors
    past = client.post(reverse("portal:mandate-new"), {**said, "valid_to": "2020-01-01"})
    assert past.status_code == 422 and "valid_to" in past.context["form"].errors
    assert client.post(reverse("portal:mandate-new"), said).status_code == 302
    (mandate,) = Mandate.objects.filter(kind="agent")
    agent = town.client("周模拟")
    assert act_for(agent, mandate).status_code == 302
    end = reverse("portal:mandate-end", args=[mandate.pk])
    assert client.post(end, {"reason": ""}).status_code == 422
    assert client.post(end, {"reason": "离职"}).status_code == 302
    assert "甲路1号" not in mine(agent)


def test_one_browser_is_a_resident_or_an_officer_and_never_both(town: Town) -> None:
    client = town.client("陈模拟")
    assert client.get("/desk/").status_code == 302
    officer = User.objects.create_user("officer1", "right-password", display_name="测试")
    client.post("/desk/sign-in/", {"username": "officer1", "password": "right-password"})
    assert client.get(reverse("portal:mine")).status_code == 302
    town_client, _ = client, officer
    said = {
        "name": "陈模拟",
        "identifier": town.numbers["陈模拟"],
        "identifier_kind": "resident_id",
    }
    assert town_client.post(reverse("portal:simulated"), said).status_code == 302
    assert client.get("/desk/me/").status_code == 302
    assert "模拟路1号" in mine(client)


def test_signing_out_ends_it(town: Town) -> None:
    client = town.client("陈模拟")
    client.post(reverse("portal:sign-out"))
    assert client.get(reverse("portal:mine")).status_code == 302


def test_whoever_has_died_or_is_closed_out_does_not_enter(town: Town) -> None:
    client = town.client("陈模拟")
    PortalAccount.objects.update(is_active=False)
    assert client.get(reverse("portal:mine")).status_code == 302
    _, answer = town.enter("陈模拟")
    assert answer.status_code == 422
    services.end(town.lin, today_of(town.now), "死亡", actor=SYSTEM, now=town.now)
    _, answer = town.enter("林模拟")
    assert answer.status_code == 422


def test_one_click_signs_in_a_made_up_person_only(town: Town) -> None:
    town.client("陈模拟")
    account = PortalAccount.objects.get()
    client = Client()
    assert client.post(reverse("portal:demo"), {"account": str(account.pk)}).status_code == 302
    assert "模拟路1号" in mine(client)
    PortalAccount.objects.update(is_demo=False)
    assert Client().post(reverse("portal:demo"), {"account": str(account.pk)}).status_code == 403
    for text in ("", "x", "9" * 30):
        assert Client().post(reverse("portal:demo"), {"account": text}).status_code == 403


def test_next_never_leads_away_or_to_the_desk(town: Town) -> None:
    for target in ("https://evil.example/", "//evil.example", "/desk/"):
        _, answer = town.enter("陈模拟", next=target)
        assert answer.headers["Location"] == "/account/"


def test_pages_of_ones_own_are_stored_by_no_cache(town: Town) -> None:
    answer = town.client("陈模拟").get(reverse("portal:mine"))
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_number_of_the_verified_person_is_what_was_given(town: Town) -> None:
    verified = real_name.of_party(town.chen)
    row = Identifier.objects.get(party=town.chen)
    assert verified.identifier == open_identifier(row) == town.numbers["陈模拟"]
    assert "陈" not in repr(verified)

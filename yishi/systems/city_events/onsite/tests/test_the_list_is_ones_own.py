"""The phone gets the officer's own open work and nothing else, and the shell holds nothing."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.models import Grant, User
from yishi.systems.city_events.onsite import assets, sending
from yishi.systems.city_events.onsite.tests.conftest import Site, entry, post

DATA = ("work.json", "types.json", "area.json")


def numbers(user: User) -> list[str]:
    client = Client()
    client.force_login(user)
    return [item["number"] for item in client.get("/desk/onsite/work.json").json()["items"]]


def test_who_holds_the_duty_finds_it_and_nobody_else(site: Site) -> None:
    checked = site.checking()
    handled = site.apart().number
    assert numbers(site.collector(checked, "check")) == [checked]
    assert checked not in numbers(site.officer(handled))
    assert handled in numbers(site.officer(handled))
    assert handled not in numbers(site.account("unit_officer", site.other_unit(None), ""))


def test_a_handler_finds_what_was_given_to_the_person(site: Site) -> None:
    number = site.report().number
    unit = site.state(number).unit_id
    person, other = site.account("handler", unit, ""), site.account("handler", unit, "")
    site.move(number, "sign")
    site.move(number, "assign_person", person=person.pk)
    assert numbers(person) == [number]
    assert numbers(other) == []


def test_standard_plan_and_moves_come_along_and_no_numbers_of_reporters(site: Site) -> None:
    receipt = site.report(description="垃圾没人清，请打13912345678找我", phone="13912345678")
    client = site.signed_in(site.officer(receipt.number))
    answer = client.get("/desk/onsite/work.json")
    (item,) = answer.json()["items"]
    assert "13912345678" not in answer.content.decode()
    assert item["words"].startswith("垃圾没人清")
    assert item["standard"]["closing"]
    assert item["moves"] == ["sign"]
    assert item["lon"] is not None
    assert answer.json()["forms"]["finish"]["needs"][-1]["kind"] == "photos"
    assert "no-store" in answer["Cache-Control"]


def test_a_verifier_of_the_own_handling_reads_why_not(site: Site) -> None:
    number = site.report().number
    site.until(number, "sign", "finish", "confirm", "forward")
    verifier = site.collector(number, "verify")
    state = site.state(number)
    assert numbers(verifier) == [number]
    both = site.account("collector", state.duty("verify").unit_id, "")  # type: ignore[union-attr]
    Grant.objects.create(
        user=both, role="handler", unit_id=state.unit_id, scope="", valid_from=timezone.now()
    )
    client = site.signed_in(both)
    (item,) = client.get("/desk/onsite/work.json").json()["items"]
    assert item["moves"] == []
    assert item["blocked"] == [["核实反馈", "核实单位不能是处置单位"]]
    body = entry(number=number, move="report_verification", facts={"result": "pass"})
    assert post(both, body).status_code == 409


@pytest.mark.parametrize("name", DATA)
def test_without_a_session_scripts_are_told_to_sign_in(site: Site, name: str) -> None:
    answer = Client().get(f"/desk/onsite/{name}")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in")


@pytest.mark.parametrize("role", ["acceptor", "auditor", ""])
def test_roles_without_work_on_site_are_refused(site: Site, role: str) -> None:
    client = site.client(role)
    assert client.get("/desk/onsite/").status_code == 403
    assert {client.get(f"/desk/onsite/{name}").status_code for name in DATA} == {403}
    user = site.account(role)
    assert post(user, entry("report", facts={"description": "x"})).status_code == 403


def test_a_forged_sending_is_refused(site: Site) -> None:
    user = site.local()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    body = {"account": user.pk, "body": json.dumps(entry("report", facts={"description": "x"}))}
    assert client.post("/desk/onsite/send/", body).status_code == 403
    token = client.get("/desk/onsite/work.json").json()["csrf"]
    facts = {"description": "路边有积水", "lon": 112.142, "lat": 32.05}
    body["body"] = json.dumps(entry("report", facts=facts))
    assert (
        client.post("/desk/onsite/send/", body, headers={"X-CSRFToken": token}).status_code == 200
    )


def test_a_signed_out_sending_keeps_its_key_free(site: Site) -> None:
    user = site.local()
    body = entry("report", facts={"description": "路边有积水", "lon": 112.142, "lat": 32.05})
    content = {"account": user.pk, "body": json.dumps(body)}
    assert Client().post("/desk/onsite/send/", content).status_code == 401
    assert post(user, body).json()["replayed"] is False


def test_the_shell_is_the_same_for_everybody_and_holds_nothing_of_anybody(site: Site) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    client = site.signed_in(user)
    mine = client.get("/desk/onsite/shell/")
    assert mine.content == Client().get("/desk/onsite/shell/").content
    text = mine.content.decode()
    assert user.display_name not in text
    assert number not in text
    assert "csrfmiddlewaretoken" not in text
    assert "Set-Cookie" not in mine


def test_the_shell_asks_for_nothing_that_is_not_kept(site: Site) -> None:
    text = Client().get("/desk/onsite/shell/").content.decode()
    asked = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', text))
    kept = set(assets.addresses())
    assert asked <= kept
    for name in assets.ASSETS:
        path = finders.find(name)
        assert isinstance(path, str), name
        if name.startswith(("city_events/onsite/", "ui/onsite/", "ui/js/")) and name.endswith(
            ".js"
        ):
            with open(path, encoding="utf-8") as file:
                for imported in re.findall(r'(?:from|import) ?\(?"(\.[^"]+)"', file.read()):
                    folder = name.rpartition("/")[0]
                    parts = f"{folder}/{imported}".split("/")
                    while ".." in parts:
                        up = parts.index("..")
                        del parts[up - 1 : up + 1]
                    assert "/".join(p for p in parts if p != ".") in assets.ASSETS, imported


def test_the_worker_names_its_version_and_is_under_the_sites_policy(site: Site) -> None:
    answer = Client().get("/desk/onsite/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert assets.version() in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy


def test_without_scripts_the_page_lists_the_work_and_links_the_forms(site: Site) -> None:
    number = site.report().number
    text = site.signed_in(site.officer(number)).get("/desk/onsite/").content.decode()
    assert f'href="/desk/cases/{number}/sign/"' in text
    assert f'href="/desk/cases/{number}/"' in text


def test_types_are_sent_once_a_version(site: Site) -> None:
    client = site.signed_in(site.local())
    first = client.get("/desk/onsite/types.json")
    again = client.get("/desk/onsite/types.json", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert len(first.json()["types"]) > 1000
    assert len(first.content) < 600_000


def test_the_area_is_that_of_the_own_unit(site: Site) -> None:
    area = site.signed_in(site.local()).get("/desk/onsite/area.json").json()
    assert area["outlines"]
    assert area["marks"]
    assert len(area["marks"]) <= 3000


@pytest.mark.parametrize("move", sending.MOVES)
def test_a_case_out_of_sight_is_not_moved_and_not_told_of(site: Site, move: str) -> None:
    number = site.report().number
    site.until(number, "sign")
    before = site.state(number)
    stranger = site.account("unit_officer", site.other_unit(before.unit_id), "")
    answer = post(stranger, entry(number=number, move=move, facts={"note": "x"}))
    unknown = post(stranger, entry(number="XY20200101000000", move=move, facts={"note": "x"}))
    assert (answer.status_code, answer.content) == (404, unknown.content)
    assert number not in answer.content.decode()
    assert site.state(number) == before

"""Every page of the desk opens for every role, says what it is, and never for strangers."""

from __future__ import annotations

import pytest
from django.test import Client

from yishi.foundation.access.actors import ROLES
from yishi.systems.city_events.tests.office import Office

SCOPED = ["acceptor", "dispatcher", "hotline", "duty_leader", "auditor", "administrator"]


@pytest.mark.parametrize("role", SCOPED)
def test_centre_roles_open_home_lists_case_and_inbox(office: Office, role: str) -> None:
    number = office.report().number
    client = office.client(role)
    for path in ("", "cases/", f"cases/{number}/", "inbox/"):
        answer = client.get(f"/desk/{path}")
        assert answer.status_code == 200, path
    assert number in client.get("/desk/cases/").content.decode()


@pytest.mark.parametrize("role", ["unit_officer", "handler", "collector"])
def test_unit_roles_open_home_list_and_inbox(office: Office, role: str) -> None:
    number = office.report().number
    client = office.unit_client(number, role)
    for path in ("", "cases/", "inbox/"):
        assert client.get(f"/desk/{path}").status_code == 200, path
    assert client.get("/desk/work/").status_code == 302


def test_an_account_without_a_role_is_told_whom_to_ask(office: Office) -> None:
    answer = office.client().get("/desk/")
    assert "还没有岗位" in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["", "work/", "cases/", "cases/XY1/", "inbox/", "areas.json", "hotline/"]
)
def test_strangers_are_sent_to_the_sign_in_page(city: None, path: str) -> None:
    answer = Client().get(f"/desk/{path}")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/desk/sign-in/?next=")


def test_every_role_has_a_name() -> None:
    assert all(role.label for role in ROLES.values())

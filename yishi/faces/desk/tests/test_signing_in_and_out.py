"""Signing in is by password, or in the demo by one click; guessing is slowed, not locked out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.faces.desk import throttle
from yishi.foundation.access.models import Grant, Installation, User
from yishi.foundation.audit.models import Look
from yishi.systems.city_events.tests.office import Office


def sign_in(client: Client, username: str, password: str, **more: str) -> Any:
    """Post the form."""
    return client.post("/desk/sign-in/", {"username": username, "password": password, **more})


def test_a_right_password_leads_to_the_page_that_was_asked_for(office: Office) -> None:
    user = office.account("acceptor")
    answer = sign_in(Client(), user.username, "right-password", next="/desk/cases/?state=closed")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/desk/cases/?state=closed"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_the_way_on_never_leaves_the_site(office: Office, target: str) -> None:
    user = office.account("acceptor")
    answer = sign_in(Client(), user.username, "right-password", next=target)
    assert answer.headers["Location"] == "/desk/"


@pytest.mark.parametrize("name", ["", "nobody", "a\x00b", "张" * 64])
def test_wrong_input_is_said_in_the_form(office: Office, name: str) -> None:
    answer = sign_in(Client(), name, "wrong")
    assert answer.status_code == 422
    assert "id_username" in answer.content.decode()


def test_guessing_has_to_wait_and_then_goes_on(office: Office) -> None:
    user = office.account("acceptor")
    client = Client()
    for _ in range(throttle.FREE_TRIES):
        assert sign_in(client, user.username, "wrong").status_code == 422
    assert sign_in(client, user.username, "right-password").status_code == 429
    assert sign_in(client, office.account().username, "wrong").status_code == 422, "others go on"
    Look.objects.filter(action="sign_in.failed").update(at=timezone.now() - timedelta(minutes=2))
    assert sign_in(client, user.username, "right-password").status_code == 302


def test_the_longest_wait_is_bounded(office: Office) -> None:
    now = timezone.now()
    for _ in range(40):
        throttle.note_failure("someone", now)
    until = throttle.wait_until("someone", now)
    assert until is not None
    assert until - now <= throttle.LONGEST_WAIT


def test_user_names_are_not_kept_in_the_log(office: Office) -> None:
    sign_in(Client(), "my-secret-password", "oops")
    assert "my-secret" not in Look.objects.latest("id").subject


def test_signing_out_takes_a_post(office: Office) -> None:
    client = office.client("acceptor")
    assert client.get("/desk/sign-out/").status_code == 405
    assert client.post("/desk/sign-out/").status_code == 302
    assert client.get("/desk/").status_code == 302


class TestTheDemo:
    """One click per role, only in the demo and only on the database that the demo made."""

    @pytest.fixture
    def demo_user(self, office: Office) -> User:
        user = User.objects.create_user("demo-x", display_name="演示受理员", is_demo=True)
        now = timezone.now() - timedelta(minutes=1)
        Grant.objects.create(user=user, role="acceptor", scope="4206", valid_from=now)
        return user

    def made_by(self, kind: str) -> None:
        """Say what made this database."""
        Installation.objects.update_or_create(only=True, defaults={"kind": kind})

    def test_one_click_signs_in(self, demo_user: User, settings: Any) -> None:
        settings.DEMO = True
        self.made_by(Installation.DEMO)
        client = Client()
        page = client.get("/desk/sign-in/").content.decode()
        assert "受理员" in page
        assert "demo-x" in page
        answer = client.post("/desk/sign-in/demo/", {"username": "demo-x"})
        assert answer.headers["Location"] == "/desk/"
        assert client.get("/desk/").status_code == 200

    def test_a_get_signs_nobody_in(self, demo_user: User, settings: Any) -> None:
        settings.DEMO = True
        self.made_by(Installation.DEMO)
        assert Client().get("/desk/sign-in/demo/?username=demo-x").status_code == 405

    @pytest.mark.parametrize(("demo", "kind"), [(True, "city"), (False, "demo"), (True, "")])
    def test_it_is_refused_elsewhere(
        self, demo_user: User, settings: Any, demo: bool, kind: str
    ) -> None:
        settings.DEMO = demo
        Installation.objects.all().delete()
        if kind:
            self.made_by(kind)
        client = Client()
        assert "demo-x" not in client.get("/desk/sign-in/").content.decode()
        assert client.post("/desk/sign-in/demo/", {"username": "demo-x"}).status_code == 403
        assert client.get("/desk/").status_code == 302

    def test_a_real_account_is_no_demo_account(self, office: Office, settings: Any) -> None:
        settings.DEMO = True
        self.made_by(Installation.DEMO)
        user = office.account("administrator")
        assert Client().post("/desk/sign-in/demo/", {"username": user.username}).status_code == 403

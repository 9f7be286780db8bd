"""A second step where the account or its role wants one: once per code, throttled, recoverable."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access import city_rules, totp
from yishi.foundation.access.city_rules import SignInRules
from yishi.foundation.access.models import RecoveryCode, Totp, User
from yishi.foundation.audit.models import Look
from yishi.foundation.parties import crypto
from yishi.systems.city_events.tests.office import Office


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A city that wants two factors of its administrators."""
    rules = SignInRules(frozenset({"administrator"}))
    monkeypatch.setattr(city_rules, "_read", lambda folder: rules)


def password(client: Client, user: User, **more: str) -> Any:
    """The first step."""
    form = {"username": user.username, "password": "right-password", **more}
    return client.post("/desk/sign-in/", form)


def enrolled(user: User) -> tuple[str, list[str]]:
    """A secret that works for *user* (its present code is used up), and the recovery codes."""
    secret = totp.new_secret()
    earlier = timezone.now() - timedelta(minutes=5)
    codes = totp.confirm(user, secret, pyotp.TOTP(secret).at(earlier), earlier)
    assert codes is not None
    return secret, codes


def test_who_has_a_generator_is_not_signed_in_by_the_password_alone(office: Office) -> None:
    user = office.account("acceptor")
    secret, _ = enrolled(user)
    client = Client()
    answer = password(client, user, next="/desk/cases/")
    assert answer.headers["Location"] == "/desk/sign-in/second/"
    assert client.get("/desk/").status_code == 302
    before = client.session.session_key
    code = pyotp.TOTP(secret).now()
    wrong = "000000" if code != "000000" else "111111"
    assert client.post("/desk/sign-in/second/", {"code": wrong}).status_code == 422
    done = client.post("/desk/sign-in/second/", {"code": code})
    assert done.headers["Location"] == "/desk/cases/"
    assert client.session.session_key != before, "signing in makes a new session key"
    assert client.get("/desk/").status_code == 200


def test_a_code_counts_once(office: Office) -> None:
    user = office.account("acceptor")
    secret, _ = enrolled(user)
    code = pyotp.TOTP(secret).now()
    first, second = Client(), Client()
    for client in (first, second):
        password(client, user)
    assert first.post("/desk/sign-in/second/", {"code": code}).status_code == 302
    assert second.post("/desk/sign-in/second/", {"code": code}).status_code == 422
    now = timezone.now()
    step = int(now.timestamp()) // totp.STEP
    earlier = pyotp.TOTP(secret).at((step - 1) * totp.STEP)
    assert not totp.check(user, earlier, now), "nor does one that is older than the last"
    later = now + timedelta(seconds=totp.STEP)
    assert totp.check(user, pyotp.TOTP(secret).at(later), later)


def test_guessing_codes_has_to_wait(office: Office) -> None:
    user = office.account("acceptor")
    secret, _ = enrolled(user)
    client = Client()
    password(client, user)
    now = pyotp.TOTP(secret).now()
    wrong = next(text for text in ("123456", "654321") if text != now)
    for _ in range(5):
        assert client.post("/desk/sign-in/second/", {"code": wrong}).status_code == 422
    assert client.post("/desk/sign-in/second/", {"code": now}).status_code == 429
    Look.objects.filter(action="sign_in.failed").update(at=timezone.now() - timedelta(minutes=2))
    assert client.post("/desk/sign-in/second/", {"code": now}).status_code == 302


def test_a_recovery_code_works_once_in_place_of_the_device(office: Office) -> None:
    user = office.account("acceptor")
    _, codes = enrolled(user)
    client = Client()
    password(client, user)
    typed = codes[0].lower().replace("-", " ")
    assert client.post("/desk/sign-in/second/", {"code": typed}).status_code == 302
    other = Client()
    password(other, user)
    assert other.post("/desk/sign-in/second/", {"code": codes[0]}).status_code == 422
    assert RecoveryCode.objects.filter(user=user, used_at=None).count() == len(codes) - 1


def test_the_second_step_cannot_be_had_without_the_first(office: Office) -> None:
    assert Client().get("/desk/sign-in/second/").headers["Location"] == "/desk/sign-in/"
    user = office.account("acceptor")
    secret, _ = enrolled(user)
    client = Client()
    password(client, user)
    session = client.session
    session["held"] = [*session["held"][:2], session["held"][2] - 11 * 60, False]
    session.save()
    code = pyotp.TOTP(secret).now()
    answer = client.post("/desk/sign-in/second/", {"code": code})
    assert answer.headers["Location"] == "/desk/sign-in/"
    assert client.get("/desk/").status_code == 302


@pytest.mark.usefixtures("strict")
def test_a_role_that_needs_it_sets_it_up_before_it_gets_in(office: Office) -> None:
    user = office.account("administrator")
    client = Client()
    password(client, user)
    page = client.get("/desk/sign-in/second/").content.decode()
    assert "<svg" in page
    found = re.search(r'tracking-code">([A-Z2-7 ]+)<', page)
    assert found is not None
    secret = found[1].replace(" ", "")
    assert client.post("/desk/sign-in/second/", {"code": "12"}).status_code == 422
    again = client.get("/desk/sign-in/second/").content.decode()
    assert found[1] in again, "the secret stays while it is being set up"
    done = client.post("/desk/sign-in/second/", {"code": pyotp.TOTP(secret).now()})
    assert done.headers["Location"] == "/desk/me/recovery-codes/"
    shown = client.get("/desk/me/recovery-codes/").content.decode()
    assert len(re.findall(r"<li>[2-9A-Z]{5}-[2-9A-Z]{5}</li>", shown)) == 10
    assert client.get("/desk/me/recovery-codes/").status_code == 302, "they are shown once"
    stored = Totp.objects.get(user=user).secret_enc
    assert secret not in stored
    assert crypto.key_id_of(stored)
    client.post("/desk/me/generator/off/")
    assert Totp.objects.filter(user=user).exists(), "a role that needs it keeps it"


@pytest.mark.usefixtures("strict")
def test_other_roles_sign_in_as_before(office: Office) -> None:
    user = office.account("acceptor")
    assert password(Client(), user).headers["Location"] == "/desk/"


def test_an_officer_sets_it_up_and_stops_using_it(office: Office) -> None:
    user = office.account("acceptor")
    client = office.signed_in(user)
    page = client.get("/desk/me/generator/").content.decode()
    found = re.search(r'tracking-code">([A-Z2-7 ]+)<', page)
    assert found is not None
    code = pyotp.TOTP(found[1].replace(" ", "")).now()
    assert client.post("/desk/me/generator/", {"code": code}).status_code == 302
    assert Totp.objects.filter(user=user).exists()
    assert client.post("/desk/me/generator/off/").status_code == 302
    assert not Totp.objects.filter(user=user).exists()
    assert password(Client(), user).headers["Location"] == "/desk/"


def test_an_administrator_clears_it_when_the_device_is_lost(office: Office) -> None:
    user = office.account("acceptor")
    enrolled(user)
    assert office.client("administrator").post(f"/desk/accounts/{user.pk}/factors/").status_code
    assert password(Client(), user).headers["Location"] == "/desk/"
    assert Look.objects.filter(subject=f"user:{user.pk}", action="account.reset_factors").exists()

"""Passkeys with a real Chromium and a virtual authenticator: adding, signing in, as second step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from yishi.foundation.access.models import Passkey, User
from yishi.systems.city_events.tests.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Any, live_server: Any) -> Iterator[Any]:
    """A page of a browser with an authenticator inside that verifies its user."""
    url = live_server.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=url)
    context.set_default_timeout(15_000)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.authenticator = (devtools, made["authenticatorId"])
    yield page
    context.close()


def sign_in(page: Any, user: User) -> None:
    """The form."""
    page.goto("/desk/sign-in/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "right-password")
    page.locator("form:has(#id_password) button").click()


def sign_out(page: Any) -> None:
    """The session is gone, the authenticator stays."""
    page.context.clear_cookies()


def test_a_passkey_is_added_signs_in_and_serves_as_second_step(
    page: Any, city: None, office: Office
) -> None:
    user = office.account("acceptor")
    sign_in(page, user)
    page.wait_for_url("**/desk/")
    page.goto("/desk/me/")
    page.fill("#passkey-name", "办公电脑")
    page.locator("form[data-passkey=create] button").click()
    page.get_by_text("通行密钥已经添加").wait_for()
    key = Passkey.objects.get(user=user)
    assert key.name == "办公电脑"

    sign_out(page)
    page.goto("/desk/sign-in/?next=/desk/cases/")
    page.locator("form[data-passkey=get] button").click()
    page.wait_for_url(re.compile(r"^[^?]+/desk/cases/$"))
    key.refresh_from_db()
    assert key.used_at is not None
    counted = key.sign_count

    sign_out(page)
    sign_in(page, user)
    page.wait_for_url("**/desk/sign-in/second/")
    page.locator("form[data-passkey=get] button").click()
    page.wait_for_url("**/desk/")
    key.refresh_from_db()
    assert key.sign_count > counted

    Passkey.objects.update(sign_count=10_000)  # the key was copied, and the copy used more
    sign_out(page)
    page.goto("/desk/sign-in/")
    page.locator("form[data-passkey=get] button").click()
    page.get_by_text("没有通过验证").wait_for()

    User.objects.filter(pk=user.pk).update(is_active=False)
    Passkey.objects.update(sign_count=0)
    page.locator("form[data-passkey=get] button").click()
    page.get_by_text("没有通过验证").wait_for()


def test_without_its_users_verification_a_passkey_alone_is_not_enough(
    page: Any, city: None, office: Office
) -> None:
    user = office.account("acceptor")
    sign_in(page, user)
    page.wait_for_url("**/desk/")
    page.goto("/desk/me/")
    page.locator("form[data-passkey=create] button").click()
    page.get_by_text("通行密钥已经添加").wait_for()
    sign_out(page)
    devtools, authenticator = page.authenticator
    devtools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    page.goto("/desk/sign-in/")
    page.locator("form[data-passkey=get] button").click()
    page.locator("[role=status]:not(:empty)").first.wait_for()
    assert page.url.endswith("/desk/sign-in/")

"""Administrators keep accounts, posts and keys by pages, within their scope and on the record."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.models import ApiClient, Grant, User
from yishi.foundation.audit.models import Look
from yishi.systems.city_events.context import city
from yishi.systems.city_events.tests.office import COUNTY, Office

CITY = "4206"


def made(client: Client, username: str = "wang.w") -> User:
    """An account made by the form."""
    form = {"username": username, "display_name": "王测试", "email": "w@example.org"}
    answer = client.post("/desk/accounts/new/", form)
    assert answer.status_code == 302, answer.content.decode()
    return User.objects.get(username=username)


def link_of(html: str) -> str:
    """The path of the setup link on a page."""
    found = re.search(r"http://testserver(/desk/welcome/[^<]+)<", html)
    assert found is not None, html
    return found[1]


def test_an_account_is_made_given_a_post_and_signed_in_to(office: Office) -> None:
    admin = office.client("administrator")
    user = made(admin)
    answer = admin.post(
        f"/desk/accounts/{user.pk}/posts/new/", {"role": "acceptor", "scope": COUNTY}
    )
    assert answer.status_code == 302
    path = link_of(admin.post(f"/desk/accounts/{user.pk}/link/").content.decode())
    officer = Client()
    assert officer.post(path, {"password": "一个很长的密码abc", "again": "x"}).status_code == 422
    short = officer.post(path, {"password": "tr0ub", "again": "tr0ub"}).content.decode()
    assert "密码太短，至少要 10 个字符" in short
    good = {"password": "correct-horse-7", "again": "correct-horse-7"}
    assert officer.post(path, good).status_code == 302
    assert officer.get(path).status_code == 404, "the link works once"
    signed = officer.post("/desk/sign-in/", {"username": "wang.w", "password": "correct-horse-7"})
    assert signed.headers["Location"] == "/desk/"
    assert officer.get("/desk/work/accept/").status_code == 200
    done = set(Look.objects.filter(subject=f"user:{user.pk}").values_list("action", flat=True))
    assert {"account.create", "grant.give", "account.setup_link", "account.password"} <= done
    page = admin.get(f"/desk/accounts/{user.pk}/").content.decode()
    assert f"受理员 {city().register.label(COUNTY)}" in page, "the log speaks in words"
    assert f"acceptor {COUNTY}" not in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"username": "a b", "display_name": "甲"}, "id_username"),
        ({"username": "", "display_name": "甲"}, "id_username"),
        ({"username": "ok.name", "display_name": ""}, "id_display_name"),
        ({"username": "ok.name", "display_name": "甲", "email": "nope"}, "id_email"),
        ({"username": "nul\x00", "display_name": "甲"}, "id_username"),
    ],
)
def test_wrong_input_names_the_field_and_makes_nothing(
    office: Office, form: dict[str, str], field: str
) -> None:
    admin = office.client("administrator")
    before = User.objects.count()
    answer = admin.post("/desk/accounts/new/", form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()
    assert User.objects.count() == before


def test_a_countys_administrator_neither_sees_nor_touches_the_citys(office: Office) -> None:
    county = office.client("administrator", scope=COUNTY)
    boss, mine = office.account("duty_leader"), office.account("acceptor", scope=COUNTY)
    page = county.get("/desk/accounts/").content.decode()
    assert mine.username in page
    assert boss.username not in page
    for path in ("", "edit/", "posts/new/", "deputy/"):
        assert county.get(f"/desk/accounts/{boss.pk}/{path}").status_code == 404
    for path in ("link/", "factors/"):
        assert county.post(f"/desk/accounts/{boss.pk}/{path}").status_code == 404
    boss.refresh_from_db()
    assert boss.has_usable_password()
    answer = county.post(
        f"/desk/accounts/{mine.pk}/posts/new/", {"role": "duty_leader", "scope": CITY}
    )
    assert answer.status_code == 422
    assert Grant.objects.filter(user=mine).count() == 1


def test_nobody_grants_to_themselves(office: Office) -> None:
    user = office.account("administrator")
    admin = office.signed_in(user)
    answer = admin.post(f"/desk/accounts/{user.pk}/posts/new/", {"role": "acceptor", "scope": CITY})
    assert answer.status_code == 422
    held = Grant.objects.get(user=user)
    admin.post(f"/desk/accounts/{user.pk}/posts/{held.pk}/end/")
    held.refresh_from_db()
    assert held.valid_to is None
    assert admin.post(f"/desk/accounts/{user.pk}/edit/", {"display_name": "我"}).status_code == 422


def test_an_ended_post_and_a_closed_account_work_no_more(office: Office) -> None:
    admin, user = office.client("administrator"), office.account("acceptor", scope=COUNTY)
    browser = office.signed_in(user)
    assert browser.get("/desk/work/accept/").status_code == 200
    grant = Grant.objects.get(user=user)
    assert admin.post(f"/desk/accounts/{user.pk}/posts/{grant.pk}/end/").status_code == 302
    assert browser.get("/desk/work/accept/").status_code == 404
    again = {"role": "acceptor", "scope": COUNTY}
    assert admin.post(f"/desk/accounts/{user.pk}/posts/new/", again).status_code == 302
    assert browser.get("/desk/work/accept/").status_code == 200, "it can be given anew"
    assert admin.post(f"/desk/accounts/{user.pk}/edit/", {"display_name": "停"}).status_code == 302
    assert browser.get("/desk/").status_code == 302


def test_a_units_post_is_found_by_searching(office: Office) -> None:
    admin, user = office.client("administrator"), office.account()
    unit = city().register.units(COUNTY, "sanitation")[0]
    path = f"/desk/accounts/{user.pk}/posts/new/"
    page = admin.post(path, {"look": "1", "role": "handler", "unit_q": unit.name})
    assert page.status_code == 200
    assert f'value="{unit.id}"' in page.content.decode()
    form = {"role": "handler", "unit_q": unit.name, "unit": str(unit.id)}
    assert admin.post(path, form).status_code == 302
    assert Grant.objects.get(user=user).unit_id == unit.id


def test_a_key_is_shown_once_and_revoked(office: Office) -> None:
    admin = office.client("administrator")
    form = {"name": "视频平台", "channel": "camera", "role": "hotline", "scope": CITY}
    page = admin.post("/desk/programs/new/", form).content.decode()
    found = re.search(r"yishi_[\w-]{40,}", page)
    assert found is not None
    program = ApiClient.objects.get(name="视频平台")
    assert found[0] not in admin.get(f"/desk/programs/{program.pk}/").content.decode()
    caller = Client(headers={"X-API-Key": found[0]})
    assert caller.get("/api/v1/cases").status_code == 200
    assert admin.post(f"/desk/programs/{program.pk}/edit/", {}).status_code == 302
    assert caller.get("/api/v1/cases").status_code == 401
    assert Look.objects.filter(subject=f"client:{program.pk}", action="program.revoke").exists()


def test_only_administrators_open_these_pages(office: Office) -> None:
    for role in ("acceptor", "auditor", "duty_leader"):
        client = office.client(role)
        for path in ("accounts/", "accounts/new/", "programs/", "programs/new/"):
            assert client.get(f"/desk/{path}").status_code == 403, (role, path)


def test_sensitive_actions_ask_again_after_fifteen_minutes(office: Office) -> None:
    user = office.account("administrator")
    admin = office.signed_in(user)
    session = admin.session
    session["proved_at"] = int((timezone.now() - timedelta(minutes=16)).timestamp())
    session.save()
    answer = admin.get("/desk/accounts/new/")
    assert answer.headers["Location"] == "/desk/sign-in/again/?next=%2Fdesk%2Faccounts%2Fnew%2F"
    before = User.objects.count()
    admin.post("/desk/accounts/new/", {"username": "late", "display_name": "晚"})
    assert User.objects.count() == before
    path = answer.headers["Location"]
    assert admin.post(path, {"password": "wrong", "next": "/desk/accounts/new/"}).status_code == 422
    key = admin.session.session_key
    done = admin.post(path, {"password": "right-password", "next": "/desk/accounts/new/"})
    assert done.headers["Location"] == "/desk/accounts/new/"
    assert admin.session.session_key != key
    assert admin.get("/desk/accounts/new/").status_code == 200

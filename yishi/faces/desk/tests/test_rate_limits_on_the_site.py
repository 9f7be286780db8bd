"""Who asks too much gets 429, a Retry-After and a page that says what to do."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from yishi.faces.desk import sign_in
from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import ApiClient
from yishi.foundation.access.throttle import Throttle
from yishi.systems.city_events.portal.tests.support import Walk
from yishi.systems.city_events.tests.office import Office, photo


def test_one_address_does_not_try_many_names(office: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(sign_in, "WRONG_PASSWORDS", Throttle("test.sign-in", each=3))
    client = Client()

    def tried(name: str, **more: Any) -> Any:
        return client.post("/desk/sign-in/", {"username": name, "password": "x"}, **more)

    for n in range(3):
        assert tried(f"nobody{n}", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}").status_code == 422
    answer = tried("nobody9", HTTP_X_FORWARDED_FOR="198.51.100.9")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "12345" in answer.content.decode()
    assert tried("nobody9", REMOTE_ADDR="192.0.2.5").status_code == 422, "others go on"


def test_behind_a_trusted_proxy_each_client_counts_alone(
    office: Office, monkeypatch: Any, settings: Any
) -> None:
    from yishi.foundation.access.addresses import read_networks

    settings.YISHI_TRUSTED_PROXIES = read_networks("127.0.0.1")
    monkeypatch.setattr(sign_in, "WRONG_PASSWORDS", Throttle("test.proxy", each=2))
    client = Client()
    form = {"username": "nobody", "password": "x"}
    for _ in range(2):
        client.post("/desk/sign-in/", form, HTTP_X_FORWARDED_FOR="198.51.100.1")
    first = client.post("/desk/sign-in/", form, HTTP_X_FORWARDED_FOR="9.9.9.9, 198.51.100.1")
    assert first.status_code == 429
    other = client.post("/desk/sign-in/", form, HTTP_X_FORWARDED_FOR="198.51.100.2")
    assert other.status_code == 422


def test_a_keys_own_limit_holds(office: Office) -> None:
    grants = [ActorGrant("hotline", None, "4206")]
    key = issue_key("接口", "test", grants, timezone.now())
    ApiClient.objects.update(per_minute=2)
    client = Client(headers={"X-API-Key": key})
    assert [client.get("/api/v1/cases").status_code for _ in range(2)] == [200, 200]
    answer = client.get("/api/v1/cases")
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many"
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_guessing_keys_is_slowed(office: Office) -> None:
    statuses = [
        Client(headers={"X-API-Key": f"yishi_{n}"}).get("/api/v1/cases").status_code
        for n in range(31)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_reports_and_photos_of_one_address_are_limited(office: Office, settings: Any) -> None:
    settings.YISHI_REPORTS_PER_ADDRESS = settings.YISHI_UPLOADS_PER_ADDRESS = 1
    first, second = Walk(Client()), Walk(Client())
    for walk in (first, second):
        walk.to_check()
    assert first.post("check").status_code == 302
    answer = second.post("check")
    assert answer.status_code == 429
    assert "12345" in answer.content.decode()
    third = Walk(Client())
    third.to_check()
    assert third.post("photos", act="add", photos=photo()).status_code == 302
    assert third.post("photos", act="add", photos=photo()).status_code == 429

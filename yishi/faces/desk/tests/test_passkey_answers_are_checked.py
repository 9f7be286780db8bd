"""Whatever is sent to the passkeys' addresses is answered with JSON and a status of 4xx."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from yishi.foundation.access.models import Passkey
from yishi.systems.city_events.tests.office import Office

HOSTILE = ["", "[]", "{", '{"credential": 7}', '{"credential": {"id": "x"}}', "[" * 9000]


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("path", ["sign-in/", "second/", "again/", "register/"])
def test_hostile_answers_are_refused(office: Office, path: str, body: str) -> None:
    client = office.client("acceptor")
    answer = client.post(f"/desk/passkeys/{path}", body, content_type="application/json")
    assert answer.status_code in (400, 403)
    assert json.loads(answer.content)["message"]
    assert not Passkey.objects.exists()


def test_a_challenge_works_once_and_for_its_purpose_only(office: Office) -> None:
    client = office.client("acceptor")

    def post(path: str, body: Any) -> Any:
        return client.post(
            f"/desk/passkeys/{path}", json.dumps(body), content_type="application/json"
        )

    assert post("register/options/", {}).status_code == 200
    assert "passkey_challenge" in client.session
    assert post("again/", {"credential": {"id": "AA"}}).status_code == 403
    assert "passkey_challenge" not in client.session


def test_guessers_wait(office: Office) -> None:
    client = Client()
    statuses = [
        client.post(
            "/desk/passkeys/sign-in/", '{"credential": {}}', content_type="application/json"
        )
        for _ in range(42)
    ]
    assert statuses[0].status_code == 403
    assert statuses[-1].status_code == 429
    assert int(statuses[-1].headers["Retry-After"]) > 0

"""A reporter adds words and photos to an open case: once, read with the report, as secret as it."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yishi.foundation.cases.models import Case, CasePaper
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.portal.tests.support import Walk, close, code_of, enter, picture
from yishi.systems.city_events.supplementing import MOST, is_supplement

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(sent: Walk) -> tuple[Client, str]:
    """The reporter's browser and the address of the report's page."""
    client = Client()
    return client, enter(client, code_of(sent))["Location"]


def reports() -> list[Report]:
    """All reports, oldest first."""
    return list(Report.objects.unscoped("test").order_by("id"))


def photo() -> SimpleUploadedFile:
    """A picture of another colour each time."""
    return SimpleUploadedFile("p.jpg", picture(), "image/jpeg")


def test_words_and_photos_join_the_case_and_show_on_both_sides(mine: tuple[Client, str]) -> None:
    client, page = mine
    url = f"{page}supplement"
    assert url in client.get(page).content.decode()
    key = client.get(url).context["form"]["key"].value()
    answer = client.post(
        url, {"note": "旁边又多了一堆", "photos": [photo()], "key": key}, follow=True
    )
    assert "已补充" in answer.content.decode()
    first, added = reports()
    assert added.case_id == first.case_id
    assert (is_supplement(first), is_supplement(added)) == (False, True)
    assert added.contact_id is None
    assert added.secret == first.secret
    shown = client.get(page).context
    assert [item.text for item in shown["added"]] == ["旁边又多了一堆"]
    assert len(shown["page"].before) == 2, "the added photo is the reporter's own too"
    assert Case.objects.unscoped("test").count() == 1


def test_sent_twice_it_is_added_once(mine: tuple[Client, str]) -> None:
    client, page = mine
    key = uuid.uuid4()
    for _ in range(2):
        sent = {"note": "还在原处", "photos": [photo()], "key": key}
        assert client.post(f"{page}supplement", sent)["Location"] == page
    assert len(reports()) == 2
    assert CasePaper.objects.unscoped("test").count() == 2
    other = client.post(f"{page}supplement", {"note": "别的话", "key": key})
    assert other.status_code == 409
    assert "重新打开" in other.content.decode()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"note": ""}, 422),
        ({"note": "x" * 5000}, 422),
        ({"note": "看", "key": "no key"}, 400),
        ({"note": "看", "photos": SimpleUploadedFile("p.jpg", b"no picture", "image/jpeg")}, 422),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stored(
    mine: tuple[Client, str], given: dict[str, object], status: int
) -> None:
    client, page = mine
    answer = client.post(f"{page}supplement", {"key": str(uuid.uuid4()), **given})
    assert answer.status_code == status
    assert len(reports()) == 1


def test_a_closed_case_takes_no_more_and_says_what_to_do(mine: tuple[Client, str]) -> None:
    client, page = mine
    case = Case.objects.unscoped("test").get()
    close(case.number)
    assert f"{page}supplement" not in client.get(page).content.decode()
    answer = client.post(f"{page}supplement", {"note": "晚了", "key": uuid.uuid4()})
    assert answer.status_code == 409
    assert "重新办理" in answer.content.decode()


def test_one_report_is_added_to_a_limited_number_of_times(mine: tuple[Client, str]) -> None:
    client, page = mine
    for number in range(MOST):
        sent = {"note": f"第{number}次", "key": uuid.uuid4()}
        assert client.post(f"{page}supplement", sent).status_code == 302
    answer = client.post(f"{page}supplement", {"note": "再来", "key": uuid.uuid4()})
    assert answer.status_code == 409


def test_who_did_not_enter_the_code_adds_nothing(mine: tuple[Client, str]) -> None:
    _client, page = mine
    answer = Client().post(f"{page}supplement", {"note": "陌生人", "key": uuid.uuid4()})
    assert answer["Location"] == "/track/"
    assert len(reports()) == 1

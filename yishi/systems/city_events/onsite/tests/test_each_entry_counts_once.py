"""What a phone sends is done once, however often and from how many hands it arrives."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from yishi.foundation.cases.models import Case, CasePaper, Trace
from yishi.systems.city_events.context import city
from yishi.systems.city_events.onsite.models import Submission
from yishi.systems.city_events.onsite.tests.conftest import SPOT, Site, entry, post
from yishi.systems.city_events.tests.office import photo


def moves_of(number: str) -> list[str]:
    rows = Trace.objects.unscoped("test").filter(case__number=number).order_by("seq")
    return list(rows.values_list("move", flat=True))


def test_a_repeated_sending_gets_the_same_answer_and_is_made_once(site: Site) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    body = entry(number=number, move="report_check", facts={"result": "true", "note": "属实"})
    first = post(user, body, photos=photo())
    again = post(user, body, photos=photo())
    assert (first.status_code, again.status_code) == (200, 200), first.content.decode()
    assert first.json() == again.json() | {"replayed": False}
    assert again.json()["replayed"] is True
    assert moves_of(number).count("report_check") == 1
    papers = CasePaper.objects.unscoped("test").filter(case__number=number, step="check")
    assert papers.count() == 1


def test_the_version_of_the_case_is_no_part_of_what_was_entered(site: Site) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    body = entry(number=number, move="report_check", facts={"result": "true"})
    assert post(user, body).status_code == 200
    assert post(user, body | {"version": 3}).json()["replayed"] is True


def test_a_key_with_something_else_in_it_is_refused(site: Site) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    body = entry(number=number, move="report_check", facts={"result": "true"})
    post(user, body)
    other = post(user, body | {"facts": {"result": "false"}})
    assert (other.status_code, other.json()["code"]) == (409, "key")
    assert post(user, body, photos=photo()).status_code == 409, "photos are part of it"


def test_keys_of_two_accounts_have_nothing_to_do_with_each_other(site: Site) -> None:
    body = entry("report", facts={"description": "路边有积水", **SPOT})
    answers = [post(site.local(), body), post(site.local(), body)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["number"] != answers[1].json()["number"] or answers[1].json()["merged"]
    assert not answers[1].json()["replayed"]


def test_what_was_refused_may_be_sent_again_under_its_key(site: Site) -> None:
    number = site.report().number
    user = site.officer(number)
    body = entry(number=number, move="finish", facts={"note": "已清运"})
    refused = post(user, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "state")
    assert refused.json()["state_label"] == "待签收", "how the case stands is told"
    assert not Submission.objects.filter(key=body["key"]).exists()
    site.move(number, "sign")
    assert post(user, body).status_code == 200
    assert moves_of(number)[-1] == "finish"


def test_who_was_second_is_told_how_the_case_stands(site: Site) -> None:
    number = site.report().number
    user = site.officer(number)
    site.move(number, "sign")
    seen = site.state(number).version
    site.move(number, "finish", note="另一人已处置")
    late = post(user, entry(number=number, move="finish", version=seen, facts={"note": "我的"}))
    said = late.json()
    assert (late.status_code, said["code"]) == (409, "version")
    assert (said["state_label"], said["version"]) == ("现场已完成", seen + 1)


def test_an_entry_of_another_account_is_not_sent_under_mine(site: Site) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    body = entry(number=number, move="report_check", facts={"result": "true"})
    answer = post(user, body, account=user.pk + 1)
    assert (answer.status_code, answer.json()["code"]) == (409, "account")
    assert moves_of(number)[-1] == "request_check"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "other"}, "kind"),
        ({"key": "nothing"}, "key"),
        ({"facts": []}, "facts"),
        ({"move": "dispatch"}, "move"),
        ({"move": "close"}, "move"),
        ({"version": -1}, "version"),
        ({"more": 1}, "more"),
        ({"place": {"lon": 200, "lat": 32}}, "place.lon"),
        ({"place": {"lon": "x", "lat": 32}}, "place.lon"),
        ({"place": [1, 2]}, "place"),
        ({"entered": "2026-03-10"}, "entered"),
        ({"facts": {"result": "perhaps"}}, "result"),
        ({"facts": {"result": "true", "note": "x" * 2001}}, "note"),
        ({"facts": {"result": "true", "unit": 3}}, "unit"),
        ({"facts": {"result": "true", "note": "\ud800"}}, "body"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    site: Site, change: dict[str, Any], field: str
) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    body = entry(number=number, move="report_check", facts={"result": "true"})
    answer = post(user, body | change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert moves_of(number)[-1] == "request_check"
    assert not Submission.objects.exists()


def test_a_file_that_is_no_photo_stores_nothing(site: Site) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    number = site.checking()
    user = site.collector(number, "check")
    body = entry(number=number, move="report_check", facts={"result": "true"})
    answer = post(user, body, photos=SimpleUploadedFile("x.jpg", b"text", "image/jpeg"))
    assert (answer.status_code, answer.json()["field"]) == (422, "photos.1")
    assert moves_of(number)[-1] == "request_check"


@pytest.mark.django_db(transaction=True)
def test_the_same_entry_from_two_tabs_at_once_is_made_once(city: None) -> None:
    site = Site()
    number = site.checking()
    user = site.collector(number, "check")
    body = entry(number=number, move="report_check", facts={"result": "true"})
    answers = at_once(lambda: post(user, body, photos=photo()), times=4)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(answer.json()["replayed"] for answer in answers) == [False, True, True, True]
    assert moves_of(number).count("report_check") == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_new_report_twice_at_once_is_one_case(city: None) -> None:
    site = Site()
    user = site.local()
    body = entry("report", facts={"description": "路边有积水", **SPOT})
    before = Case.objects.unscoped("test").count()
    answers = at_once(lambda: post(user, body, photos=photo()), times=4)
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert Case.objects.unscoped("test").count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_at_once_one_wins_and_the_other_reads_it(city: None) -> None:
    site = Site()
    number = site.report().number
    site.move(number, "sign")
    seen = site.state(number).version
    users = iter([site.officer(number), site.officer(number)])
    lock = threading.Lock()

    def finish() -> Any:
        with lock:
            user = next(users)
        facts = {"note": f"由{user.display_name}处置"}
        return post(user, entry(number=number, move="finish", version=seen, facts=facts))

    answers = sorted(at_once(finish, times=2), key=lambda answer: int(answer.status_code))
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["state_label"] == "现场已完成"
    assert moves_of(number).count("finish") == 1


def at_once(act: Any, times: int) -> list[Any]:
    """Do it in threads that begin together."""
    city()  # what a process loads once is loaded
    gate, found, lock = threading.Barrier(times), [], threading.Lock()

    def run() -> None:
        try:
            gate.wait()
            answer = act()
            with lock:
                found.append(answer)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == times
    return found

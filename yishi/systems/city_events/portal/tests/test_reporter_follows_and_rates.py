"""Following a report by its code: what is shown, what may be done, and to whom nothing is said."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from yishi.foundation.access.throttle import Throttle
from yishi.foundation.cases.models import Evaluation
from yishi.systems.city_events.lifecycle import MOVES
from yishi.systems.city_events.portal import track_views
from yishi.systems.city_events.portal.tests.support import (
    Walk,
    close,
    code_of,
    enter,
    officer,
    photo_of,
    the_case,
)

WHY = "the test looks"


def test_a_code_is_found_however_it_is_typed(sent: Walk) -> None:
    code = code_of(sent)
    number = the_case().number
    for typed in (code, code.lower().replace("-", " "), code.replace("0", "O").replace("1", "l")):
        response = enter(Client(), typed)
        assert response["Location"] == reverse("events:progress", args=[number]), typed


def test_progress_shows_steps_unit_and_reasons_and_no_person(sent: Walk) -> None:
    client = Client()
    page = client.get(enter(client, code_of(sent))["Location"]).content.decode()
    case = the_case()
    assert case.unit is not None
    assert case.unit.name in page
    assert page.count('class="step ') == 7
    assert "为什么由该单位办理" in page
    assert "每一步由谁做什么" in page
    assert MOVES["sign"].label in page, "what comes is told from the table"
    assert "张三丰" not in page
    assert "138" not in page.replace(case.number, "")


def test_without_the_code_there_is_no_page(sent: Walk) -> None:
    url = reverse("events:progress", args=[the_case().number])
    response = Client().get(url)
    assert response["Location"] == reverse("events:track")


def test_unknown_and_malformed_codes_get_the_same_answer(sent: Walk) -> None:
    texts = []
    for typed in ("AAAAA-AAAAA-AAAAA-AAAAA", "x", "😀" * 20, "' OR 1=1 --"):
        response = enter(Client(REMOTE_ADDR="10.0.0.1"), typed)
        assert response.status_code == 422
        texts.append(response.context["form"].errors["code"])
    assert all(text == texts[0] for text in texts)


def test_guessing_is_slowed_down_by_address(sent: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_views, "GUESSES", Throttle("test", each=3))
    code = code_of(sent)
    guesser = Client(REMOTE_ADDR="10.0.0.9")
    answers = [enter(guesser, f"WRONG{n}").status_code for n in range(4)]
    assert answers == [422, 422, 422, 429]
    assert enter(guesser, code).status_code == 429, "not even the right one is confirmed"
    assert enter(Client(REMOTE_ADDR="10.0.0.9"), code).status_code == 429
    spoofed = Client(REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="1.2.3.4")
    assert enter(spoofed, code).status_code == 429
    assert enter(Client(REMOTE_ADDR="10.0.0.8"), code).status_code == 302


def test_many_addresses_together_are_slowed_down_but_not_who_knows_the_code(
    sent: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track_views, "GUESSES", Throttle("test2", each=5, overall=4))
    for n in range(4):
        assert enter(Client(REMOTE_ADDR=f"10.1.0.{n}"), "WRONG").status_code == 422
    assert enter(Client(REMOTE_ADDR="10.1.0.0"), "WRONG").status_code == 429
    assert enter(Client(REMOTE_ADDR="10.1.0.99"), code_of(sent)).status_code == 302


def test_the_result_is_shown_when_the_case_is_closed_and_only_to_the_reporter(sent: Walk) -> None:
    client = Client()
    url = enter(client, code_of(sent))["Location"]
    assert client.get(url).context["page"].after == []
    photo = photo_of(officer())
    close(the_case().number, [photo])
    page = client.get(url).context["page"]
    assert len(page.before) == len(page.after) == 1
    assert client.get(page.after[0].thumb).status_code == 200
    assert Client().get(page.after[0].url).status_code == 302


def test_a_result_is_rated_once_a_closing_and_can_be_asked_for_again(sent: Walk) -> None:
    client = Client()
    url = enter(client, code_of(sent))["Location"]
    number = the_case().number
    rate = reverse("events:evaluate", args=[number])
    assert client.get(rate).status_code == 302, "not before it is closed"
    close(number)
    assert "去评价" in client.get(url).content.decode()
    assert client.post(rate, {"score": "9"}).status_code == 422
    answer = {"score": "4", "solved": "no", "text": "还在漏水"}
    assert client.post(rate, answer)["Location"] == reverse("events:thanks", args=[number])
    client.post(rate, answer | {"score": "1"})
    rating = Evaluation.objects.unscoped(WHY).get()
    assert (rating.score, rating.solved) == (4, False)
    again = reverse("events:own-move", args=[number, "reopen"])
    assert client.post(again, {"note": ""}).status_code == 422
    assert client.post(again, {"note": "还在漏水"})["Location"] == url
    assert the_case().state != "closed"
    close(number)
    assert client.get(rate).status_code == 200, "the new closing can be rated"


def test_a_report_nobody_was_sent_for_can_be_withdrawn(walk: Walk) -> None:
    walk.to_check(kind="unsure", said="这边有点情况想反映")
    walk.post("check")
    client = Client()
    url = enter(client, code_of(walk))["Location"]
    move = reverse("events:own-move", args=[the_case().number, "withdraw"])
    assert client.post(move, {"note": "已经有人来处理了"})["Location"] == url
    assert the_case().state == "voided"
    assert "撤回" in client.get(url).content.decode()
    assert client.post(move, {"note": "再撤一次"}).status_code == 409


def test_officers_moves_are_not_offered_here(sent: Walk) -> None:
    client = Client()
    enter(client, code_of(sent))
    number = the_case().number
    for move in ("close", "file", "merge_report", "nonsense"):
        url = reverse("events:own-move", args=[number, move])
        assert client.post(url, {"note": "x"}).status_code == 404


def test_who_joins_anothers_report_does_not_read_that_ones_words(sent: Walk) -> None:
    second = Walk(Client())
    second.to_check()
    second.post("place", address="我家门口")
    second.post("check")
    receipt = second.client.get(second.url("done")).context["receipt"]
    assert receipt.merged
    client = Client()
    url = enter(client, receipt.tracking_code)["Location"]
    page = client.get(url).content.decode()
    assert "北门旁" not in page
    assert client.get(url).context["page"].before == [], "nor sees the other one's photos"

"""A deputy holds another's posts for a time, every trace says so, and nobody verifies own work."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.utils import timezone

from yishi.foundation.access import deputies
from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.access.models import Deputy, Grant, User
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Trace
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves
from yishi.systems.city_events.tests.office import COUNTY, Office


def actor(user: User) -> Actor:
    """The user as loaded for a request."""
    return User.objects.with_grants().get(pk=user.pk).actor()


def stands_in(deputy: User, principal: User, hours: float = 24, begin: float = -1) -> Deputy:
    """A deputyship that began *begin* hours from now and lasts *hours* from now."""
    now = timezone.now()
    return Deputy.objects.create(
        principal=principal,
        deputy=deputy,
        valid_from=now + timedelta(hours=begin),
        valid_to=now + timedelta(hours=hours),
        reason="出差",
        made_by="test",
        made_at=now,
    )


def test_every_step_says_in_whose_place_it_was_made(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    chief, deputy = office.account("unit_officer", unit, ""), office.account("auditor")
    stands_in(deputy, chief)
    client = office.signed_in(deputy)
    assert receipt.number in client.get("/desk/work/main/").content.decode()
    assert f"您正在代 {chief.display_name} 办理" in client.get("/desk/").content.decode()
    version = office.state(receipt.number).version
    path = f"/desk/cases/{receipt.number}/"
    assert client.post(f"{path}sign/", {"version": version}).status_code == 302
    row = Trace.objects.unscoped("test").filter(case__number=receipt.number).latest("seq")
    body = orjson.loads(bytes(row.body))
    assert (body["actor"], body["by"]) == (f"user:{deputy.pk}", deputy.display_name)
    assert (body["for"], body["for_name"]) == (f"user:{chief.pk}", chief.display_name)
    page = client.get(path).content.decode()
    assert f"{deputy.display_name}（代 {chief.display_name} 办理）" in page


def test_what_one_may_do_oneself_is_not_marked(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    chief, peer = (office.account("unit_officer", unit, "") for _ in range(2))
    stands_in(peer, chief)
    moves.advance(actor(peer), receipt.number, "sign", {}, timezone.now())
    row = Trace.objects.unscoped("test").filter(case__number=receipt.number).latest("seq")
    assert "for" not in orjson.loads(bytes(row.body))


@pytest.mark.parametrize(("begin", "hours"), [(1, 2), (-5, -1)])
def test_outside_its_time_it_gives_nothing(office: Office, begin: float, hours: float) -> None:
    chief, deputy = office.account("acceptor"), office.account()
    stands_in(deputy, chief, hours, begin)
    assert actor(deputy).grants == ()


def test_it_ends_with_the_principals_account_and_when_it_is_ended(office: Office) -> None:
    chief, deputy = office.account("acceptor"), office.account("auditor")
    lent = stands_in(deputy, chief)
    assert actor(deputy).has("acceptor")
    User.objects.filter(pk=chief.pk).update(is_active=False)
    assert not actor(deputy).has("acceptor")
    User.objects.filter(pk=chief.pk).update(is_active=True)
    assert office.signed_in(deputy).post(f"/desk/deputies/{lent.pk}/end/").status_code == 302
    assert not actor(deputy).has("acceptor")


def test_what_was_lent_is_not_lent_again(office: Office) -> None:
    first, second, third = office.account("acceptor"), office.account("auditor"), office.account()
    stands_in(second, first)
    stands_in(third, second)
    assert {grant.role for grant in actor(third).grants} == {"auditor"}


def test_administering_is_never_lent(office: Office) -> None:
    admin, deputy = office.account("administrator"), office.account("auditor")
    stands_in(deputy, admin)
    assert not actor(deputy).has("administrator")
    now = timezone.now()
    with pytest.raises(FieldError) as raised:
        deputies.appoint(SYSTEM, admin, deputy, now, now + timedelta(days=200), "休假", now)
    assert raised.value.field == "deputy"


def test_the_handlers_deputy_does_not_verify_and_neither_does_the_handler(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    handler, deputy = office.account("handler", unit, ""), office.account("auditor")
    stands_in(deputy, handler)
    now = timezone.now()
    office.until(receipt.number, "sign")
    office.move(receipt.number, "assign_person", person=handler.pk)
    case = moves.advance(actor(deputy), receipt.number, "finish", {"note": "已清运"}, now)
    assert set(case.data["handlers"]) == {handler.pk, deputy.pk}, "both count"
    office.until(receipt.number, "confirm", "forward")
    collectors = office.state(receipt.number).duty("verify")
    assert collectors is not None
    for user in (deputy, handler):
        Grant.objects.create(
            user=user, role="collector", unit_id=collectors.unit_id, valid_from=now
        )
        Deputy.objects.update(ended_at=now)  # the deputyship is over, the doing stays
        with pytest.raises(MoveRefused) as raised:
            moves.advance(
                actor(user), receipt.number, "report_verification", {"result": "pass"}, now
            )
        assert raised.value.code == "guard"


def test_a_handler_does_not_verify_through_a_deputy(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    handler, verifier = office.account("handler", unit, ""), office.account()
    now = timezone.now()
    office.until(receipt.number, "sign")
    office.move(receipt.number, "assign_person", person=handler.pk)
    office.until(receipt.number, "finish", "confirm", "forward")
    held = office.state(receipt.number).duty("verify")
    assert held is not None
    Grant.objects.create(user=handler, role="collector", unit_id=held.unit_id, valid_from=now)
    stands_in(verifier, handler)
    with pytest.raises(MoveRefused) as raised:
        moves.advance(
            actor(verifier), receipt.number, "report_verification", {"result": "pass"}, now
        )
    assert raised.value.code == "guard"


def test_one_appoints_ones_deputy_by_the_form(office: Office) -> None:
    chief, deputy = office.account("acceptor", scope=COUNTY), office.account("auditor")
    client = office.signed_in(chief)
    until = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    form = {"deputy": deputy.username, "valid_to": until, "reason": "休假"}
    assert client.post("/desk/me/deputy/", form | {"deputy": "nobody"}).status_code == 422
    assert client.post("/desk/me/deputy/", form | {"deputy": chief.username}).status_code == 422
    late = (timezone.localtime() + timedelta(days=100)).strftime("%Y-%m-%dT%H:%M")
    assert client.post("/desk/me/deputy/", form | {"valid_to": late}).status_code == 422
    assert client.post("/desk/me/deputy/", form).status_code == 302
    assert client.post("/desk/me/deputy/", form).status_code == 422, "one at a time"
    assert Deputy.objects.count() == 1
    assert actor(deputy).has("acceptor")
    assert deputy.display_name in client.get("/desk/me/").content.decode()


def test_the_person_of_a_case_is_found_by_the_deputy(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    handler, deputy = office.account("handler", unit, ""), office.account()
    office.until(receipt.number, "sign")
    office.move(receipt.number, "assign_person", person=handler.pk)
    client = office.signed_in(deputy)
    assert client.get(f"/desk/cases/{receipt.number}/").status_code == 404
    stands_in(deputy, handler)
    assert client.get(f"/desk/cases/{receipt.number}/").status_code == 200
    assert receipt.number in client.get("/desk/work/main/").content.decode()

"""Work and messages go to who is on shift; a shift is handed over, accepted and logged."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from yishi.foundation.access import shifts
from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import Handover, Shift, User
from yishi.foundation.access.shifts import Roster
from yishi.systems.city_events.tests.office import COUNTY, Office


def on_shift(user: User, post: Roster, begin: float = -1, end: float = 8) -> Shift:
    """A shift from *begin* to *end* hours from now."""
    now = timezone.now()
    return Shift.objects.create(
        role=post.role,
        unit_id=post.unit_id,
        scope=post.scope,
        user=user,
        starts_at=now + timedelta(hours=begin),
        ends_at=now + timedelta(hours=end),
        made_by="test",
        made_at=now,
    )


def text_of(client: Client, path: str) -> str:
    """The page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_work_and_messages_go_to_who_is_on_shift(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    post = Roster("unit_officer", unit, "")
    one, other = (office.account("unit_officer", unit, "") for _ in range(2))
    first, second = office.signed_in(one), office.signed_in(other)
    for client in (first, second):
        assert receipt.number in text_of(client, "/desk/work/main/"), "without a roster: everybody"
        assert receipt.number in text_of(client, "/desk/inbox/")
    shift = on_shift(one, post)
    assert receipt.number in text_of(first, "/desk/work/main/")
    assert receipt.number in text_of(first, "/desk/inbox/")
    assert receipt.number not in text_of(second, "/desk/inbox/")
    page = text_of(second, "/desk/work/main/")
    assert receipt.number not in page
    assert "?all=1" in page
    assert receipt.number in text_of(second, "/desk/work/main/?all=1")
    assert text_of(second, f"/desk/cases/{receipt.number}/"), "what may be done stays"
    Shift.objects.filter(pk=shift.pk).update(cancelled_at=timezone.now())
    assert receipt.number in text_of(second, "/desk/work/main/"), "a gap hides nothing"


def test_who_sees_only_own_cases_does_not_read_the_units_desk(office: Office) -> None:
    number = office.apart().number
    unit = office.state(number).unit_id
    handler, chief = (office.account(role, unit, "") for role in ("handler", "unit_officer"))
    assert number in text_of(office.signed_in(chief), "/desk/inbox/")
    client = office.signed_in(handler)
    assert number not in text_of(client, "/desk/inbox/")
    client.post("/desk/inbox/read/", {"all": "1"})
    assert "未读" in text_of(office.signed_in(chief), "/desk/inbox/"), "nothing is read for others"


def test_a_deputy_works_on_the_principals_shift(office: Office) -> None:
    from yishi.faces.desk.tests.test_deputies_act_in_anothers_place import stands_in

    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    chief, deputy = office.account("unit_officer", unit, ""), office.account()
    stands_in(deputy, chief)
    on_shift(chief, Roster("unit_officer", unit, ""))
    assert receipt.number in text_of(office.signed_in(deputy), "/desk/work/main/")


def test_a_shift_is_handed_over_with_what_is_open_and_taken_over(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    post = Roster("unit_officer", unit, "")
    one, other, third = (office.account("unit_officer", unit, "") for _ in range(3))
    shift = on_shift(one, post)
    first, second = office.signed_in(one), office.signed_in(other)
    page = text_of(first, f"/desk/shifts/{shift.pk}/hand-over/")
    assert receipt.number in page
    assert second.get(f"/desk/shifts/{shift.pk}/hand-over/").status_code == 404
    path = f"/desk/shifts/{shift.pk}/hand-over/"
    assert first.post(path, {"to_user": str(one.pk)}).status_code == 422
    form = {"to_user": str(other.pk), "note": "钥匙在值班室"}
    assert first.post(path, form).status_code == 302
    assert first.post(path, form).status_code == 422, "once"
    made = Handover.objects.get()
    assert receipt.number in made.open_items["numbers"]
    assert made.open_items["counts"]["main"] == 1
    assert "有班次向您交接" in text_of(second, "/desk/inbox/")
    assert "钥匙在值班室" in text_of(second, "/desk/shifts/")
    take = f"/desk/handovers/{made.pk}/take-over/"
    assert office.signed_in(third).post(take).status_code == 404
    assert second.post(take, {"answer": "收到"}).status_code == 302
    made.refresh_from_db()
    shift.refresh_from_db()
    assert made.accepted_at is not None
    assert made.answer == "收到"
    assert shift.ends_at <= timezone.now()
    accepted = made.accepted_at
    second.post(take, {"answer": "又一次"})
    made.refresh_from_db()
    assert (made.accepted_at, made.answer) == (accepted, "收到")
    log = text_of(office.signed_in(third), f"/desk/shifts/?post={post.key}")
    assert "钥匙在值班室" in log
    assert "收到" in log


def test_the_roster_is_kept_by_the_units_lead_and_the_administrator(office: Office) -> None:
    unit = office.state(office.apart().number).unit_id
    post = Roster("handler", unit, "")
    handler = office.account("handler", unit, "")
    begin = timezone.localtime() + timedelta(hours=1)
    form = {
        "user": str(handler.pk),
        "starts_at": begin.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (begin + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"),
        "days": "3",
    }
    path = f"/desk/shifts/new/?post={post.key}"
    assert office.client("collector", unit, "").post(path, form).status_code == 404
    assert office.signed_in(handler).post(path, form).status_code == 403
    county = office.client("administrator", scope="4206/420602")
    assert county.post(path, form).status_code == 404
    lead = office.client("unit_officer", unit, "")
    assert lead.post(path, form).status_code == 302
    assert Shift.objects.filter(user=handler).count() == 3
    assert lead.post(path, form).status_code == 422, "nobody is on shift twice at once"
    assert Shift.objects.filter(user=handler).count() == 3
    wrong = form | {"ends_at": form["starts_at"]}
    assert lead.post(path, wrong).status_code == 422
    stranger = form | {"user": str(office.account("acceptor").pk)}
    assert lead.post(path, stranger).status_code == 422
    shift = Shift.objects.filter(user=handler).first()
    assert shift is not None
    assert office.signed_in(handler).post(f"/desk/shifts/{shift.pk}/cancel/").status_code == 404
    assert office.client("administrator").post(f"/desk/shifts/{shift.pk}/cancel/").status_code
    shift.refresh_from_db()
    assert shift.cancelled_at is not None


def test_the_centres_posts_have_rosters_too(office: Office) -> None:
    one, other = (office.account("acceptor", scope=COUNTY) for _ in range(2))
    on_shift(one, Roster("acceptor", None, COUNTY))

    def off(user: User) -> bool:
        return User.objects.with_grants().get(pk=user.pk).actor().grants[0].off_duty

    assert (off(one), off(other)) == (False, True)
    assert "我的班次" in text_of(office.signed_in(one), "/desk/shifts/")


def test_the_database_refuses_overlapping_shifts(office: Office) -> None:
    user = office.account("acceptor", scope=COUNTY)
    on_shift(user, Roster("acceptor", None, COUNTY))
    with pytest.raises(IntegrityError), transaction.atomic():
        on_shift(user, Roster("acceptor", None, COUNTY), 2, 4)
    on_shift(user, Roster("acceptor", None, COUNTY), 8, 16)


def test_nobody_reads_another_posts_roster(office: Office) -> None:
    unit = office.state(office.apart().number).unit_id
    post = Roster("unit_officer", unit, "")
    other = office.client("unit_officer", office.other_unit(unit), "")
    assert other.get(f"/desk/shifts/?post={post.key}").status_code == 404
    for key in ("x", "acceptor~~", "acceptor~9999999999999999999~", "unit_officer~1~\x00"):
        assert office.client("acceptor").get("/desk/shifts/", {"post": key}).status_code == 404


def test_open_work_is_that_of_the_post(office: Office) -> None:
    receipt = office.apart()
    unit = office.state(receipt.number).unit_id
    user = office.account("unit_officer", unit, "")
    actor: Actor = User.objects.with_grants().get(pk=user.pk).actor()
    begin: datetime = timezone.now()
    posts = shifts.rosters(actor, begin)
    assert (Roster("unit_officer", unit, "")) in [post for post, _unit in posts]

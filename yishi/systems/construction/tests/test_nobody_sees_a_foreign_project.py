"""Every page of a project is closed to whoever does not take part in it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.advance import CaseNotFound
from yishi.systems.construction.services.reading import read
from yishi.systems.construction.tests.site import Site, at, officer
from yishi.systems.construction.urls import urlpatterns as desk_addresses

pytestmark = pytest.mark.usefixtures("city")


def signed_in(role: str, *, scope: str = "", unit: int | None = None) -> Client:
    user = User.objects.create(username=f"u{User.objects.count()}", display_name="测试")
    Grant.objects.create(
        user=user, role=role, unit_id=unit, scope=scope, valid_from=at("2020-01-01 09:00")
    )
    client = Client()
    client.force_login(user)
    return client


def pages(site: Site) -> list[str]:
    """The addresses at the desk that name a project, with this one in them."""
    nobody = "00000000-0000-4000-8000-000000000000"
    words = {
        "number": site.number,
        "item": "X",
        "round_id": nobody,
        "order": "X",
        "card": 1,
        "result": 1,
    }
    found = []
    for entry in desk_addresses:
        names = entry.pattern.converters
        if "number" in names:
            given = {name: words[name] for name in names}
            found.append(reverse(f"desk:construction:{entry.name}", kwargs=given))
    return found


def test_officers_of_another_county_and_units_that_take_no_part_see_nothing() -> None:
    site = Site()
    for client in (
        signed_in("window_clerk", scope="4206/420602"),
        signed_in("approver", unit=None),
        signed_in("surveyor"),
    ):
        for page in pages(site):
            for answer in (client.get(page), client.post(page, {"a": "1"})):
                assert answer.status_code in (302, 403, 404, 405), page
                assert site.case.subject not in answer.content.decode()
        listed = client.get(reverse("desk:construction:projects")).content.decode()
        assert site.number not in listed and site.case.subject not in listed


def test_strangers_at_the_portal_are_asked_for_the_code() -> None:
    site = Site()
    client = Client()
    for name in ("project", "apply", "survey", "change", "works", "timeline-svg", "timeline-pdf"):
        answer = client.get(reverse(f"projects:{name}", args=[site.number]))
        assert answer.status_code == 302 and answer["Location"] == reverse("projects:enter")


def test_the_code_opens_the_project_and_nothing_but_it() -> None:
    site, other = Site(), Site()
    client = Client()
    answer = client.post(reverse("projects:enter"), {"code": site.owner_code})
    assert answer.status_code == 302
    assert client.get(reverse("projects:project", args=[site.number])).status_code == 200
    assert client.get(reverse("projects:project", args=[other.number])).status_code == 302


def test_an_office_sees_the_project_once_it_takes_part() -> None:
    site = Site()
    with pytest.raises(CaseNotFound):
        read(officer("approver", unit=999_999), site.number)
    (number,) = site.apply("gc_filing")
    assert read(site.approver(number), site.number).case.number == site.number


def test_pages_cost_the_same_however_much_hangs_on_the_project() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    small, large = Site(), Site()
    large.built()
    large.measured("1#", "2#", "3#")
    (item,) = large.apply("gc_joint_acceptance", when="2026-09-21 09:00")
    large.accept(item)
    large.opinions(item, "2026-09-24 10:00")
    client = signed_in("window_clerk", scope="4206")
    costs = []
    for site in (small, large):
        address = reverse("desk:construction:project", args=[site.number])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 18
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("desk:construction:projects")).status_code == 200
    assert len(queries) <= 7


def test_every_page_of_the_owner_and_every_paper_can_be_opened() -> None:
    site = Site()
    site.built()
    site.measured("1#", "2#", "3#")
    (item,) = site.apply("gc_joint_acceptance", when="2026-09-21 09:00")
    site.accept(item)
    site.opinions(item, "2026-09-24 10:00")
    site.conclude(item, "2026-09-25 10:00")
    client = Client()
    client.post(reverse("projects:enter"), {"code": site.owner_code})
    one, order = site.project.rounds[0], site.project.orders[0]
    for name, *more in (
        ("project",),
        ("apply",),
        ("survey",),
        ("change",),
        ("works",),
        ("timeline-svg",),
        ("timeline-pdf",),
        ("opinion-pdf", one.pk),
        ("survey-pdf", order.number),
        ("item", item),
    ):
        answer = client.get(reverse(f"projects:{name}", args=[site.number, *more]))
        assert answer.status_code == 200, name
        if name.endswith("pdf"):
            assert answer.content.startswith(b"%PDF")
    desk = signed_in("window_clerk", scope="4206")
    for name in ("project", "apply", "amend", "survey", "change", "acceptance"):
        answer = desk.get(reverse(f"desk:construction:{name}", args=[site.number]))
        assert answer.status_code == 200, name
    for name in ("projects", "map", "new"):
        assert desk.get(reverse(f"desk:construction:{name}")).status_code == 200


def test_a_program_registers_reads_and_applies() -> None:
    from yishi.foundation.access.actors import ActorGrant
    from yishi.foundation.access.keys import issue_key
    from yishi.systems.construction.tests.site import raw

    key = issue_key(
        "测试", "api", [ActorGrant("window_clerk", None, "4206")], at("2026-01-01 09:00")
    )
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def post(path: str, body: object) -> object:
        return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")

    made = post("/projects", raw(code="2601-420606-04-01-555555"))
    assert made.status_code == 201, made.content  # type: ignore[attr-defined]
    number = made.json()["number"]  # type: ignore[attr-defined]
    applied = post(f"/projects/{number}/items", {"items": [{"key": "gc_filing"}]})
    assert applied.status_code == 201, applied.content  # type: ignore[attr-defined]
    found = client.get(f"/api/v1/projects/{number}").json()
    assert (found["limit"], found["items"][0]["item"]) == (50, "gc_filing")
    assert client.get("/api/v1/projects").json()[0]["number"] == number
    wrong = post("/projects", raw(code="nonsense"))
    assert wrong.status_code == 422 and "code" in wrong.content.decode()  # type: ignore[attr-defined]

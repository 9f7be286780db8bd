"""One demo site for all tests of this folder: the city, its demo accounts, some simulated cases.

The site stays up from the first of these tests to the last one; they do not expect an empty
database, and leave it as empty as they found it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from tests.browser.site import Site
from tests.templates import empty_but_for_the_city
from yishi.foundation import revisions
from yishi.foundation.access.models import Grant, User
from yishi.systems.city_events.context import city
from yishi.systems.city_events.intake import Receipt
from yishi.systems.city_events.tests.office import Office

CASES = 260


@pytest.fixture
def _django_db_helper() -> None:
    """In place of pytest-django's, which empties the database after every test."""


@pytest.fixture(scope="package")
def site(browser: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    """The running demo, and browsers for those who use it."""
    from pytest_django.live_server_helper import LiveServer

    with django_db_blocker.unblock(), override_settings(DEMO=True):
        receipts = fill(timezone.now())
        server = LiveServer("localhost")
        yield Site(browser, server.url, receipts)
        server.stop()
        empty_but_for_the_city()
        revisions.forget()


#: Cases by hand, so that every list has one whose moves can be looked at: the moves made so far.
STANDING = {
    "reported": ("unclear",),
    "checking": ("unclear", "request_check"),
    "assigned": (),
    "handling": ("sign", "assign_person"),
    "extension": ("sign", "ask_extension"),
    "on_site_done": ("sign", "finish"),
    "fed_back": ("sign", "finish", "confirm"),
    "verifying": ("sign", "finish", "confirm", "forward"),
    "verified": ("sign", "finish", "confirm", "forward", "report_verification"),
    "closed": ("sign", "finish", "confirm", "forward", "report_verification", "close"),
    "returned": ("give_back",),
}


def fill(now: datetime) -> dict[str, Receipt]:
    """What the demo makes, smaller: accounts, and the cases of the last three days; with them one
    case in every state that the demo accounts work on."""
    from yishi.foundation.access.models import Installation
    from yishi.foundation.cases import rollups
    from yishi.foundation.cases.load import reserve
    from yishi.foundation.cases.models import CatalogueVersion
    from yishi.runtime import demo
    from yishi.runtime.cities import load_city
    from yishi.systems.city_events.filling.photos import make_photos
    from yishi.systems.city_events.hotline.simulated import make_up

    revisions.forget()
    if not CatalogueVersion.objects.exists():
        load_city(settings.CITY_DIR, now=now)
    Installation.objects.get_or_create(kind=Installation.DEMO)
    made = demo.read_settings(settings.CITY_DIR)
    demo.make_accounts(made, now)
    photos = make_photos(now)
    rng = random.Random("browser")
    times = sorted(now - timedelta(minutes=rng.randrange(5, 3 * 24 * 60)) for _ in range(CASES))
    numbers = list(range(CASES))
    cases = list(zip(sorted(reserve(CASES)), times, strict=True))
    demo._store_block((made.seed, made.busy, now, photos, numbers, cases))
    rollups.rebuild()
    make_up(now, made.seed)
    return {state: stand(moves, place) for place, (state, moves) in enumerate(STANDING.items())}


def stand(moves: tuple[str, ...], place: int) -> Receipt:
    """A case in the collector's township that *moves* were made on."""
    office = Office()
    unit = Grant.objects.select_related("unit").get(user__username="collector").unit
    assert unit is not None
    marks = [m for m in city().register.landmarks if m.managed_path.startswith(unit.managed_path)]
    spot: dict[str, Any] = {"landmark": marks[-1 - place].id, "lon": None, "lat": None}
    contact = {"name": "模拟上报人", "phone": "13812345678"}
    if moves[:1] == ("unclear",):
        receipt = office.report(type=None, description="这边有个问题想反映", **spot, **contact)
    else:
        receipt = office.report(**spot, **contact)
    for move in moves:
        if move == "assign_person":
            person = User.objects.get(username="handler").pk
            office.move(receipt.number, move, person=person)
        elif move != "unclear":
            office.until(receipt.number, move)
    return receipt

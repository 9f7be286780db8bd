"""A list of returns says how many there are and goes on: nothing is cut off silently."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.access.models import Grant, User
from yishi.systems.city_events.routing import return_views
from yishi.systems.city_events.routing.return_views import ROWS, part_of
from yishi.systems.city_events.routing.returns import Return


@given(total=st.integers(0, 3 * ROWS + 1), part=st.integers(1, 9))
def test_the_pages_are_the_whole_list_once(total: int, part: int) -> None:
    found = list(range(total))
    first = part_of(found, 1)
    pages = [first]
    while pages[-1].after:
        pages.append(part_of(found, pages[-1].after))
    assert [row for page in pages for row in page.rows] == found
    assert all(len(page.rows) <= ROWS and page.total == total for page in pages)
    assert part_of(found, part) in pages
    shown = part_of(found, part)
    assert (shown.last - shown.first + 1 if shown.rows else 0) == len(shown.rows)


@pytest.fixture
def leader(city: None) -> Client:
    user = User.objects.create_user("returns-leader", display_name="测试值班")
    since = timezone.now() - timedelta(days=1)
    Grant.objects.create(user=user, role="duty_leader", scope="4206", valid_from=since)
    client = Client()
    client.force_login(user)
    return client


def _many(count: int) -> list[Return]:
    now = timezone.now()
    return [
        Return(n, f"N{n}", "事", f"event/01/{n:04}", "4206/420606", 1, 0, "", now)
        for n in range(count)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/desk/routing/returns/", "/desk/routing/returns/cases/"])
def test_the_page_names_the_true_number_and_the_next_page(
    leader: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(return_views, "returns", lambda actor, since: _many(2 * ROWS + 7))
    seen = []
    url = f"{address}?days=30"
    while url:
        html = leader.get(url).content.decode()
        assert f"共 {2 * ROWS + 7} 次退单" in html
        assert f"共 {2 * ROWS + 7} 行" in html
        seen.append(html.count('<tr><th scope="row">'))
        following = re.search(r'rel="next" href="([^"]+)"', html)
        url = address + following[1].replace("&amp;", "&") if following else ""
        assert not url or "days=30" in url
    assert seen == [ROWS, ROWS, 7]


@pytest.mark.django_db
def test_a_short_list_has_no_pages(leader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(return_views, "returns", lambda actor, since: _many(3))
    html = leader.get("/desk/routing/returns/?part=4").content.decode()
    assert "共 3 次退单" in html and "翻页" not in html

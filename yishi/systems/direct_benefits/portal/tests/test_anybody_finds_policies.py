"""Anybody finds policies and reads an item in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from yishi.systems.direct_benefits.portal import catalogue

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_word_of_two_characters_finds_the_items_that_are_named_so(city: None) -> None:
    page = text(Client().get("/policies/?q=稳岗"))
    named = [one for one in catalogue.shelf().entries.values() if "稳岗" in one.item.name]
    assert named
    assert all(reverse("policies:item", args=[one.key]) in page for one in named[:10])


def test_nothing_found_says_so_and_shows_a_way_on(city: None) -> None:
    page = text(Client().get("/policies/?q=火星移民"))
    assert "没有找到" in page and "看全部政策" in page


@pytest.mark.parametrize(
    "query", ["?mode=quick", "?kind=award", "?valid=over", "?county=4206/420606"]
)
def test_labels_narrow_and_strange_ones_are_not_taken(city: None, query: str) -> None:
    client = Client()
    assert client.get(f"/policies/{query}").status_code == 200
    assert client.get("/policies/?mode=nonsense&after=nonsense").status_code == 200


def test_every_item_and_every_document_can_be_read(city: None) -> None:
    client, shelf = Client(), catalogue.shelf()
    for one in list(shelf.entries.values())[::7]:
        page = client.get(reverse("policies:item", args=[one.key]))
        assert page.status_code == 200 and one.policy.number in text(page)
    for key in list(shelf.policies)[::3]:
        assert client.get(reverse("policies:document", args=[key])).status_code == 200


def test_what_is_not_there_is_404(city: None) -> None:
    client = Client()
    assert client.get("/policies/items/no.such/").status_code == 404
    assert client.get("/policies/documents/no_such/").status_code == 404

"""The main walk on a phone: search, item, calculator, notices, what was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from yishi.foundation.ui.testing import axe
from yishi.systems.direct_benefits.portal import folding
from yishi.systems.direct_benefits.portal.tests.block import Block

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def block(city: None, settings: Any) -> Block:
    settings.DEMO = True
    found = Block()
    found.noticed()
    return found


def _fits(page: Page) -> None:
    """Nothing sticks out, and nothing that axe knows is wrong."""
    # While something is asked for, the form is drawn paler.
    page.wait_for_function("!document.querySelector('.htmx-request')")
    page.wait_for_timeout(500)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.evaluate("document.documentElement.clientWidth"), page.url
    assert axe(page) == []


def test_from_search_to_the_calculator_without_signing_in(block: Block, phone: Page) -> None:
    phone.goto(reverse("policies:find"))
    phone.fill("#q", block.entry.item.name[:2])
    phone.locator(".policy-name").first.wait_for()
    _fits(phone)
    phone.goto(reverse("policies:item", args=[block.entry.key]))
    _fits(phone)
    phone.get_by_role("link", name="算一算我符不符合").click()
    phone.get_by_role("button", name="算一算").click()
    phone.locator("#found").wait_for()
    _fits(phone)


def test_a_notice_is_objected_to(block: Block, phone: Page) -> None:
    phone.goto(reverse("policies:notice", args=[block.batch.number]))
    phone.get_by_role("link", name="提出异议").first.click()
    phone.get_by_role("button", name="提交异议").click()
    phone.locator(".error-summary").wait_for()
    _fits(phone)


def test_what_was_paid_is_drawn_and_said(city: None, settings: Any, phone: Page) -> None:
    settings.DEMO = True
    paid = Block()
    paid.paid()
    folding.fold(paid.now)
    phone.goto(reverse("policies:paid"))
    phone.locator("y-chart[data-ready]").first.wait_for()
    _fits(phone)
    phone.locator("#h-policy ~ .table-wrap a").first.click()
    phone.get_by_text("12,345.67").first.wait_for()
    _fits(phone)

"""The list of Xiangyang: enough, distinct, referring to what there is, marked as illustrative."""

from __future__ import annotations

from pathlib import Path

import pytest

from yishi.foundation.approvals.catalogue import load_book
from yishi.systems.pledge_licences.catalogue import folder
from yishi.systems.pledge_licences.catalogue.model import NOTICE, PLEDGE, Book

CITY = Path(__file__).parents[4] / "cities" / "xiangyang"
LICENCES = CITY / "licences"


@pytest.fixture(scope="module")
def book() -> Book:
    """Read as a city is loaded: any fault in the files fails here."""
    return folder.from_content(folder.parse_folder(LICENCES))


def test_it_has_forty_licences_of_ten_departments(book: Book) -> None:
    assert len(book.licences) >= 40
    assert len({one.department for one in book.licences.values()}) >= 10
    assert len({one.name for one in book.licences.values()}) == len(book.licences)


def test_no_two_licences_promise_the_same(book: Book) -> None:
    said = {tuple(c.text for c in one.conditions): one.key for one in book.licences.values()}
    assert len(said) == len(book.licences)


def test_every_licence_says_what_can_be_looked_at(book: Book) -> None:
    for one in book.licences.values():
        assert len(one.conditions) >= 3, one.key
        assert all(c.basis and len(c.text) >= 8 for c in one.conditions), one.key
        assert one.consequences, one.key


def test_it_has_thirty_trades_no_two_of_the_same_parts(book: Book) -> None:
    assert len(book.trades) >= 30
    parts: dict[object, str] = {}
    for trade in book.trades.values():
        asked = tuple((q.text, q.adds) for q in trade.questions)
        parts.setdefault((trade.components, asked), trade.key)
        assert len(trade.components) >= 2
        assert trade.group
        assert trade.hint
    assert len(parts) == len(book.trades)


def test_every_answer_of_a_trade_leaves_a_licence_or_an_item(book: Book) -> None:
    items = load_book(CITY / "services")
    assert items is not None
    for trade in book.trades.values():
        for key in trade.components:
            assert key in book.licences or key in items.items, (trade.key, key)
        assert trade.always or trade.questions, trade.key


def test_months_and_names_are_those_of_the_single_items(book: Book) -> None:
    items = load_book(CITY / "services")
    assert items is not None
    for one in book.licences.values():
        result = items.items[one.item].result
        assert (one.certificate.months or 0) == (result.months or 0), one.key


def test_texts_are_in_force_and_the_fire_pledge_is_its_own(book: Book) -> None:
    from datetime import date

    for one in book.licences.values():
        for kind in (NOTICE, PLEDGE):
            assert book.text_for(kind, one.key, date(2026, 4, 10)) is not None
    fire = book.text_for(PLEDGE, "fire_opening_check", date(2026, 4, 10))
    usual = book.text_for(PLEDGE, "food_sale", date(2026, 4, 10))
    before = book.text_for(PLEDGE, "food_sale", date(2026, 3, 31))
    assert fire is not None
    assert usual is not None
    assert before is not None
    assert (fire.key, usual.version, before.version) == ("fire_pledge", 2, 1)


def test_every_file_says_what_is_illustrative() -> None:
    for path in LICENCES.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith("#"), path.name
        assert "示意" in first, path.name

"""Reads a page of the screen as a person does: numbers, and where each of them leads."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from django.test import Client


@dataclass(frozen=True, slots=True)
class Link:
    """A number that can be clicked."""

    text: str
    href: str
    label: str

    @property
    def value(self) -> int:
        return int(self.text.replace(",", ""))


class _Numbers(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Link] = []
        self._open: dict[str, str | None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and "data-number" in given:
            self._open, self._text = given, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open is not None:
            href, label = self._open.get("href") or "", self._open.get("aria-label") or ""
            self.found.append(Link(self._text.strip(), href, label))
            self._open = None


def numbers_of(html: str) -> list[Link]:
    """Every number of the page that is a link."""
    parser = _Numbers()
    parser.feed(html)
    return parser.found


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows = 0
        self.next = ""
        self._table = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table" and "case-table" in (given.get("class") or ""):
            self._table = True
        elif tag == "tr" and self._table:
            self.rows += 1
        elif tag == "thead":
            self.rows -= 1
        elif tag == "a" and "after=" in (given.get("href") or ""):
            self.next = given.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = False


def listed(client: Client, url: str) -> int:
    """How many cases the desk's list shows, all its pages together."""
    total, path = 0, url.partition("?")[0]
    while url:
        response = client.get(url)
        assert response.status_code == 200, url
        reader = _Rows()
        reader.feed(response.content.decode())
        total += max(reader.rows, 0)
        url = path + reader.next if reader.next.startswith("?") else reader.next
    return total

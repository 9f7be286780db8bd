"""Which pages somebody reaches from their first page by following links, one of each pattern."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

from yishi.foundation.cases.models import Case

#: Not asked for: pictures, and the way out.
_NOT_PAGES = ("photo", "healthz", "sign-out")
#: What tells two pages of one view apart.
_TELLING = ("move", "duty", "sheet", "kind")


@dataclass(frozen=True, slots=True)
class Found:
    """A page that *who* reached. *pattern* names it: its view and what tells it apart."""

    pattern: str
    path: str
    who: str


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append(given["href"] or "")


def links(html: str, base: str) -> list[str]:
    """Addresses of this site that a page links to, without fragments."""
    parser = _Links()
    parser.feed(html)
    inside = []
    for href in parser.found:
        parts = urlsplit(urljoin(base, href))
        if parts.scheme in ("", "http") and parts.netloc in ("", "testserver"):
            inside.append(parts._replace(scheme="", netloc="", fragment="").geturl())
    return list(dict.fromkeys(inside))


def pattern_of(path: str, came_from: str) -> str:
    """The name of a page's pattern; empty for what is no page. A case in a work list is
    another page in another state: other moves are offered."""
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return f"nothing at {path}"
    name = match.view_name or ""
    if not name or (name != "events:photos" and any(part in name for part in _NOT_PAGES)):
        return ""
    telling = [str(match.kwargs[key]) for key in _TELLING if match.kwargs.get(key)]
    worked_on = name == "desk:case" and came_from.startswith("desk:work")
    if worked_on or name == "events:progress":
        telling.append(Case.objects.unscoped("the crawl").get(**match.kwargs).state)
    return " ".join([name, *telling])


def crawl(client: Client, who: str, starts: Iterable[str], seen: set[str]) -> list[Found]:
    """Pages reached from *starts*, each pattern once among all *seen*.

    Raises:
        AssertionError: for a page that does not answer 200.
    """
    waiting = deque((start, "start") for start in starts)
    tried: set[str] = set()
    found = []
    while waiting:
        path, came_from = waiting.popleft()
        pattern = pattern_of(path, came_from)
        if pattern == "desk:home":
            pattern += f" of {who}"
        if not pattern or pattern in seen or pattern in tried:
            continue
        tried.add(pattern)
        answer = client.get(path, follow=True)
        assert answer.status_code == 200, f"{who}: {answer.status_code} {path} from {came_from}"
        answer.close()
        if answer.redirect_chain:  # another page than the one asked for
            waiting.append((str(answer.redirect_chain[-1][0]), came_from))
            continue
        seen.add(pattern)
        if "html" in answer.headers.get("Content-Type", ""):  # a file is no page
            found.append(Found(pattern, path, who))
            html = answer.content.decode()
            waiting += [(link, pattern) for link in links(html, path)]
    return found

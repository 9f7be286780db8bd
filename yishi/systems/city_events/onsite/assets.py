"""The files that the page on site needs without signal, and the number of their version."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

#: The worker itself is no asset: browsers look for a new one by themselves.
WORKER = "city_events/onsite/worker.js"
#: Everything that the shell asks for; `test_the_shell_asks_for_nothing_that_is_not_kept` compares.
ASSETS = (
    "ui/mark.svg",
    "vendor/bootstrap/bootstrap.min.css",
    "ui/css/tokens.css",
    "ui/css/frame.css",
    "ui/css/parts.css",
    "ui/css/desk.css",
    "ui/css/print.css",
    "city_events/onsite/onsite.css",
    "vendor/htmx/htmx.min.js",
    "ui/js/page.js",
    "ui/js/kept.js",
    "ui/js/upload.js",
    "ui/js/map.js",
    "ui/js/chart.js",
    "ui/js/load.js",
    "city_events/onsite/app.js",
    "city_events/onsite/case.js",
    "city_events/onsite/dom.js",
    "city_events/onsite/entry.js",
    "city_events/onsite/photos.js",
    "city_events/onsite/place.js",
    "city_events/onsite/queue.js",
    "city_events/onsite/queueview.js",
    "city_events/onsite/report.js",
    "city_events/onsite/store.js",
)


def addresses() -> list[str]:
    """Where the assets are."""
    return [static(name) for name in ASSETS]


@lru_cache(maxsize=1)
def version() -> str:
    """A digest of the assets and the worker: another one after every change of a file. Files do
    not change while a process runs."""
    found = hashlib.sha256()
    for name in (*ASSETS, WORKER):
        found.update(name.encode() + _bytes(name))
    return found.hexdigest()[:16]


def worker_source() -> str:
    """The service worker's own text."""
    return _bytes(WORKER).decode("utf-8")


def _bytes(name: str) -> bytes:
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(name)
    return Path(path).read_bytes()

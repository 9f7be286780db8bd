"""The files that the page on site needs without signal."""

from __future__ import annotations

from yishi.foundation.ui import onsite

NAME = "onsite"
#: Everything that the shell asks for; `test_the_shell_asks_for_nothing_that_is_not_kept` compares.
ASSETS = (*onsite.ASSETS, "city_events/onsite/app.js", "city_events/onsite/report.js")


def addresses() -> list[str]:
    """Where the assets are."""
    return onsite.addresses(ASSETS)


def version() -> str:
    """Another one after every change of a file."""
    return onsite.version(ASSETS)

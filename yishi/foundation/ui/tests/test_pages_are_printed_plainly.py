"""Printed pages leave out what is clicked; every face loads the same print styles last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/track/", "/verify/", "/desk/sign-in/"])
def test_print_styles_come_last_and_for_print_only(path: str) -> None:
    page = Client().get(path).content.decode()
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"([^>]*)>', page)
    assert sheets[-1][0].endswith("ui/css/print.css")
    assert 'media="print"' in sheets[-1][1]
    assert not any("media" in more for _, more in sheets[:-1])


def test_what_is_clicked_is_not_printed() -> None:
    found = finders.find("ui/css/print.css")
    assert isinstance(found, str)
    text = Path(found).read_text(encoding="utf-8")
    hidden = text[: text.index("display: none !important")]
    for part in (".brand-bar", ".menu", ".desk-side", ".actions", ".filters", ".pager", ".btn"):
        assert part in hidden, part


def test_what_is_printed_says_that_it_is_simulated() -> None:
    found = finders.find("ui/css/print.css")
    assert isinstance(found, str)
    text = Path(found).read_text(encoding="utf-8")
    hidden = text[: text.index("display: none !important")]
    assert ".demo-banner" not in hidden
    assert ".page-head" not in hidden, "the banner stands in it"

"""PDF answers, and where a numbered document is verified."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

#: The public page 文书核验, which the portal mounts.
VERIFY = "portal:verify"


def verify_address(request: HttpRequest) -> Callable[[str], str]:
    """Makes the public address at which a code is verified, as *request* sees this site."""

    def address(code: str) -> str:
        try:
            path = reverse(VERIFY)
        except NoReverseMatch:  # a site without the portal
            path = "/"
        return request.build_absolute_uri(f"{path}?code={code}")

    return address


def pdf_answer(document: bytes, name: str) -> HttpResponse:
    """The document, opened in the browser, stored by no cache. *name* is ASCII, without suffix."""
    headers = {
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(document, content_type="application/pdf", headers=headers)

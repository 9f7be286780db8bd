"""Files and PDF as answers, and where a numbered document is verified."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import open_attachment

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


def file_answer(attachment: UUID, *, small: bool = False) -> FileResponse:
    """The bytes of an upload (*small*: of its thumbnail); whether it may be seen was checked
    before. Raises Http404 where there is none."""
    try:
        found = open_attachment(attachment, thumbnail=small)
        opened = found.path.open("rb")
    except (Attachment.DoesNotExist, OSError) as error:
        raise Http404 from error
    return FileResponse(
        opened, content_type=found.media_type, filename=found.name, headers=found.headers
    )


def wants_small(request: HttpRequest) -> bool:
    """Whether the address asks for a thumbnail."""
    return request.GET.get("size") == "small"


def pdf_answer(document: bytes, name: str) -> HttpResponse:
    """The document, opened in the browser, stored by no cache. *name* is ASCII, without suffix."""
    headers = {
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(document, content_type="application/pdf", headers=headers)

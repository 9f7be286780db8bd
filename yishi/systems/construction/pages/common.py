"""What the desk's pages of projects share: finding the project, errors as answers, addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404, HttpRequest
from django.urls import reverse

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, shell_of
from yishi.systems.construction.context import City, city
from yishi.systems.construction.services.reading import Project, read

T = TypeVar("T")


def project_of(request: HttpRequest, number: str) -> Project:
    """The project *number* if the officer may see it, else 404."""
    if "\x00" in number or any("\ud800" <= char <= "\udfff" for char in number):
        raise Http404
    try:
        return read(actor_of(request), number[:40])
    except CaseNotFound as error:
        raise Http404 from error


def registers_of(request: HttpRequest) -> City:
    """The registers, with the revision numbers that the page's frame read already."""
    return city(shell_of(request).numbers)


def address(name: str, *args: Any) -> str:
    """The address of a page of this system at the desk."""
    return reverse(f"desk:construction:{name}", args=args)


def attempt(action: Callable[[], T], back: str) -> T:
    """Do *action*; what refuses it becomes a page with the reason.

    Raises:
        Http404, PageError: 403 for a role, 409 for a state.
    """
    try:
        return action()
    except CaseNotFound as error:
        raise Http404 from error
    except MoveRefused as error:
        status = 403 if error.code == "role" else 409
        raise PageError(status, error.message, back=back) from error

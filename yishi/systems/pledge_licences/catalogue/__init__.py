"""The published list of licences by pledge: read from the city's folder or from stored content."""

from __future__ import annotations

from functools import lru_cache

from yishi.foundation.cases.models import CatalogueVersion
from yishi.systems.pledge_licences.catalogue.folder import (
    FOLDER,
    dump_folder,
    from_content,
    parse_folder,
)
from yishi.systems.pledge_licences.catalogue.model import Book

__all__ = ["FOLDER", "Book", "dump_folder", "from_content", "parse_folder", "version"]


@lru_cache(maxsize=32)
def version(number: int) -> Book:
    """The book of one stored version; versions never change, so the copy never ages."""
    return from_content(CatalogueVersion.objects.values_list("content", flat=True).get(pk=number))

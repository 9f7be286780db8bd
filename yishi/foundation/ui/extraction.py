"""Texts of Django templates for Babel, which knows only Python and Jinja by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import IO, Any

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

Found = tuple[int, str | tuple[str, ...], list[str], str | None]


def extract_template(
    fileobj: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: list[str],
    options: Any,
) -> Iterator[Found]:
    """Yield what `babel.messages.extract.extract_python` yields, for one template.

    Django turns the template into calls on their original lines and blanks out the rest; what is
    left is read as Python once its indentation, which means nothing, is gone.
    """
    source = templatize(fileobj.read().decode("utf-8"))
    calls = "\n".join(line.strip() for line in source.split("\n"))
    yield from extract_python(BytesIO(calls.encode()), keywords, comment_tags, options)

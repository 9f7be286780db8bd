"""Answers in JSON and XML from the same plain values (the wiki's "Spark" convention).

A list stands in XML as an element of its name that holds one element for each item; what is
unknown is ``null`` in JSON and an empty element in XML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import orjson
from django.http import HttpResponse

CITY_TIME = ZoneInfo("Asia/Shanghai")
#: What an item of a list is called in XML.
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
}
_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
#: Characters that XML 1.0 cannot hold, in any form.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(root: str, content: Any, format: str, status: int = 200) -> HttpResponse:
    """*content* (a mapping or a list) as the document *root*."""
    body = xml(root, content) if format == "xml" else json(content)
    response = HttpResponse(body, content_type=_TYPES[format], status=status)
    response["Cache-Control"] = "no-store"
    # What is public may be read by the pages of other sites; a cookie opens nothing here.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def errors(status: int, description: str, format: str) -> HttpResponse:
    """One error in the protocol's form."""
    return answer("errors", [{"code": status, "description": description}], format, status)


def moment(value: datetime) -> str:
    """ISO 8601 in the city's time, in whole seconds."""
    return value.astimezone(CITY_TIME).isoformat(timespec="seconds")


def json(content: Any) -> bytes:
    """*content* as JSON; halves of characters, which UTF-8 cannot hold, are replaced."""
    return orjson.dumps(_sound(content))


def _sound(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sound(item) for key, item in value.items()}
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Sequence):
        return [_sound(item) for item in value]
    return value


def xml(root: str, content: Any) -> bytes:
    """*content* as a well-formed document, whatever its texts hold."""
    parts = ['<?xml version="1.0" encoding="utf-8"?>\n']
    _element(parts, root, content)
    return "".join(parts).encode("utf-8")


def _element(parts: list[str], name: str, value: Any) -> None:
    if value is None or (isinstance(value, str | list | tuple | dict) and not value):
        parts.append(f"<{name}/>")
        return
    parts.append(f"<{name}>")
    if isinstance(value, Mapping):
        for key, item in value.items():
            _element(parts, key, item)
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, str):
        parts.append(text(value))
    elif isinstance(value, Sequence):
        for item in value:
            _element(parts, ITEMS[name], item)
    else:
        parts.append(text(str(value)))
    parts.append(f"</{name}>")


def text(value: str) -> str:
    """*value* as the content of an element. A carriage return is written as a reference, because a
    parser would turn it into a line feed."""
    return escape(_NOT_XML.sub("\ufffd", value), {"\r": "&#13;"})

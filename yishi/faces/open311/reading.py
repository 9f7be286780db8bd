"""What clients send: form fields, JSON or a query, checked and under the protocol's names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.http import HttpRequest, QueryDict

from yishi.faces.open311.answers import CITY_TIME
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.open311 import Query

#: Longest span of a search (specification: 90 days).
SPAN = timedelta(days=90)
#: Rows of an answer where the client asks for no page (specification: the first 1,000).
MOST_ROWS, MOST_PAGE_SIZE, MOST_PAGES = 1000, 200, 500
MOST_NUMBERS, MOST_METRES = 100, 20_000
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](?:\[\])?")
_MOST_ATTRIBUTES = 50
_MEDIA = ("media_url", "media_url[]")
#: A ``+`` that was not encoded arrives as a blank.
_LOST_PLUS = re.compile(r" (\d\d:?\d\d)\Z", re.ASCII)
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Body:
    """A POST as it was read; unknown fields are there too, and nobody looks at them."""

    fields: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    media: list[str] = field(default_factory=list)


def read_body(request: HttpRequest) -> Body:
    """The body of a POST, a form or JSON.

    Raises:
        FieldError: naming what cannot be read.
    """
    kind = (request.content_type or "").lower()
    if kind == "application/json":
        pairs = _json_pairs(request.body)
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if request.FILES:
            raise FieldError("media", "照片请以 media_url 给出链接，不接收文件", "file")
        pairs = iter(request.POST.lists())
    else:
        raise FieldError("Content-Type", "应为 application/x-www-form-urlencoded 或 JSON", "type")
    body = Body()
    for name, values in pairs:
        _put(body, name, [str(value) for value in values])
    return body


def _put(body: Body, name: str, values: list[str]) -> None:
    code = _ATTRIBUTE.fullmatch(name)
    if code is not None:
        if len(body.attributes) >= _MOST_ATTRIBUTES:
            raise FieldError("attribute", f"最多{_MOST_ATTRIBUTES}个属性", "too_many")
        body.attributes.setdefault(code[1], []).extend(values)
    elif name in _MEDIA:
        body.media.extend(value for value in values if value.strip())
    else:
        given = {value.strip() for value in values if value.strip()}
        if len(given) > 1:
            raise FieldError(name[:64], "只能有一个值", "too_many")
        body.fields[name] = given.pop() if given else ""


def _json_pairs(raw: bytes) -> Iterator[tuple[str, list[Any]]]:
    try:
        content = orjson.loads(raw)
    except ValueError as error:
        raise FieldError("body", "不是有效的 JSON（UTF-8）", "json") from error
    if not isinstance(content, dict):
        raise FieldError("body", "应为 JSON 对象", "type")
    for name, value in content.items():
        if name in ("attribute", "attributes"):
            if not isinstance(value, dict):
                raise FieldError(name, "应为对象：属性编码和值", "type")
            for code, inner in value.items():
                yield f"attribute[{code}]", _plain(f"attribute[{code}]", inner)
        else:
            yield name, _plain(name, value)


def _plain(name: str, value: Any) -> list[str]:
    """A JSON value as form fields have it."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text for item in value for text in _plain(name, item)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, dict):
        raise FieldError(name[:64], "应为文字或数字", "type")
    return [str(value)]


def read_query(given: QueryDict, now: datetime, own: str) -> Query:
    """A search for requests. Numbers override everything else, as the specification says.

    Raises:
        FieldError: naming the argument.
    """
    offset, limit = _page(given)
    numbers = _numbers(given)
    if numbers:
        return Query(numbers=numbers, offset=offset, limit=limit, own=own)
    changed = read_span(given, "updated_after", "updated_before", now, default=None)
    asked = read_span(given, "start_date", "end_date", now, default=None if any(changed) else SPAN)
    return Query(
        services=_listed(given, "service_code"),
        since=asked[0],
        until=asked[1],
        updated_since=changed[0],
        updated_until=changed[1],
        closed=_status(given),
        near=_near(given),
        offset=offset,
        limit=limit,
        own=own,
    )


def read_updates_query(given: QueryDict, now: datetime) -> Query:
    """A search for updates: of the last day where no time is given."""
    offset, limit = _page(given)
    since, until = read_span(given, "start_date", "end_date", now, default=timedelta(days=1))
    return Query(numbers=_numbers(given), since=since, until=until, offset=offset, limit=limit)


Span = tuple[datetime | None, datetime | None]


def read_span(
    given: QueryDict, first: str, last: str, now: datetime, *, default: timedelta | None
) -> Span:
    """Two moments, at most 90 days apart; one of them alone means 90 days from or to it."""
    since, until = read_moment(given, first), read_moment(given, last)
    if since is None and until is None:
        return (None, None) if default is None else (now - default, None)
    since = since or (until or now) - SPAN
    until = until or since + SPAN
    if since > until:
        raise FieldError(last, f"早于 {first}", "range")
    if until - since > SPAN:
        raise FieldError(last, f"与 {first} 相距不能超过{SPAN.days}天", "range")
    return since, until


def read_moment(given: QueryDict, name: str) -> datetime | None:
    """A W3C date and time; without an offset it is the city's time."""
    text = given.get(name, "").strip()
    if not text:
        return None
    fault = FieldError(name, "应为 ISO 8601 时间，如 2026-03-10T00:00:00Z", "format")
    try:
        value = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", text))
    except ValueError as error:
        raise fault from error
    if value.year not in _YEARS:
        raise fault
    return value if value.tzinfo is not None else value.replace(tzinfo=CITY_TIME)


def _listed(given: QueryDict, name: str) -> list[str]:
    parts = (part.strip() for text in given.getlist(name) for part in text.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _numbers(given: QueryDict) -> list[str]:
    numbers = _listed(given, "service_request_id")
    if len(numbers) > MOST_NUMBERS:
        raise FieldError("service_request_id", f"一次最多{MOST_NUMBERS}个编号", "too_many")
    return numbers


def _status(given: QueryDict) -> bool | None:
    """Whether closed ones are asked for; ``None`` for all."""
    asked = {text.lower() for text in _listed(given, "status")}
    if not asked <= {"open", "closed"}:
        raise FieldError("status", "状态应为 open 或 closed", "choice")
    return None if len(asked) != 1 else "closed" in asked


def _page(given: QueryDict) -> tuple[int, int]:
    page = _number(given, "page", MOST_PAGES)
    size = _number(given, "page_size", MOST_PAGE_SIZE)
    if page is None and size is None:
        return 0, MOST_ROWS
    rows = size or 50
    return ((page or 1) - 1) * rows, rows


def _number(given: QueryDict, name: str, most: int) -> int | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most):
        raise FieldError(name, f"应为 1 到 {most} 的整数", "range")
    return int(text)


def _near(given: QueryDict) -> tuple[float, float, float] | None:
    names: Mapping[str, float] = {"long": 180, "lat": 90, "radius": MOST_METRES}
    if not any(given.get(name, "").strip() for name in names):
        return None
    found: Sequence[float] = [_degrees(given, name, most) for name, most in names.items()]
    return found[0], found[1], found[2]


def _degrees(given: QueryDict, name: str, most: float) -> float:
    text = given.get(name, "").strip()
    try:
        value = float(text)
    except ValueError as error:
        message = "lat、long 和 radius（米）须同时给出，均为数字"
        raise FieldError(name, message, "format") from error
    low = 0.0 if name == "radius" else -most
    if not low <= value <= most:  # also false for NaN
        raise FieldError(name, f"应在 {low:g} 与 {most:g} 之间", "range")
    return value

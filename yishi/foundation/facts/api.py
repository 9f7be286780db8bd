"""Facts for other programs: what a source is expected to deliver, and delivering it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.facts import columnar, incoming
from yishi.foundation.facts.delivering import Said, deliver_rows, may_deliver
from yishi.foundation.facts.models import Delivery, RejectedRow, Source
from yishi.foundation.rulebook.facts import TYPE_NAMES
from yishi.foundation.ui.api_errors import Fault

router = Router(tags=["数据归集"])
#: Rows of one request, and refused ones that the answer names.
MOST_ROWS, MOST_TOLD = 20_000, 200
_FAULTS: dict[int, Any] = {400: Fault, 401: Fault, 404: Fault, 413: Fault, 422: Fault}
_Value = str | int | float | bool | list[str] | None
_SOURCE: dict[str, Any] = {
    "key": "hr",
    "name": "人力资源和社会保障局",
    "columns": [
        {
            "name": "insured_heads_now",
            "heading": "现参保人数（人）",
            "type": "整数",
            "values": {},
        }
    ],
}
_DELIVERED: dict[str, Any] = {
    "id": 42,
    "source": "hr",
    "as_of": "2026-11-28T08:00:00+08:00",
    "rows": 1,
    "rejected": 0,
    "known": False,
    "refused": [],
}
_EXAMPLE: dict[str, Any] = {
    "as_of": "2026-11-28T08:00:00+08:00",
    "whole": False,
    "columns": ["party", "insured_heads_now"],
    "rows": [["91420606MNXY00005Q", 12]],
}


class FactColumnOut(Schema):
    """A column of a source."""

    name: str
    heading: str
    type: str
    values: dict[str, str]


class FactSourceOut(Schema):
    """What a source is expected to deliver."""

    model_config = ConfigDict(json_schema_extra={"example": _SOURCE})

    key: str
    name: str
    columns: list[FactColumnOut]


class FactDeliveryIn(Schema):
    """Rows as of a moment; money in yuan. ``whole``: of whom it does not name, nothing is known."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    as_of: datetime
    whole: bool = False
    columns: list[str] = Field(min_length=2, max_length=300)
    rows: list[list[_Value]] = Field(min_length=1, max_length=MOST_ROWS)


class RejectedOut(Schema):
    """A field that was not taken."""

    line: int
    field: str
    reason: str


class FactDeliveryOut(Schema):
    """What was stored. ``line`` counts the rows as sent, from 1."""

    model_config = ConfigDict(json_schema_extra={"example": _DELIVERED})

    id: int
    source: str
    as_of: datetime
    rows: int
    rejected: int
    known: bool
    refused: list[RejectedOut]


def _source(request: HttpRequest, key: str) -> tuple[Actor, Source]:
    """The source, for a client of its unit; for others it is not there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    source = Source.objects.filter(key=key[:40]).first()
    if source is None or "\0" in key or not may_deliver(actor, source):
        raise Http404
    return actor, source


@router.get(
    "/facts/{key}",
    auth=CLIENT_KEY,
    response={200: FactSourceOut, 401: Fault, 404: Fault},
    operation_id="get_fact_source",
    summary="某一来源应交付的数据列",
)
def get_fact_source(request: HttpRequest, key: str) -> dict[str, Any]:
    """The columns that this source delivers, with headings, types and closed vocabularies."""
    _, source = _source(request, key)
    facts = columnar.declared(source.columns)
    headings = incoming.headings(facts, names=source.names)
    columns = [
        {
            "name": name,
            "heading": heading,
            "type": TYPE_NAMES[facts[name].type] if name in facts else "文字",
            "values": {code: zh for code, (zh, _) in facts[name].values.items()}
            if name in facts
            else {},
        }
        for name, heading in headings.items()
    ]
    return {"key": source.key, "name": source.name, "columns": columns}


@router.post(
    "/facts/{key}/deliveries",
    auth=CLIENT_KEY,
    response={200: FactDeliveryOut, 201: FactDeliveryOut, **_FAULTS},
    operation_id="post_fact_delivery",
    summary="交付数据",
)
def post_fact_delivery(request: HttpRequest, key: str, body: FactDeliveryIn) -> Status[Any]:
    """Deliver rows. The same rows for the same moment again are answered with 200 and stored once;
    rows that cannot be read are named and not taken."""
    actor, source = _source(request, key)
    as_of = body.as_of if body.as_of.tzinfo else body.as_of.replace(tzinfo=SHANGHAI)
    said = Said(source, Delivery.Kind.API, as_of, body.whole, actor, timezone.now(), "接口推送")
    done = deliver_rows(said, body.columns, body.rows)
    return Status(200 if done.known else 201, _answer(done.delivery, done.known))


def _answer(made: Delivery, known: bool) -> dict[str, Any]:
    told = RejectedRow.objects.unscoped("told to whoever delivered").filter(delivery=made)
    return {
        "id": made.pk,
        "source": made.source.key,
        "as_of": made.as_of,
        "rows": made.rows,
        "rejected": made.rejected,
        "known": known,
        "refused": list(
            told.order_by("line", "field").values("line", "field", "reason")[:MOST_TOLD]
        ),
    }

"""The pages of a report in their order, and which of them are answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.catalogue import Catalogue, EventType
from yishi.systems.city_events.context import City
from yishi.systems.city_events.portal.drafts import Draft

#: The answer "I am not sure": a person decides.
UNSURE = "unsure"
ORDER = ("where", "place", "what", "type", "standard", "similar", "photos", "contact", "check")
#: The page on which each field of a report is asked.
PAGE_OF = {
    "landmark": "where",
    "lon": "where",
    "lat": "where",
    "datum": "where",
    "division": "where",
    "address": "place",
    "description": "what",
    "type": "type",
    "standard": "standard",
    "photos": "photos",
    "name": "contact",
    "phone": "contact",
    "email": "contact",
    "secret": "contact",
}
_ANSWERED_BY = {
    "where": "place",
    "place": "address",
    "what": "description",
    "type": "type",
    "photos": "photos_done",
    "contact": "contact_done",
}


def kind_of(draft: Draft, catalogue: Catalogue) -> EventType | None:
    """The chosen type, ``None`` while there is none or the reporter is not sure."""
    kind = catalogue.by_key.get(draft.data.get("type", ""))
    return kind if kind is not None and kind.public else None


def open_steps(draft: Draft, registers: City, now: datetime) -> list[str]:
    """The pages that still have to be answered, in order; ``check`` is always the last."""
    _, catalogue = registers.catalogue(now)
    kind = kind_of(draft, catalogue)
    return [name for name in ORDER if _open(name, draft, kind)]


def _open(name: str, draft: Draft, kind: EventType | None) -> bool:
    data = draft.data
    if name == "standard":
        return kind is not None and len(kind.standards) > 1 and "standard" not in data
    if name == "similar":
        return kind is not None and data.get("similar_seen") != kind.key
    return name == "check" or _ANSWERED_BY[name] not in data


def may_open(name: str, draft: Draft, registers: City, now: datetime) -> bool:
    """Whether page *name* can be shown: every page before it is answered."""
    return ORDER.index(name) <= ORDER.index(open_steps(draft, registers, now)[0])


def raw_place(data: Mapping[str, Any]) -> dict[str, Any]:
    """The place of the draft as the intake reads it."""
    place = dict(data.get("place") or {})
    place.pop("accuracy", None)
    return {**place, "address": data.get("address", "")}


def raw_report(draft: Draft) -> dict[str, Any]:
    """The whole draft as the intake reads it. The same draft gives the same report.

    Raises:
        FieldError: when it says neither what was seen nor what kind of thing it is.
    """
    data = draft.data
    kind = data.get("type", UNSURE)
    raw: dict[str, Any] = {
        **raw_place(data),
        "external_id": draft.external_id,
        "description": data.get("description", ""),
        "type": "" if kind == UNSURE else kind,
        "standard": data.get("standard", ""),
        "photos": [photo["id"] for photo in draft.photos],
    }
    for name in ("name", "phone", "email"):
        raw[name] = data.get(name, "")
    if data.get("secret"):
        raw["secret"] = True
    if not raw["description"] and not raw["type"]:
        raise FieldError("description", "请描述您看到的问题，或选择问题类别", "required")
    return {name: value for name, value in raw.items() if value not in ("", [], None)}

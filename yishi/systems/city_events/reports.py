"""A report as it comes in, checked field by field: every channel passes :func:`read_report`."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation.audit import chain
from yishi.foundation.cases.inputs import LONGEST_TEXT, MOST_PHOTOS, clean_text, read_int, read_uuid
from yishi.foundation.parties.contacts import ContactRow, contact_row
from yishi.foundation.places import datum as datums
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Place, PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.hotline.tickets import APPEALS, SECRET_APPEALS
from yishi.systems.city_events.recognition.recogniser import Recognised

#: Channels whose type is recognised by a machine with a confidence.
MACHINE_CHANNELS = frozenset({"camera", "sensor", "ai"})
FIELDS = frozenset(
    {
        "external_id",
        "type",
        "standard",
        "description",
        "lon",
        "lat",
        "datum",
        "landmark",
        "division",
        "address",
        "name",
        "phone",
        "email",
        "secret",
        "photos",
        "object_ref",
        "confidence",
        "appeal",
    }
)
#: Channels whose protocol allows more words than ours: GeoReport has 4,000 for the description, to
#: which attributes and links are added.
LONGEST_WORDS = {"open311": 8000}


@dataclass(frozen=True, slots=True)
class ReportInput:
    """A checked report. ``place`` is where the register finds it; ``where`` says it in words.

    ``confidence`` (0..1) belongs to machine channels; ``object_ref`` names a known thing (a lift,
    a lamp) so that the same thing reported again is the same case.
    """

    channel: str
    external_id: str
    body_hash: bytes
    type_key: str
    standard: str
    description: str
    place: Place
    where: str
    contact: ContactRow | None
    notify: str
    secret: bool
    photos: tuple[uuid.UUID, ...]
    object_ref: str
    confidence: float | None
    #: What a ticket asks for (求助, 投诉, 举报 …), empty where nobody asked.
    appeal: str = ""
    #: What the words were recognised as, where nobody said the type.
    recognised: Recognised | None = None
    #: Whether ``type_key`` comes from there.
    type_by_text: bool = False


def read_report(
    raw: Mapping[str, Any],
    channel: str,
    register: Register,
    now: datetime,
    digest: bytes | None = None,
) -> ReportInput:
    """Check *raw* (see ``FIELDS``) as received on *channel*.

    *digest* stands for what was sent, where that is not *raw* itself. Without an ``external_id``
    the report gets one and cannot be repeated.

    Raises:
        FieldError: naming the first field that is wrong.
    """
    for name in raw:
        if name not in FIELDS:
            raise FieldError(str(name)[:64], "没有这个字段", "unknown")
    external_id = clean_text("external_id", raw.get("external_id"), 128) or str(uuid.uuid4())
    longest = LONGEST_WORDS.get(channel, LONGEST_TEXT)
    description = clean_text("description", raw.get("description"), longest)
    type_key = clean_text("type", raw.get("type"), 64)
    if not description and not type_key:
        raise FieldError("description", "请描述您看到的问题，或选择问题类别", "required")
    place, where = read_place(raw, register)
    contact, notify = _contact(raw, now)
    appeal = _appeal(raw.get("appeal"))
    return ReportInput(
        channel=channel,
        external_id=external_id,
        body_hash=body_hash(raw) if digest is None else digest,
        type_key=type_key,
        standard=clean_text("standard", raw.get("standard"), 64),
        description=description,
        place=place,
        where=where,
        contact=contact,
        notify=notify,
        secret=_flag("secret", raw.get("secret")) or appeal in SECRET_APPEALS,
        photos=_photos(raw.get("photos")),
        object_ref=clean_text("object_ref", raw.get("object_ref"), 64),
        confidence=_confidence(raw.get("confidence"), channel),
        appeal=appeal,
    )


def body_hash(raw: Mapping[str, Any]) -> bytes:
    """Digest of a report's content; a repeated key must come with the same one.

    Raises:
        FieldError: for content that is not JSON (lone surrogates, unknown types).
    """
    try:
        return chain.digest(
            chain.canonical({str(k): v for k, v in raw.items() if v not in (None, "")})
        )
    except (TypeError, ValueError) as error:
        raise FieldError("body", "含有无法保存的字符", "characters") from error


def read_place(raw: Mapping[str, Any], register: Register) -> tuple[Place, str]:
    """The place of a report: by landmark, else by position, else by division, else unknown.

    Raises:
        FieldError: for positions out of range and unknown landmarks, divisions or datums.
    """
    address = clean_text("address", raw.get("address"), 120)
    try:
        if raw.get("landmark") not in (None, ""):
            mark = read_int("landmark", raw["landmark"])
            place, name = register.place_of_landmark(mark), register.landmark(mark).name
            return place, f"{name} {address}".strip()
        if raw.get("lon") not in (None, "") or raw.get("lat") not in (None, ""):
            lon, lat = _degrees("lon", raw.get("lon")), _degrees("lat", raw.get("lat"))
            datum = clean_text("datum", raw.get("datum"), 16) or datums.CGCS2000
            place = register.locate(lon, lat, datum)
            return place, address or register.label(place.managed_path)
        if raw.get("division") not in (None, ""):
            code = clean_text("division", raw["division"], 16)
            register.node(code)
            place = register.place_of_division(code)
            return place, f"{register.label(place.managed_path)} {address}".strip()
    except PlaceError as error:
        raise FieldError(error.field, error.message, "place") from error
    return register.place_of_division(register.root), address


def _degrees(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise FieldError(name, "应为经纬度数值", "type")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise FieldError(name, "应为经纬度数值", "format") from error
    limit = 180 if name == "lon" else 90
    if not math.isfinite(number) or abs(number) > limit:
        raise FieldError(name, f"应在 -{limit} 与 {limit} 之间", "range")
    return number


def _contact(raw: Mapping[str, Any], now: datetime) -> tuple[ContactRow | None, str]:
    given = {name: raw.get(name) or "" for name in ("name", "phone", "email")}
    if not any(given.values()):
        return None, ""
    row = contact_row(name=given["name"], phone=given["phone"], email=given["email"], now=now)
    return row, "email" if given["email"] else "sms" if given["phone"] else ""


def _appeal(value: Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or value not in dict(APPEALS):
        raise FieldError("appeal", "请从列出的诉求类型中选择", "choice")
    return value


def _flag(name: str, value: Any) -> bool:
    if value in (None, "", False, "0", "false", "off"):
        return False
    if value in (True, "1", "true", "on"):
        return True
    raise FieldError(name, "应为是或否", "type")


def _photos(value: Any) -> tuple[uuid.UUID, ...]:
    if value in (None, "", []):
        return ()
    if not isinstance(value, list | tuple):
        raise FieldError("photos", "应为照片编号的列表", "type")
    if len(value) > MOST_PHOTOS:
        raise FieldError("photos", f"最多{MOST_PHOTOS}张照片", "too_many")
    return tuple(dict.fromkeys(read_uuid("photos", item) for item in value))


def _confidence(value: Any, channel: str) -> float | None:
    if value in (None, ""):
        if channel in MACHINE_CHANNELS:
            raise FieldError("confidence", "自动识别的上报须给出置信度", "required")
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError("confidence", "应为0到1之间的数", "type")
    if not 0 <= value <= 1:
        raise FieldError("confidence", "应为0到1之间的数", "range")
    return float(value)

"""A device's message as it comes in by either door, checked field by field."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yishi.foundation.audit import chain
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.devices.models import KEY, Device, Metric

#: A device's clock may be this far ahead; what is older than that is history, not an observation.
AHEAD, BEHIND = timedelta(minutes=5), timedelta(days=7)
MOST_SAMPLES = 200
LARGEST_IMAGE = 2 * 1024 * 1024
_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.:-]{{0,{KEY - 1}}}")
_COMMON = frozenset({"id", "at", "battery"})
KINDS = {
    "readings": _COMMON | {"values", "readings"},
    "detections": _COMMON | {"type", "standard", "confidence", "picture", "photo", "image"},
    "status": _COMMON,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Values measured at one moment."""

    at: datetime
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a camera recognised. ``photo`` is the id of an upload, ``image`` the picture itself."""

    at: datetime
    type_key: str
    standard: str
    confidence: float
    picture: str
    photo: str
    image: bytes


@dataclass(frozen=True, slots=True)
class Sensed:
    """A checked message."""

    key: str
    body_hash: bytes
    battery: int | None
    samples: tuple[Sample, ...] = ()
    sighting: Sighting | None = None


def key_of(raw: Any) -> str:
    """The id of a message, empty where it has no usable one."""
    found = raw.get("id") if isinstance(raw, Mapping) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def body_hash(raw: Any) -> bytes:
    """Digest of a message: an id that was used before must come with the same one.

    Raises:
        FieldError: for content that is not JSON.
    """
    if not isinstance(raw, Mapping):
        raise FieldError("body", "应为一个 JSON 对象", "type")
    try:
        return chain.digest(chain.canonical({str(name): value for name, value in raw.items()}))
    except (TypeError, ValueError) as error:
        raise FieldError("body", "含有无法保存的字符", "characters") from error


def read(
    kind: str, raw: Mapping[str, Any], device: Device, metrics: Mapping[str, Metric], now: datetime
) -> Sensed:
    """Check a message of *kind* (see ``KINDS``).

    Raises:
        FieldError: naming the first field that is wrong.
    """
    for name in raw:
        if name not in KINDS[kind]:
            raise FieldError(str(name)[:64], "没有这个字段", "unknown")
    key = key_of(raw)
    if not key:
        raise FieldError("id", "应为1到64位字母、数字和 _ . : -", "format")
    battery = _battery(raw.get("battery"))
    at = _moment("at", raw.get("at"), now)
    digest = body_hash(raw)
    if kind == "readings":
        return Sensed(key, digest, battery, samples=_samples(raw, at, metrics, now))
    if kind == "detections":
        return Sensed(key, digest, battery, sighting=_sighting(raw, at, device))
    return Sensed(key, digest, battery)


def _battery(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise FieldError("battery", "应为0到100的整数", "range")
    return value


def _moment(name: str, value: Any, now: datetime) -> datetime:
    """A device's time; the server's where the device has no clock."""
    if value is None:
        return now
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise FieldError(name, "应为带时区的 ISO 8601 时间", "format") from error
    if at.tzinfo is None or at.utcoffset() is None:
        raise FieldError(name, "时间须带时区", "format")
    if not now - BEHIND <= at <= now + AHEAD:
        raise FieldError(name, "时间应在最近7天内，且不晚于现在", "range")
    return at


def _samples(
    raw: Mapping[str, Any], at: datetime, metrics: Mapping[str, Metric], now: datetime
) -> tuple[Sample, ...]:
    given = raw.get("readings")
    if given is None:
        return (Sample(at, _values("values", raw.get("values"), metrics)),)
    if "values" in raw:
        raise FieldError("values", "values 与 readings 只能有一个", "choice")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_SAMPLES:
        raise FieldError("readings", f"应为1到{MOST_SAMPLES}次读数的列表", "type")
    found = []
    for place, one in enumerate(given):
        where = f"readings.{place}"
        if not isinstance(one, Mapping) or set(one) != {"at", "values"}:
            raise FieldError(where, "应只有 at 和 values", "type")
        if one["at"] is None:
            raise FieldError(f"{where}.at", "应为带时区的 ISO 8601 时间", "format")
        moment = _moment(f"{where}.at", one["at"], now)
        found.append(Sample(moment, _values(f"{where}.values", one["values"], metrics)))
    return tuple(sorted(found, key=lambda sample: sample.at))


def _values(where: str, raw: Any, metrics: Mapping[str, Metric]) -> dict[str, float]:
    if not isinstance(raw, Mapping) or not raw:
        raise FieldError(where, "应为指标与数值的对照表", "type")
    found = {}
    for name, value in raw.items():
        field = f"{where}.{str(name)[:40]}"
        metric = metrics.get(name)
        if metric is None:
            raise FieldError(field, "没有这个指标", "unknown")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldError(field, "应为数值", "type")
        if not math.isfinite(value) or not metric.low <= value <= metric.high:
            text = f"应在 {metric.low:g} 与 {metric.high:g} {metric.unit} 之间"
            raise FieldError(field, text, "range")
        found[metric.key] = float(value)
    return found


def _sighting(raw: Mapping[str, Any], at: datetime, device: Device) -> Sighting:
    type_key = clean_text("type", raw.get("type"), 64) or (device.types or [""])[0]
    if type_key not in device.types:
        raise FieldError("type", "该设备没有登记这个事件类别", "unknown")
    confidence = raw.get("confidence")
    if confidence is None:
        raise FieldError("confidence", "须给出置信度", "required")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise FieldError("confidence", "应为0到1之间的数", "type")
    if not 0 <= confidence <= 1:
        raise FieldError("confidence", "应为0到1之间的数", "range")
    photo, image = clean_text("photo", raw.get("photo"), 36), _image(raw.get("image"))
    if photo and image:
        raise FieldError("image", "photo 与 image 只能有一个", "choice")
    return Sighting(
        at=at,
        type_key=type_key,
        standard=clean_text("standard", raw.get("standard"), 64),
        confidence=float(confidence),
        picture=clean_text("picture", raw.get("picture"), 300),
        photo=photo,
        image=image,
    )


def _image(value: Any) -> bytes:
    if value in (None, ""):
        return b""
    if not isinstance(value, str):
        raise FieldError("image", "应为 Base64 文字", "type")
    if len(value) > LARGEST_IMAGE * 4 // 3 + 4:
        raise FieldError("image", "图片超过 2 MB", "too_large")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FieldError("image", "应为 Base64 文字", "format") from error

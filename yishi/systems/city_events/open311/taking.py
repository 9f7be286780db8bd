"""A report as an Open311 client sends it, translated for the one intake that every channel uses."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.open311 import Conflict, NotPublished, Sent, Taken
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.context import city
from yishi.systems.city_events.intake import IntakeConflict, Receipt
from yishi.systems.city_events.intake import report as take_in
from yishi.systems.city_events.notices import CITY_TIME
from yishi.systems.city_events.open311.offered import (
    FOREIGN_ID,
    LIMITS,
    OBJECT,
    SECRET,
    STANDARD,
    effective_types,
)
from yishi.systems.city_events.open311.published import CHANNEL, owner_prefix
from yishi.systems.city_events.reports import LONGEST_WORDS

#: Longest key that a program may give to a report.
MOST_KEY = 80
MOST_MEDIA, LONGEST_MEDIA = 9, 500
#: The specification's limit of a description; ours for it with attributes and links.
LONGEST_DESCRIPTION, LONGEST_WHOLE = 4000, LONGEST_WORDS[CHANNEL]
_DATUM = "EPSG:4326"
#: Names of intake's fields in the protocol.
_NAMES = {
    "lon": "long",
    "type": "service_code",
    "note": "description",
    "landmark": "address_id",
    "address": "address_string",
    "name": "first_name",
    "standard": f"attribute[{STANDARD}]",
    "object_ref": f"attribute[{OBJECT}]",
    "secret": f"attribute[{SECRET}]",
}


def report(actor: Actor, sent: Sent, now: datetime) -> Taken:
    """Take in a report of a program (at most 7 statements, one commit).

    Raises:
        FieldError: naming the field as the protocol does; nothing is stored.
        NotPublished: for an unknown service.
        Conflict: when the key was used for another report.
    """
    raw = _raw(actor, sent, _kind(sent, now))
    try:
        receipt = take_in(actor, raw, CHANNEL, now)
    except FieldError as error:
        raise translated(error) from error
    except IntakeConflict as error:
        raise Conflict(f"这个编号已用于另一份内容不同的上报（{error.number}）") from error
    return Taken(receipt.number, _notice(receipt))


def translated(error: FieldError) -> FieldError:
    """*error* under the protocol's name of its field."""
    return FieldError(_NAMES.get(error.field, error.field), error.message, error.code)


def key_for(actor: Actor, kind: str, key: str) -> str:
    """The key under which intake keeps what *actor* sent: programs cannot meet each other's."""
    return f"{owner_prefix(actor.ref)}{kind}:{key or uuid.uuid4().hex}"


def contact_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Name, telephone and e-mail of a reporter, as far as given."""
    parts = [fields.get("last_name", "").strip(), fields.get("first_name", "").strip()]
    given = [part for part in parts if part and part != "-"]
    latin = all(part.isascii() for part in given)
    name = " ".join(reversed(given)) if latin else "".join(given)
    found = {"name": name, "phone": fields.get("phone", ""), "email": fields.get("email", "")}
    return {field: value for field, value in found.items() if value}


def words_of(sent: Sent, known: Sequence[str]) -> str:
    """What was said, with what has no field of its own: unknown attributes and links to photos.

    Raises:
        FieldError: for a link that is none.
    """
    lines = [clean_text("description", sent.fields.get("description"), LONGEST_DESCRIPTION)]
    for code, values in sent.attributes.items():
        if code not in known:
            lines += [f"{code}：{value}" for value in values if value]
    if len(sent.media) > MOST_MEDIA:
        raise FieldError("media_url", f"最多{MOST_MEDIA}个链接", "too_many")
    lines += [f"照片链接：{_link(url)}" for url in sent.media]
    return clean_text("description", "\n".join(line for line in lines if line), LONGEST_WHOLE)


def _link(url: str) -> str:
    """A link as it is kept. Nothing is fetched: what it leads to stays where it is."""
    text = clean_text("media_url", url, LONGEST_MEDIA)
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in ("http", "https") or not rest.partition("/")[0]:
        raise FieldError("media_url", "应为 http 或 https 链接", "format")
    if not text.isprintable() or any(char in text for char in " <>\"'@\\"):
        raise FieldError("media_url", "链接中有不允许的字符", "format")
    return text


def _kind(sent: Sent, now: datetime) -> EventType:
    code = sent.fields.get("service_code", "")
    if not code:
        raise FieldError("service_code", "请给出服务编码", "required")
    _, types = effective_types(city(), now)
    if code not in types:
        raise NotPublished("service_code", f"没有公开的服务编码 {code[:64]}")
    return types[code]


def _raw(actor: Actor, sent: Sent, kind: EventType) -> dict[str, Any]:
    known = (STANDARD, OBJECT, SECRET, FOREIGN_ID, LIMITS)
    given = {code: _single(code, sent.attributes.get(code, ())) for code in known}
    standard = given[STANDARD]
    if standard and kind.standard(standard) is None:
        raise FieldError(f"attribute[{STANDARD}]", "请从列出的选项中选择", "choice")
    key = sent.key or given[FOREIGN_ID]
    if len(key) > MOST_KEY:
        raise FieldError("external_id", f"编号最多{MOST_KEY}个字", "too_long")
    raw = {
        "type": kind.key,
        "description": words_of(sent, known),
        "standard": standard,
        "object_ref": given[OBJECT],
        "secret": given[SECRET],
        **_place(sent.fields),
        **contact_of(sent.fields),
        "external_id": key_for(actor, "r", key),
    }
    return {name: value for name, value in raw.items() if value != ""}


def _place(fields: Mapping[str, str]) -> dict[str, str]:
    """Where it is; a position speaks before the number of a landmark."""
    lat, lon = fields.get("lat", ""), fields.get("long", "")
    mark, address = fields.get("address_id", ""), fields.get("address_string", "")
    if lat or lon:
        return {"lat": lat, "lon": lon, "datum": _DATUM, "address": address}
    if mark:
        return {"landmark": mark, "address": address}
    if address:
        return {"address": address}
    raise FieldError("lat", "请给出 lat 和 long，或 address_id，或 address_string", "required")


def _single(code: str, values: Sequence[str]) -> str:
    given = [value for value in dict.fromkeys(values) if value]
    if len(given) > 1:
        raise FieldError(f"attribute[{code}]", "只能有一个值", "too_many")
    return clean_text(f"attribute[{code}]", given[0], 200) if given else ""


def _notice(receipt: Receipt) -> str:
    """What happens next, and the code that lets the reporter follow it."""
    if receipt.merged:
        said = "同一件事已有人反映，已并入同一案件。"
    elif receipt.unit:
        said = f"已派给{receipt.unit}。"
    else:
        said = "已收到，由工作人员受理。"
    if receipt.due_at:
        due = datetime.fromisoformat(receipt.due_at).astimezone(CITY_TIME)
        said += f"处置期限 {due:%Y-%m-%d %H:%M}。"
    return f"{said}查询码 {receipt.tracking_code}，请转交上报人。"

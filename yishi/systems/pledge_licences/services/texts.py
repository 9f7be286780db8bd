"""Notice and pledge filled from the file: what is shown is kept, and only that can be signed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.catalogue import Item
from yishi.foundation.audit.chain import canonical, digest
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties import crypto
from yishi.systems.pledge_licences.catalogue.model import (
    METHODS,
    NOTICE,
    PLEDGE,
    WHEN,
    Book,
    Licence,
    TextVersion,
)
from yishi.systems.pledge_licences.context import City, city, day_of, locked
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.services.beginning import pledge_of, unseal

SHOWN = "pledge_licences.shown"
#: What is known only when it is signed stands so before.
BLANK = "＿＿＿＿"
_WORD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is shown."""

    title: str
    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it is shown: its version, and the hash of that version's template."""

    key: str
    version: int
    hash: str
    title: str
    parts: tuple[Part, ...]

    @property
    def ref(self) -> dict[str, Any]:
        """Which version it is."""
        return {"key": self.key, "version": self.version, "hash": self.hash}


@dataclass(frozen=True, slots=True)
class Shown:
    """Both texts as they were shown; ``hash``: SM3 of them, which is what is signed."""

    notice: Document
    pledge: Document
    hash: str
    conditions: tuple[tuple[str, str, str], ...]


def fill(
    text: TextVersion, words: Mapping[str, str], lists: Mapping[str, Sequence[str]]
) -> Document:
    """*text* with its placeholders filled; nothing of a value is read as a placeholder again."""
    parts = []
    for section in text.sections:
        sentence = _WORD.sub(lambda found: words[found[1]], section.text)
        lines = tuple(lists[section.list]) if section.list else ()
        if section.list and not lines:
            lines = (section.empty,) if section.empty else ()
        parts.append(Part(section.title, sentence, lines))
    return Document(text.key, text.version, text.hash, text.title, tuple(parts))


def as_json(document: Document) -> dict[str, Any]:
    """A document as plain values, for keeping and for templates."""
    return {
        **document.ref,
        "title": document.title,
        "parts": [
            {"title": part.title, "text": part.text, "lines": list(part.lines)}
            for part in document.parts
        ],
    }


def from_json(value: Mapping[str, Any]) -> Document:
    """The document that was kept."""
    parts = tuple(Part(p["title"], p["text"], tuple(p["lines"])) for p in value["parts"])
    return Document(value["key"], value["version"], value["hash"], value["title"], parts)


def filled(case: CaseState, pledge: Pledge, found: City, now: datetime) -> Shown:
    """Both texts for a case in the versions of today (1 statement for the single item's book)."""
    book: Book = found.for_case(case).catalogue
    licence = book.licences[case.type_key]
    item = found.items(now).items[licence.item]
    notice = book.text_for(NOTICE, licence.key, day_of(now))
    promise = book.text_for(PLEDGE, licence.key, day_of(now))
    if notice is None or promise is None:
        raise MoveRefused("guard", "没有在用的告知书或承诺书文本", case)
    words = _words(case, pledge, licence, item, book, found)
    words["notice_version"] = str(notice.version)
    lists = _lists(licence, item)
    documents = fill(notice, words, lists), fill(promise, words, lists)
    whole = digest(canonical([as_json(one) for one in documents])).hex()
    conditions = tuple((c.key, c.text, c.when) for c in licence.conditions)
    return Shown(*documents, whole, conditions)


def _words(
    case: CaseState, pledge: Pledge, licence: Licence, item: Item, book: Book, found: City
) -> dict[str, str]:
    values = unseal(pledge)
    profile = book.profiles[licence.check.profile]
    return {
        "authority": found.base.places.unit_name(case.unit_id),
        "regulator": found.base.places.unit_name(case.data["regulator"]),
        "licence": licence.name,
        "basis": licence.basis or item.basis,
        "holder": pledge.holder.name,
        "uscc": values.get("uscc") or uscc_of(pledge),
        "representative": values.get("legal_representative", ""),
        "premises": values.get("premises_address", ""),
        "certificate": licence.certificate.name,
        "check": METHODS[licence.check.method],
        "check_by": profile.name,
        "notice_version": "",
        "signed_by": BLANK,
        "signed_at": BLANK,
    }


def uscc_of(pledge: Pledge) -> str:
    """The holder's credit code (1 statement)."""
    from yishi.foundation.parties.models import Identifier

    rows = Identifier.objects.filter(
        party__file_id=pledge.holder.file_id, kind="uscc", ended_on__isnull=True
    )
    return str(rows.values_list("value", flat=True).first() or "")


def _lists(licence: Licence, item: Item) -> dict[str, list[str]]:
    names = {wanted.material: wanted.named for wanted in item.materials}
    now = [c.text for c in licence.conditions if c.when == "before"]
    opening = [c.text for c in licence.conditions if c.when == "opening"]
    return {
        "conditions": [f"{c.text}（{WHEN[c.when]}；{c.basis}）" for c in licence.conditions],
        "conditions_now": now,
        "conditions_opening": opening,
        "replaced": [names.get(key, key) for key in licence.replaced],
        "later": [
            f"{names.get(one.material, one.material)}（自决定之日起{one.within}内）"
            for one in licence.later
        ],
        "consequences": list(licence.consequences),
    }


def shown_change(case: CaseState, pledge: Pledge, found: City, now: datetime) -> Change:
    """Show both texts: which ones goes into the trace, word by word into the pledge (1 update)."""
    shown = filled(case, pledge, found, now)
    keep(pledge, shown, now)
    facts = {"notice": shown.notice.ref, "pledge": shown.pledge.ref, "shown_hash": shown.hash}
    return plan(LIFECYCLE, case, "offer", ITSELF, facts, now, found.for_case(case), trusted=True)


def keep(pledge: Pledge, shown: Shown, now: datetime) -> None:
    """Store what is shown."""
    content = [as_json(shown.notice), as_json(shown.pledge)]
    pledge.notice, pledge.pledge = shown.notice.ref, shown.pledge.ref
    pledge.shown = crypto.encrypt(orjson.dumps(content).decode(), SHOWN)
    pledge.shown_hash, pledge.shown_at = shown.hash, now
    pledge.save(update_fields=["notice", "pledge", "shown", "shown_hash", "shown_at"])


def show(actor: Actor, number: str, now: datetime) -> Shown:
    """What the applicant is to read, as it will be signed. Shown again after a change of the text
    or of the values it is a new showing; the one that was signed stays as it was.

    Raises CaseNotFound, MoveRefused.
    """
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        pledge = pledge_of(case)
        if case.state != "offered":
            return kept(case, pledge)
        fresh = filled(case, pledge, found, now)
        if fresh.hash != pledge.shown_hash:
            commit([shown_change(case, pledge, found, now)])
    return fresh


def kept(case: CaseState, pledge: Pledge) -> Shown:
    """What was shown last, or signed.

    Raises:
        MoveRefused: when nothing was shown yet.
    """
    if not pledge.shown:
        raise MoveRefused("state", "尚未告知", case)
    notice, promise = orjson.loads(crypto.decrypt(pledge.shown, SHOWN))
    from yishi.systems.pledge_licences.catalogue import version

    licence = version(case.catalogue_id).licences[case.type_key]
    conditions = tuple((c.key, c.text, c.when) for c in licence.conditions)
    return Shown(from_json(notice), from_json(promise), pledge.shown_hash, conditions)

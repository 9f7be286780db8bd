"""What a run was made with, frozen in one file: items, derived facts, and parameter values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from yishi.foundation.papers import storage
from yishi.foundation.rulebook.engine import Book, Item, book_content, book_from_content, missing
from yishi.foundation.rulebook.engine.carried import params_content, params_from
from yishi.systems.direct_benefits.policies.folder import book_of
from yishi.systems.direct_benefits.policies.model import BenefitItem

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Frozen:
    """The compiled items and the parameter values of a day; ``versions`` are the ids of the item
    versions by key."""

    book: Book
    params: Mapping[str, Any]
    at: datetime
    versions: Mapping[str, int]

    def item(self, key: str) -> Item:
        """One item. Raises KeyError."""
        return self.book.items[self.book.index[key]]

    def only(self, *keys: str) -> Book:
        """A book of some items. Raises KeyError."""
        return Book([self.item(key) for key in keys], self.book.derived)


def freeze(items: Sequence[BenefitItem], params: Mapping[str, Any], at: datetime) -> Frozen:
    """The items as a run takes them."""
    book = book_of(items)
    named = {name for names in book.parameters().values() for name in names}
    kept = {name: value for name, value in params.items() if name in named}
    return Frozen(book, kept, at, {item.key: item.version_id or 0 for item in items})


def without_rule(items: Sequence[BenefitItem], params: Mapping[str, Any]) -> dict[str, list[str]]:
    """The items for which there is no rule in force, with the parameters that have no value."""
    return missing(book_of(items), params)


def content_of(frozen: Frozen) -> bytes:
    """Everything that decides outcomes, in canonical form."""
    said = {
        "format": FORMAT,
        "book": book_content(frozen.book),
        "parameters": params_content(frozen.book, frozen.params),
        "at": frozen.at.isoformat(),
        "versions": dict(frozen.versions),
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def keep(frozen: Frozen) -> tuple[str, str]:
    """Store it; returns the file's name and its SHA-256."""
    data = content_of(frozen)
    return storage.put(data, "json"), hashlib.sha256(data).hexdigest()


class BookTampered(RuntimeError):
    """A run's file of items is missing or was changed."""


@lru_cache(maxsize=8)
def opened(name: str, digest: str) -> Frozen:
    """What a run was made with.

    Raises:
        BookTampered: when the file is not there or its bytes are not those of *digest*.
    """
    try:
        data = storage.path_of(name).read_bytes()
    except OSError as error:
        raise BookTampered(f"{name}: 文件不在了") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise BookTampered(f"{name}: 文件内容与其哈希不符")
    return parsed(data)


def parsed(data: bytes) -> Frozen:
    """What `content_of` wrote."""
    said = json.loads(data)
    book = book_from_content(said["book"])
    at = datetime.fromisoformat(said["at"])
    return Frozen(book, params_from(book, said["parameters"]), at, said["versions"])

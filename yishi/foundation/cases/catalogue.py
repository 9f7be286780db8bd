"""Catalogue versions: files are seed and exchange form, the database holds immutable versions.

What a catalogue says is its system's business. A system registers how its folder is read and
written (``register_parser``); this module keeps the versions, says which one is in force, and
refuses to put a file over something that was changed in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from yishi.foundation.audit.chain import canonical, digest
from yishi.foundation.cases.catalogue_errors import (
    CatalogueConflict,
    CatalogueError,
    Problem,
)
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.revisions import bump
from yishi.foundation.revisions.errors import FieldError

__all__ = ["CatalogueConflict", "CatalogueError", "Problem"]

ORIGINS = ("file", "browser")
REVISION = "catalogue"
#: Since when the first version of files holds.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Parser:
    """How one system reads its folder, writes it, and builds its objects from stored content.

    ``parse`` and ``build`` raise CatalogueError and nothing else for bad input.
    """

    parse: Callable[[Path], dict[str, Any]]
    dump: Callable[[Mapping[str, Any], Path], None]
    build: Callable[[Mapping[str, Any]], Any]
    #: What is no fault of a folder and still wants to be seen, in lines.
    notes: Callable[[Path], Sequence[str]] = lambda folder: ()


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Outcome of a load: the version in force afterwards; ``created`` False means nothing new."""

    version: int
    hash: str
    created: bool
    note: str


_parsers: dict[str, Parser] = {}


def register_parser(
    system: str,
    parse: Callable[[Path], dict[str, Any]],
    dump: Callable[[Mapping[str, Any], Path], None],
    build: Callable[[Mapping[str, Any]], Any],
    notes: Callable[[Path], Sequence[str]] = lambda folder: (),
) -> None:
    """Tell the house how *system* reads and writes its catalogue (once, when Django starts)."""
    _parsers[system] = Parser(parse, dump, build, notes)


def systems() -> tuple[str, ...]:
    """The systems that have a catalogue."""
    return tuple(sorted(_parsers))


def parser(system: str) -> Parser:
    """The parser of *system*; raises FieldError for a system without a catalogue."""
    try:
        return _parsers[system]
    except KeyError:
        known = "、".join(systems())
        raise FieldError("system", f"没有名为“{system}”的事项目录，可用：{known}") from None


def content_hash(content: Mapping[str, Any]) -> str:
    """SM3 of the canonical JSON of *content*, 64 hex digits."""
    return digest(canonical(content)).hex()


def check(folder: Path, system: str = "city_events") -> dict[str, Any]:
    """Read *folder* and return its canonical content; raises CatalogueError naming every fault."""
    content = parser(system).parse(Path(folder))
    parser(system).build(content)
    return content


def notes(folder: Path, system: str = "city_events") -> Sequence[str]:
    """What is no fault of *folder* and still wants to be seen."""
    return parser(system).notes(Path(folder))


def load(
    system: str,
    content: Mapping[str, Any],
    *,
    effective_from: datetime,
    origin: str,
    actor_ref: str,
    now: datetime,
    note: str = "",
    force: bool = False,
    checked: bool = False,
) -> LoadResult:
    """Store *content* as a new version of *system*'s catalogue; versions are never changed.

    The same content as the latest version, or files that have not changed since they were last
    loaded, are no news: nothing is stored. Files that did change while somebody worked in the
    browser raise CatalogueConflict unless *force* is given; the browser's version stays in any
    case, and so do the cases that point to it. *checked*: the system itself has just made this
    content of a catalogue that it had read.

    Raises:
        CatalogueError: for content that the system cannot read.
        CatalogueConflict: see above.
        FieldError: unknown system or origin, naive times.
    """
    if origin not in ORIGINS:
        raise FieldError("origin", f"来源应为 {'、'.join(ORIGINS)}")
    if effective_from.tzinfo is None or now.tzinfo is None:
        raise FieldError("effective_from", "时间必须带时区")
    if not checked:
        parser(system).build(content)
    new_hash = content_hash(content)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"catalogue:{system}"])
        known = _no_news(system, new_hash, origin, force)
        if known is not None:
            return known
        version = CatalogueVersion.objects.create(
            system=system,
            hash=new_hash,
            content=dict(content),
            effective_from=effective_from,
            origin=origin,
            loaded_at=now,
            loaded_by=actor_ref,
            note=note,
        )
        bump(REVISION)
    return LoadResult(version.pk, new_hash, True, note)


def load_files(
    system: str,
    content: Mapping[str, Any],
    now: datetime,
    *,
    note: str = "",
    checked: bool = False,
) -> LoadResult:
    """:func:`load` for what a city's files say. The first version has none before it, so it holds
    for whatever is brought in from the past."""
    first = not CatalogueVersion.objects.filter(system=system).exists()
    return load(
        system,
        content,
        effective_from=BEGINNING if first else now,
        origin="file",
        actor_ref="system:seed",
        now=now,
        note=note,
        checked=checked,
    )


def load_with_city(system: str, content: Mapping[str, Any], now: datetime, **said: Any) -> str:
    """:func:`load_files` with the city; returns what to tell of it. What was changed in the browser
    since stays."""
    try:
        result = load_files(system, content, now, **said)
    except CatalogueConflict as conflict:
        return f"{system}: {conflict.message}"
    return f"{system}: {'loaded' if result.created else 'unchanged'}"


def _no_news(system: str, new_hash: str, origin: str, force: bool) -> LoadResult | None:
    """The existing version that makes a load needless; None if there is something to store."""
    versions = CatalogueVersion.objects.filter(system=system).order_by("-id").defer("content")
    latest = versions.first()
    if latest is None:
        return None
    if latest.hash == new_hash:
        return LoadResult(latest.pk, new_hash, False, "内容未变")
    if origin != "file" or latest.origin != "browser" or force:
        return None
    last_file = versions.filter(origin="file").first()
    if last_file is not None and last_file.hash == new_hash:
        return LoadResult(latest.pk, latest.hash, False, "文件未变，网页上的版本继续有效")
    raise CatalogueConflict(latest.pk)


def export(system: str, version: int | None, folder: Path, *, at: datetime | None = None) -> str:
    """Write a version (*version*, or the one in force at *at*) to *folder*; returns its hash.

    Reading the folder again gives the same content and hash. Files of the same names are replaced.

    Raises:
        FieldError: when there is no such version.
    """
    rows = CatalogueVersion.objects.filter(system=system)
    if version is not None:
        row = rows.filter(pk=version).first()
    else:
        row = effective(system, at) if at is not None else rows.order_by("-id").first()
    if row is None:
        raise FieldError("version", "没有这个版本")
    parser(system).dump(row.content, Path(folder))
    return row.hash


def effective(system: str, at: datetime) -> CatalogueVersion | None:
    """*system*'s version in force at *at* (1 statement), or None before the first."""
    return (
        CatalogueVersion.objects.filter(system=system, effective_from__lte=at)
        .order_by("-effective_from", "-id")
        .first()
    )

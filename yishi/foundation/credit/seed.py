"""Loading the city's credit files: rules, lists, sources (effects are rules of the rulebook)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from yishi.foundation import revisions
from yishi.foundation.credit.book import REVISION, SourceEntry, content_hash, from_content
from yishi.foundation.credit.files import FOLDER, read_city
from yishi.foundation.credit.models import CreditRules, CreditSource
from yishi.foundation.credit.screening_models import NEVER, OK


@transaction.atomic
def load_city(folder: Path, *, now: datetime) -> str:
    """Load ``credit/`` if the city has it; the same content again changes nothing.

    Raises:
        yishi.foundation.rulebook.errors.RuleFileError: with file and line; nothing is changed.
    """
    if not (folder / FOLDER).is_dir():
        return "credit: the city has no credit"
    content = read_city(folder)
    digest = content_hash(content)
    newest = CreditRules.objects.order_by("-version").first()
    if newest is not None and newest.hash == digest:
        return "credit: unchanged"
    known = CreditRules.objects.filter(hash=digest).first()
    if known is not None:
        return f"credit: older files (v{known.version}) than those in force; nothing changed"
    revisions.bump(REVISION)
    version = newest.version + 1 if newest else 1
    CreditRules.objects.create(version=version, content=content, hash=digest, loaded_at=now)
    book = from_content(content, version)
    for entry in book.sources:
        _store(entry, now)
    return f"credit: v{version}, {len(book.lists)} lists, {len(book.sources)} sources"


def _store(entry: SourceEntry, now: datetime) -> None:
    """The row of a source; what was found out about it stays."""
    values = {
        "name": entry.name,
        "kind": entry.kind,
        "authority": entry.authority,
        "address": entry.address,
        "lists": list(entry.lists),
        "max_age": entry.max_age,
    }
    row, made = CreditSource.objects.update_or_create(key=entry.key, defaults=values)
    if made:
        row.state, row.state_at = (OK if entry.kind == "own" else NEVER), now
        row.save(update_fields=["state", "state_at"])

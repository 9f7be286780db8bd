"""The papers of an application: on file, uploaded, or promised for later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import Upload, accept_uploads, store
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events.applications import ABOUT, Owned, owner_of, save
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application

MOST_FILES = 9


UPLOADED, HELD, DEFERRED = "upload", "held", "defer"


def add_files(
    application: Application, what: Made, key: str, files: Sequence[Upload], now: datetime
) -> None:
    """Add uploads to a paper. Raises FieldError on the paper's key."""
    if what.paper(key) is None:
        raise FieldError(key[:64], "不需要这份材料", "unknown")
    there = files_of(application, key)
    if len(there) + len(files) > MOST_FILES:
        raise FieldError(key, f"每份材料最多 {MOST_FILES} 个文件", "too_many")
    rows = accept_uploads(
        files,
        actor_ref=owner_of(application),
        now=now,
        field=key,
        purpose="material",
        photos_only=False,
        most=MOST_FILES,
    )
    if not rows:
        return
    for row in rows:  # kept with the draft, not cleared with what nobody attached
        row["about_kind"], row["about_id"] = ABOUT, str(application.id)
    with transaction.atomic():
        store(rows)
        added = [{"id": str(row["id"]), "name": row["original_name"]} for row in rows]
        application.papers = {
            **application.papers,
            key: {"how": UPLOADED, "files": [*there, *added]},
        }
        save(application, now)


def add_evidence(application: Application, key: str, file: Upload, now: datetime) -> str:
    """Store a file that shows why a known value is wrong; returns its id.

    Raises:
        FieldError: on *key*, for a file that is not taken.
    """
    (row,) = accept_uploads(
        [file],
        actor_ref=owner_of(application),
        now=now,
        field=key,
        purpose="evidence",
        photos_only=False,
        most=1,
    )
    row["about_kind"], row["about_id"] = ABOUT, str(application.id)
    store([row])
    return str(row["id"])


def remove_file(application: Application, key: str, file_id: str, now: datetime) -> None:
    """Take an upload out again; its bytes are cleared with other orphans."""
    there = files_of(application, key)
    kept = [one for one in there if one["id"] != file_id]
    if len(kept) < len(there):
        mine = Attachment.objects.filter(pk=file_id, uploaded_by=owner_of(application))
        mine.update(about_kind="", about_id="")
    papers = {name: one for name, one in application.papers.items() if name != key}
    if kept:
        papers[key] = {"how": UPLOADED, "files": kept}
    application.papers = papers
    save(application, now)


def files_of(application: Application, key: str) -> list[dict[str, str]]:
    """The uploads of a paper."""
    found: list[dict[str, str]] = application.papers.get(key, {}).get("files", [])
    return found


def defer(application: Application, what: Made, key: str, now: datetime) -> None:
    """Promise to hand in a secondary paper later (容缺). Raises FieldError on the paper's key."""
    paper = what.paper(key)
    if paper is None or not paper.deferrable:
        raise FieldError(key[:64], "这份材料不能容缺后补", "not_deferrable")
    application.papers = {**application.papers, key: {"how": DEFERRED}}
    save(application, now)


def undo(application: Application, key: str, now: datetime) -> None:
    """Forget what was said of a paper."""
    application.papers = {name: one for name, one in application.papers.items() if name != key}
    save(application, now)


def paper_states(application: Application, what: Made, having: Owned) -> dict[str, dict[str, Any]]:
    """How each paper comes: held on file, uploaded, deferred, or ``{}`` while it is missing."""
    found: dict[str, dict[str, Any]] = {}
    for paper in what.papers:
        said = application.papers.get(paper.key)
        on_file = having.of(paper.material, paper.holder)
        if said is None and on_file is not None:
            said = {"how": HELD, "held": str(on_file.id)}
        found[paper.key] = dict(said or {})
    return found


def missing_papers(application: Application, what: Made, having: Owned) -> list[str]:
    """Keys of the papers that still have to come."""
    states = paper_states(application, what, having)
    return [paper.key for paper in what.papers if paper.required and not states[paper.key]]

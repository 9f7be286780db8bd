"""Loading the working calendar of a city's folder (``calendar.json``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from yishi.foundation import revisions
from yishi.foundation.calendars.days import CalendarError, content_hash, read_document
from yishi.foundation.calendars.models import CalendarVersion
from yishi.foundation.calendars.services import adopt


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: rows created, rows already there, and remarks in Chinese."""

    name: str
    created: int
    unchanged: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = "a new calendar" if self.created else "unchanged"
        return "; ".join([f"{self.name}: {said}", *self.notes])


def read_file(path: Path) -> dict[str, Any]:
    """The checked document of a ``calendar.json``. Raises CalendarError with file and line."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CalendarError(f"读不到 {path}：{error.strerror}", "calendar.json") from error
    except UnicodeDecodeError as error:
        raise CalendarError(f"{path} 不是 UTF-8 文本", "calendar.json") from error
    except json.JSONDecodeError as error:
        raise CalendarError(
            f"{path} 第 {error.lineno} 行不是合法的 JSON：{error.msg}", "calendar.json"
        ) from error
    if not isinstance(document, dict):
        raise CalendarError(f"{path}：最外层应为对象", "calendar.json")
    read_document(document)
    return document


@transaction.atomic
def load_city(folder: Path, *, now: datetime) -> LoadReport:
    """Adopt ``folder/calendar.json``, unless a person imported a newer notice since.

    Raises CalendarError with file and line; nothing is changed then.
    """
    document = read_file(folder / "calendar.json")
    # Two loads at once: the second waits here and then sees what the first stored.
    revisions.bump("calendars")
    newest = CalendarVersion.objects.order_by("-id").first()
    if newest is not None and newest.origin == CalendarVersion.Origin.IMPORT:
        return LoadReport("calendars", 0, 1, (f"保留已导入的新版本 {newest.version}",))
    known = CalendarVersion.objects.filter(content_hash=content_hash(document)).exists()
    if newest is not None and known and newest.content_hash != content_hash(document):
        return LoadReport("calendars", 0, 1, (f"保留较新的版本 {newest.version}",))
    source = str(document.get("source") or "calendar.json")
    _, new = adopt(document, origin=CalendarVersion.Origin.SEED, source=source, now=now)
    return LoadReport("calendars", int(new), int(not new))

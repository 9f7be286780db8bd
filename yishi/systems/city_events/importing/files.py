"""Importing a file: recognise its encoding, read its header, take in its rows, report the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from yishi.systems.city_events.importing.errors import ImportFileError
from yishi.systems.city_events.importing.mapping import Mapping, read_mapping, read_zone
from yishi.systems.city_events.importing.reading import open_text
from yishi.systems.city_events.importing.rejects import RejectReport
from yishi.systems.city_events.importing.rows import read_rows
from yishi.systems.city_events.importing.service import Tally, import_reports

DEFAULT_CHANNEL = "import"
DEFAULT_ZONE = "Asia/Shanghai"
_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class FileImport:
    """How a file is to be read, and what is done with it (see ``service.import_reports``)."""

    channel: str = DEFAULT_CHANNEL
    mapping: Path | None = None
    zone: str = DEFAULT_ZONE
    rejects: Path | None = None
    merge: bool = False
    dry_run: bool = False


def import_file(
    file: Path, how: FileImport, *, now: datetime, tell: Callable[[Tally], None]
) -> Tally:
    """Take in the reports of a CSV *file*; rejected rows go to ``how.rejects``.

    Raises:
        ImportFileError: for a file, header, mapping, zone or channel that cannot be used; nothing
            was stored then.
        LookupError: when no catalogue is loaded.
    """
    zone = read_zone(how.zone)
    mapping = read_mapping(how.mapping, zone) if how.mapping else None
    with open_text(file) as text:
        return import_text(text, how, mapping, now=now, tell=tell)


def import_text(
    text: Iterable[str],
    how: FileImport,
    mapping: Mapping | None = None,
    *,
    now: datetime,
    tell: Callable[[Tally], None],
) -> Tally:
    """As ``import_file``, for text from anywhere (an upload); ``how.mapping`` is not looked at."""
    if not _CHANNEL.fullmatch(how.channel):
        raise ImportFileError("channel", "渠道应为小写英文字母、数字、- 或 _，最多32个")
    rows = read_rows(text, mapping, read_zone(how.zone), now)
    with ExitStack() as stack:
        report = None
        if how.rejects is not None:
            # With a BOM spreadsheets read it as UTF-8.
            stream = how.rejects.open("w", encoding="utf-8-sig", newline="")
            report = stack.enter_context(RejectReport(stream))
        return import_reports(
            rows,
            how.channel,
            now=now,
            tell=tell,
            reject=report or (lambda _: None),
            merge=how.merge,
            dry_run=how.dry_run,
        )

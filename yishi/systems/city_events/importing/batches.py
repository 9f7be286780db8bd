"""批量登记: files of reports that officers upload, worked off in the background with progress."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import User
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.importing.errors import Rejection
from yishi.systems.city_events.importing.reading import open_text
from yishi.systems.city_events.importing.returned import returned
from yishi.systems.city_events.importing.rows import ImportRow, read_rows
from yishi.systems.city_events.importing.service import Tally, import_reports
from yishi.systems.city_events.importing.sheet import open_sheet, sheet_rows
from yishi.systems.city_events.models import IntakeBatch

ZONE = ZoneInfo("Asia/Shanghai")
#: Who may upload, and the channel that the reports then come in by; the first role held counts.
CHANNELS = {"hotline": "hotline", "collector": "collector", "acceptor": "csv"}
MOST_BYTES = 5 * 1024 * 1024
BLOCK_ROWS = 250
KEEP_REJECTS = timedelta(days=7)
_SUFFIXES = (".xlsx", ".csv")


def channel_of(actor: Actor) -> str:
    """The channel for files of *actor*; empty for who may not upload."""
    return next((channel for role, channel in CHANNELS.items() if actor.has(role)), "")


def receive(actor: Actor, name: str, content: bytes, now: datetime) -> IntakeBatch:
    """Keep an uploaded file and queue its work (2 statements, one transaction).

    The header is checked at once. Raises FieldError on ``file`` or ``header``.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in _SUFFIXES:
        raise FieldError("file", "请选择 .xlsx 工作簿（或 .csv 文件）", "format")
    if len(content) > MOST_BYTES:
        raise FieldError("file", "文件超过 5 MB，请分成几个文件", "too_large")
    with tempfile.TemporaryDirectory(prefix="yishi-intake-") as folder:
        path = _written(Path(folder), suffix, content)
        if suffix == ".xlsx":
            open_sheet(path)
        else:
            with open_text(path) as text:
                read_rows(text, None, ZONE, now)
    from yishi.systems.city_events.tasks import import_batch

    with transaction.atomic():
        batch = IntakeBatch.objects.create(
            user_id=actor.user_id or 0,
            channel=channel_of(actor),
            file_name=_shown(name),
            at=now,
            content=_sealed(content, "content"),
        )
        import_batch.defer(batch_id=batch.pk)
    return batch


def work_off(batch_id: int, now: datetime) -> None:
    """Take in the reports of a batch. A batch that was interrupted begins anew: rows that were
    stored before count as repeated."""
    batch = IntakeBatch.objects.get(pk=batch_id)
    if batch.finished_at is not None:
        return
    IntakeBatch.objects.filter(pk=batch.pk).update(state=IntakeBatch.RUNNING)
    actor = User.objects.with_grants().get(pk=batch.user_id).actor()
    suffix = Path(batch.file_name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="yishi-intake-") as folder:
        path = _written(Path(folder), suffix, opened(batch.content, "content"))
        try:
            rejects = _import(batch, actor, path)
        except (FieldError, LookupError) as error:
            message = error.message if isinstance(error, FieldError) else str(error)
            _end(batch, IntakeBatch.FAILED, now, message=message)
            return
        sheet = returned(path, rejects) if rejects else b""
    _end(batch, IntakeBatch.DONE, now, rejects=_sealed(sheet, "rejects") if sheet else "")


def _import(batch: IntakeBatch, actor: Actor, path: Path) -> list[Rejection]:
    rejections: list[Rejection] = []

    def tell(tally: Tally) -> None:
        batch.tally = asdict(tally)
        IntakeBatch.objects.filter(pk=batch.pk).update(tally=batch.tally)

    def run(rows: Iterable[ImportRow | Rejection]) -> None:
        import_reports(
            rows,
            batch.channel,
            now=batch.at,
            tell=tell,
            reject=rejections.append,
            actor=actor,
            merge=True,
            block_rows=BLOCK_ROWS,
        )

    if path.suffix == ".xlsx":
        run(sheet_rows(path, ZONE, batch.at))
    else:
        with open_text(path) as text:
            run(read_rows(text, None, ZONE, batch.at))
    return rejections


def _end(batch: IntakeBatch, state: str, now: datetime, **more: str) -> None:
    values = {"state": state, "finished_at": now, "content": "", **more}
    IntakeBatch.objects.filter(pk=batch.pk).update(**values)


def forget_rejects(now: datetime) -> int:
    """Empty the rejected rows of batches that ended a week ago (1 statement)."""
    old = IntakeBatch.objects.filter(finished_at__lt=now - KEEP_REJECTS).exclude(rejects="")
    return old.update(rejects="")


def _written(folder: Path, suffix: str, content: bytes) -> Path:
    path = folder / f"upload{suffix}"
    path.write_bytes(content)
    return path


def _shown(name: str) -> str:
    """The file's name as it is kept: the end matters most."""
    plain = "".join(char for char in Path(name).name if char.isprintable())
    return plain[-120:]


def _sealed(content: bytes, what: str) -> str:
    return encrypt(base64.b64encode(content).decode(), f"intake.{what}")


def opened(token: str, what: str) -> bytes:
    """The bytes that are kept in ``content`` or ``rejects``."""
    return base64.b64decode(decrypt(token, f"intake.{what}"))

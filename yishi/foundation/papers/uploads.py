"""Accepting what is uploaded, finding it again, and clearing what nobody attached."""

from __future__ import annotations

import hashlib
import io
import unicodedata
import uuid
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypedDict

from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q, QuerySet

from yishi.foundation.papers import quota, storage
from yishi.foundation.papers.models import Attachment, CertificateFile, Kind
from yishi.foundation.papers.pictures import clean_picture
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.revisions.errors import FieldError

LARGEST_PHOTO = 15 * 1024 * 1024
LARGEST_FILE = 20 * 1024 * 1024
MOST_PER_REPORT = 9
ORPHANS_KEPT = timedelta(hours=24)

_PICTURES = {
    "image/jpeg": ((b"\xff\xd8\xff",), "jpg"),
    "image/png": ((b"\x89PNG\r\n\x1a\n",), "png"),
    "image/webp": ((b"RIFF",), "webp"),
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCUMENTS = {
    "application/pdf": "pdf",
    _OFFICE + "wordprocessingml.document": "docx",
    _OFFICE + "spreadsheetml.sheet": "xlsx",
}
_OFFICE_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_NEUTRAL_TYPES = frozenset({"", "application/octet-stream"})
_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}


class Upload(Protocol):
    """What Django and ninja call an uploaded file."""

    name: str | None
    content_type: str | None

    def read(self, num_bytes: int | None = None) -> bytes: ...


class AttachmentRow(TypedDict):
    """The columns of ``papers_attachment``, ready for a writer's single statement."""

    id: uuid.UUID
    sha256: str
    kind: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    stored_as: str
    thumbnail_as: str
    original_name: str
    uploaded_by: str
    at: datetime
    purpose: str
    about_kind: str
    about_id: str


@dataclass(frozen=True, slots=True)
class Download:
    """A stored file as it is sent: always with the type that was found, never a guessed one."""

    path: Path
    media_type: str
    name: str
    attachment: Attachment

    @property
    def headers(self) -> dict[str, str]:
        """Headers that keep a browser from running what a stranger sent."""
        return {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        }


def accept_upload(
    file: Upload,
    *,
    actor_ref: str,
    now: datetime,
    field: str = "file",
    purpose: str = "",
    about_kind: str = "",
    about_id: object = "",
    photos_only: bool = False,
) -> AttachmentRow:
    """Check, clean and store an upload; return its row (no statement), which the caller writes.

    Photos (JPEG, PNG, WebP up to 15 MB) are encoded anew; PDF, DOCX and XLSX up to 20 MB are kept
    as sent. The content decides the type, and a declared type that contradicts it is refused.
    Raises :class:`FieldError` naming *field*.
    """
    data = _read(file, field)
    media_type = sniff(data)
    if media_type is None or (photos_only and media_type not in _PICTURES):
        wanted = "JPEG、PNG、WebP 图片" if photos_only else "图片、PDF、Word 或 Excel 文件"
        raise FieldError(field, f"仅支持{wanted}", "file_type")
    declared = (file.content_type or "").partition(";")[0].strip().lower()
    declared = _ALIASES.get(declared, declared)
    if declared not in _NEUTRAL_TYPES and declared != media_type:
        raise FieldError(field, "文件内容与其类型不符", "type_mismatch")
    row: AttachmentRow = {
        "id": time_uuid(now),
        "sha256": "",
        "kind": str(Kind.FILE),
        "media_type": media_type,
        "size": 0,
        "width": None,
        "height": None,
        "stored_as": "",
        "thumbnail_as": "",
        "original_name": safe_name(file.name or "", suffix_of(media_type)),
        "uploaded_by": actor_ref,
        "at": now,
        "purpose": purpose,
        "about_kind": about_kind,
        "about_id": str(about_id),
    }
    return _stored(row, data, field)


def accept_uploads(
    files: Sequence[Upload],
    *,
    actor_ref: str,
    now: datetime,
    field: str = "photos",
    purpose: str = "",
    photos_only: bool = True,
    most: int = MOST_PER_REPORT,
) -> list[AttachmentRow]:
    """Accept all uploads of one form, or none: the first bad one is named ``photos.2`` (1
    statement, for the day's quota).

    Raises :class:`FieldError`, also when there are more than *most*, or too many in a day.
    """
    if len(files) > most:
        raise FieldError(field, f"最多上传 {most} 个文件", "too_many")
    if files:
        quota.check(actor_ref, len(files), now, field)
    return [
        accept_upload(
            file,
            actor_ref=actor_ref,
            now=now,
            field=f"{field}.{number}",
            purpose=purpose,
            photos_only=photos_only,
        )
        for number, file in enumerate(files, start=1)
    ]


def save_upload(file: Upload, *, actor_ref: str, now: datetime, **options: Any) -> Attachment:
    """Accept one upload and write its row (2 statements): for uploads ahead of their report.

    Options and errors are those of :func:`accept_upload`, and those of the day's quota.
    """
    quota.check(actor_ref, 1, now, str(options.get("field", "file")))
    return store([accept_upload(file, actor_ref=actor_ref, now=now, **options)])[0]


def own_uploads(
    ids: Sequence[uuid.UUID], *, actor_ref: str, field: str = "photos", most: int = MOST_PER_REPORT
) -> list[Attachment]:
    """Return the uploads *ids* of *actor_ref* in that order (1 statement, none for no ids).

    Raises :class:`FieldError` for more than *most* and for an id that is unknown or another's.
    """
    if len(set(ids)) > most:
        raise FieldError(field, f"最多上传 {most} 个文件", "too_many")
    if not ids:
        return []
    rows = {row.id: row for row in Attachment.objects.filter(id__in=ids, uploaded_by=actor_ref)}
    for number, wanted in enumerate(ids, start=1):
        if wanted not in rows:
            raise FieldError(f"{field}.{number}", "没有这个文件", "unknown")
    return [rows[wanted] for wanted in dict.fromkeys(ids)]


def store(rows: Iterable[AttachmentRow]) -> list[Attachment]:
    """Write rows in the caller's transaction (1 statement)."""
    return Attachment.objects.bulk_create([Attachment(**row) for row in rows])


def attach(ids: Sequence[uuid.UUID], about_kind: str, about_id: object, *, actor_ref: str) -> int:
    """Tie stored uploads to a row, in its transaction (1 statement); return how many were tied.

    Only uploads of *actor_ref* that nobody attached yet are taken; the caller compares the count.
    """
    free = Attachment.objects.filter(id__in=ids, about_kind="", uploaded_by=actor_ref)
    return free.update(about_kind=about_kind, about_id=str(about_id))


def attachments_of(about_kind: str, about_ids: Iterable[object]) -> dict[str, list[Attachment]]:
    """Return the attachments of many rows by their id as text (1 statement)."""
    found: dict[str, list[Attachment]] = {}
    wanted = [str(about_id) for about_id in about_ids]
    rows = Attachment.objects.filter(about_kind=about_kind, about_id__in=wanted).order_by("id")
    for row in rows:
        found.setdefault(row.about_id, []).append(row)
    return found


def open_attachment(attachment_id: uuid.UUID, *, thumbnail: bool = False) -> Download:
    """Return a stored file for sending (1 statement). Whether it may be seen is the face's check.

    Raises ``Attachment.DoesNotExist``, also when the bytes are missing on disk.
    """
    row = Attachment.objects.get(id=attachment_id)
    small = thumbnail and bool(row.thumbnail_as)
    path = storage.path_of(row.thumbnail_as if small else row.stored_as)
    if not path.is_file():
        raise Attachment.DoesNotExist(f"the bytes of attachment {attachment_id} are missing")
    return Download(path, "image/jpeg" if small else row.media_type, row.original_name, row)


def remove_orphans(now: datetime) -> tuple[int, int]:
    """Delete rows that nobody attached within a day, then files without a row; return both counts.

    Attached is what names its row (``about_kind``) or what any table points to.

    A file is kept while it is younger than a day, so that one whose row is being written is safe.
    """
    limit = now - ORPHANS_KEPT
    rows = _unattached().filter(at__lt=limit).delete()[0]
    files = 0
    for name in storage.old_files(limit.timestamp()):
        if not _used(name) and storage.remove_if_older(name, limit.timestamp()):
            files += 1
    return rows, files


def remove_attachments(ids: Sequence[uuid.UUID]) -> int:
    """Delete attachments that nothing points to any more, and their bytes unless others share
    them; returns how many rows. The bytes go when the transaction has ended well.
    """
    found = _unreferenced(Attachment.objects.filter(id__in=ids))
    names = [name for pair in found.values_list("stored_as", "thumbnail_as") for name in pair]
    removed = Attachment.objects.filter(id__in=list(found.values_list("id", flat=True))).delete()[0]
    transaction.on_commit(lambda: _remove_files(names))
    return removed


def _remove_files(names: Iterable[str]) -> None:
    for name in filter(None, names):
        if not _used(name):
            storage.remove_if_older(name, float("inf"))


#: Other packages whose rows name stored files.
_KEEPERS: list[Callable[[str], bool]] = []


def register_keeper(used: Callable[[str], bool]) -> None:
    """Let *used* say of a stored file's name that it is still needed (called from ``ready``)."""
    if used not in _KEEPERS:
        _KEEPERS.append(used)


def _used(name: str) -> bool:
    """Whether a row names a stored file (2 statements, and one of each keeper)."""
    attached = Attachment.objects.filter(Q(stored_as=name) | Q(thumbnail_as=name)).exists()
    return (
        attached
        or CertificateFile.objects.filter(stored_as=name).exists()
        or any(used(name) for used in _KEEPERS)
    )


def _unattached() -> QuerySet[Attachment]:
    """Attachments without a row of their own, to which nothing points."""
    return _unreferenced(Attachment.objects.filter(about_kind=""))


def _unreferenced(free: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """Those to which no foreign key of any app points."""
    for field in Attachment._meta.get_fields(include_hidden=True):
        if isinstance(field, ForeignObjectRel):
            pointing = field.related_model._base_manager.filter(
                **{field.field.name: OuterRef("pk")}
            )
            free = free.exclude(Exists(pointing))
    return free


def sniff(data: bytes) -> str | None:
    """Return the media type that the content shows, or ``None`` for a type that is not taken."""
    for media_type, (magics, _) in _PICTURES.items():
        if data.startswith(magics) and (media_type != "image/webp" or data[8:12] == b"WEBP"):
            return media_type
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        return _sniff_office(data)
    return None


def suffix_of(media_type: str) -> str:
    """Return the file suffix of an accepted media type."""
    return _PICTURES[media_type][1] if media_type in _PICTURES else _DOCUMENTS[media_type]


def safe_name(name: str, suffix: str) -> str:
    """Return a file name for people: no folders, no control or direction characters, right suffix.

    It is shown and offered on download; nothing is ever stored under it.
    """
    text = name.encode("utf-8", "ignore").decode()
    text = text.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in text if unicodedata.category(c)[0] not in "CZ" or c == " ")
    stem = unicodedata.normalize("NFC", kept).rpartition(".")[0] or kept
    stem = "".join("_" if c in '<>:"/\\|?*;%' else c for c in stem).strip(" .")[:80]
    return f"{stem or 'file'}.{suffix}"


def _stored(row: AttachmentRow, data: bytes, field: str) -> AttachmentRow:
    """Write the bytes and fill in the columns that follow from them."""
    suffix = suffix_of(row["media_type"])
    if row["media_type"] in _PICTURES:
        picture = clean_picture(field, data)
        data, suffix = picture.data, suffix_of(picture.media_type)
        row["kind"], row["media_type"] = str(Kind.PHOTO), picture.media_type
        row["width"], row["height"] = picture.width, picture.height
        row["thumbnail_as"] = storage.put(picture.thumbnail, "jpg")
    row["sha256"], row["size"] = hashlib.sha256(data).hexdigest(), len(data)
    row["stored_as"] = storage.put(data, suffix)
    return row


def _read(file: Upload, field: str) -> bytes:
    """Read an upload, never more than a byte past the limit."""
    data = file.read(LARGEST_FILE + 1)
    if not data:
        raise FieldError(field, "文件是空的", "empty")
    largest = LARGEST_PHOTO if sniff(data) in _PICTURES else LARGEST_FILE
    if len(data) > largest:
        raise FieldError(field, f"文件不能超过 {largest // 1024 // 1024} MB", "too_large")
    return data


def _sniff_office(data: bytes) -> str | None:
    """Tell DOCX and XLSX by their main part; documents with macros are not taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return None
    if "[Content_Types].xml" not in names or any(n.endswith("vbaProject.bin") for n in names):
        return None
    for media_type, suffix in _DOCUMENTS.items():
        if _OFFICE_PARTS.get(suffix) in names:
            return media_type
    return None

"""Attachments: what people send along with a report or a result. The bytes lie on disk."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from yishi.foundation.papers.certificates.models import (
    Certificate,
    CertificateChange,
    CertificateComponent,
    CertificateFile,
)

__all__ = [
    "Attachment",
    "Certificate",
    "CertificateChange",
    "CertificateComponent",
    "CertificateFile",
    "IssuedPaper",
    "Kind",
    "PaperFile",
    "PaperSeries",
]


class Kind(models.TextChoices):
    """What an attachment is shown as."""

    PHOTO = "photo", "照片"
    FILE = "file", "文件"


class Attachment(models.Model):
    """One accepted upload.

    ``sha256`` and ``size`` (bytes) are those of the stored bytes: of the re-encoded picture, not of
    what was sent. ``stored_as`` and ``thumbnail_as`` are paths below ``settings.YISHI_MEDIA``.
    ``about_kind``/``about_id`` name the row it belongs to and stay empty until it is attached;
    what is never attached is removed by :func:`yishi.foundation.papers.uploads.remove_orphans`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    stored_as = models.CharField(max_length=120)
    thumbnail_as = models.CharField(max_length=120, blank=True, default="")
    original_name = models.CharField(max_length=120)
    uploaded_by = models.CharField(max_length=80)
    at = models.DateTimeField()
    purpose = models.CharField(max_length=20, blank=True, default="")
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["about_kind", "about_id"], name="attachment_about"),
            models.Index(fields=["stored_as"], name="attachment_stored_as"),
            models.Index(fields=["thumbnail_as"], name="attachment_thumbnail_as"),
            models.Index(fields=["at"], include=["uploaded_by", "size"], name="attachment_day"),
            models.Index(
                fields=["at"],
                name="attachment_orphans",
                condition=models.Q(about_kind=""),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="attachment_size_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PaperSeries(models.Model):
    """The last number given out in one kind of paper and year."""

    kind = models.CharField(max_length=32)
    year = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "year"], name="one_series_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class IssuedPaper(models.Model):
    """One numbered document. Printing the same content again keeps the number.

    ``digest`` is that of the content (not of the file), ``code`` what the public page 文书核验 is
    asked with. The register holds no content.
    """

    kind = models.CharField(max_length=32)
    year = models.IntegerField()
    serial = models.IntegerField()
    number = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=20, unique=True)
    digest = models.CharField(max_length=64)
    about_kind = models.CharField(max_length=32)
    about_id = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "year", "serial"], name="paper_number_once"),
            models.UniqueConstraint(
                fields=["kind", "about_kind", "about_id", "digest"], name="paper_content_once"
            ),
            models.CheckConstraint(condition=models.Q(serial__gte=1), name="paper_counted"),
        ]

    def __str__(self) -> str:
        return self.number


class PaperFile(models.Model):
    """The digest of a file that was made of a paper: what 文书核验 compares a file with."""

    paper = models.ForeignKey(IssuedPaper, models.CASCADE, related_name="files")
    sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256

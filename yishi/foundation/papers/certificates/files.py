"""The signed files of a certificate."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from yishi.foundation.papers.certificates.models import PDF, Certificate, CertificateFile


class SignedFile:
    """The bytes of a signed file with its entry in the register."""

    row: CertificateFile
    data: bytes


def signed_file(certificate: Certificate, now: datetime, kind: str = PDF) -> SignedFile:
    """The newest signed file of a certificate, made and kept if there is none."""
    raise NotImplementedError


def pdf(certificate: Certificate, now: datetime) -> bytes:
    """The signed PDF, made on first demand."""
    return signed_file(certificate, now).data


def make_files(ids: Iterable[uuid.UUID], now: datetime) -> int:
    """Make the signed PDF of those of *ids* that have none."""
    raise NotImplementedError

"""Numbered documents: a series for each kind and year, a register, and how a paper is verified.

A number looks as offices write them, ``派遣〔2026〕12号``. Within a kind and year numbers follow
each other without a gap; the database keeps them unique. The same content printed again has the
same number and, from the same program, the same bytes.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from yishi.foundation.audit.chain import canonical
from yishi.foundation.papers import pdf
from yishi.foundation.papers.models import IssuedPaper, PaperFile

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ZONE = ZoneInfo("Asia/Shanghai")
#: Crockford's base 32: no I, L, O, U. Twenty letters are 100 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NEXT = (
    "INSERT INTO papers_paperseries (kind, year, last) VALUES (%s, %s, 1) "
    "ON CONFLICT (kind, year) DO UPDATE SET last = papers_paperseries.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of document: ``label`` is its name, ``prefix`` what its numbers begin with."""

    key: str
    label: StrOrPromise
    prefix: str


_KINDS: dict[str, PaperKind] = {}


def register_kinds(*kinds: PaperKind) -> None:
    """Declare kinds of documents (called from an app's ``ready``)."""
    _KINDS.update({kind.key: kind for kind in kinds})


def kind_of(key: str) -> PaperKind:
    """A declared kind. Raises KeyError."""
    return _KINDS[key]


@dataclass(frozen=True, slots=True)
class Issued:
    """A document as issued: its entry in the register and the PDF."""

    paper: IssuedPaper
    pdf: bytes


def issue(
    kind: str,
    template: str,
    data: Mapping[str, Any],
    *,
    about: tuple[str, object],
    actor_ref: str,
    now: datetime,
    verify_url: Callable[[str], str],
    photos: Sequence[Path] = (),
) -> Issued:
    """Set *template* with *data* under a number (5 statements, 3 when printed again).

    *data* must not hold the time of printing. The template finds ``paper_number``,
    ``paper_code``, ``issued_at`` (``issued_parts``), ``verify_url`` and ``verify_svg`` beside it.
    *about* is what the paper is about, ``("case", 17)``; *verify_url* makes the public address of
    a code. Raises KeyError for an unknown kind, :class:`yishi.foundation.papers.pdf.DocumentError`.
    """
    content = canonical({"data": data, "photos": [path.name for path in photos]})
    paper = _registered(kind_of(kind), about, hashlib.sha256(content).hexdigest(), actor_ref, now)
    address = verify_url(paper.code)
    issued_at = paper.issued_at.astimezone(ZONE)
    stamped = {
        **data,
        "paper_number": paper.number,
        "paper_code": grouped(paper.code),
        "issued_at": f"{issued_at:%Y-%m-%d %H:%M}",
        "issued_parts": list(issued_at.timetuple()[:5]),
        "verify_url": address.partition("?")[0],
        "verify_svg": pdf.qr_svg(address),
    }
    made = pdf.render(template, stamped, photos=photos)
    digest = hashlib.sha256(made).hexdigest()
    PaperFile.objects.bulk_create(
        [PaperFile(paper=paper, sha256=digest, at=now)], ignore_conflicts=True
    )
    return Issued(paper, made)


def _registered(
    kind: PaperKind, about: tuple[str, object], digest: str, actor_ref: str, now: datetime
) -> IssuedPaper:
    """The entry for this content; a new one takes the next number of the series."""
    key = {
        "kind": kind.key,
        "about_kind": about[0],
        "about_id": str(about[1]),
        "digest": digest,
    }
    found = IssuedPaper.objects.filter(**key).first()
    if found is not None:
        return found
    year = now.astimezone(ZONE).year
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [kind.key, year])  # whoever issues this kind too waits here
            serial = int(cursor.fetchone()[0])
        again = IssuedPaper.objects.filter(**key).first()
        if again is not None:
            transaction.set_rollback(True)
            return again
        return IssuedPaper.objects.create(
            **key,
            year=year,
            serial=serial,
            number=f"{kind.prefix}〔{year}〕{serial}号",
            code="".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
            issued_at=now,
            issued_by=actor_ref,
        )


def grouped(code: str) -> str:
    """A code in groups of five, as it is printed."""
    return "-".join(code[at : at + 5] for at in range(0, len(code), 5))


def find(code: str) -> IssuedPaper | None:
    """The paper with this code, which may be typed with blanks and look-alikes (1 statement)."""
    plain = plain_code(code)
    return IssuedPaper.objects.filter(code=plain).first() if plain else None


def plain_code(typed: str) -> str:
    """A code as it is stored, however it was typed; empty for what cannot be one."""
    plain = "".join(char for char in typed.upper() if char.isascii() and char.isalnum())
    plain = plain.translate(_ALIKE)
    return plain if len(plain) == CODE_LENGTH else ""


def matches(paper: IssuedPaper, sha256: str) -> bool:
    """Whether a file with this digest is one of the paper's (1 statement)."""
    digest = "".join(sha256.split()).lower()
    if not _SHA256.fullmatch(digest):
        return False
    return PaperFile.objects.filter(paper=paper, sha256=digest).exists()

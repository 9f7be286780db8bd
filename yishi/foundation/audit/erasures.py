"""Certificates of erasure, and what must not be erased.

Legal ground: 个人信息保护法 art. 19 (kept no longer than needed) and art. 47 (erasure); 网络安全法
art. 21 no. 3 (logs are kept for six months at least).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection, transaction

from yishi.foundation.audit import chain
from yishi.foundation.audit.models import Erasure, Hold
from yishi.foundation.revisions.errors import FieldError


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an erasure says of itself. ``counts``: rows by kind; ``by``: whoever decided it."""

    number: int
    at: datetime
    reason: str
    by: tuple[str, ...]
    subjects: tuple[str, ...]
    counts: Mapping[str, int]
    hash: str


@transaction.atomic
def certify(
    *,
    reason: str,
    by: Iterable[str],
    subjects: Iterable[str],
    counts: Mapping[str, int],
    now: datetime,
) -> Certificate:
    """Record an erasure in its own transaction's end (3 statements)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit.erasure'))")
    last = Erasure.objects.order_by("-seq").first()
    number = last.seq + 1 if last else 1
    content = {
        "number": number,
        "at": now.astimezone(UTC),
        "reason": reason,
        "by": list(by),
        "subjects": list(subjects),
        "counts": dict(counts),
    }
    body = chain.canonical(content)
    algorithm = chain.DEFAULT_ALGORITHM
    made = chain.link(body, bytes(last.hash) if last else chain.GENESIS, algorithm)
    row = Erasure(at=now, seq=number, body=body, algorithm=algorithm, hash=made)
    row.save(force_insert=True)
    return _read(row)


def certificates() -> list[Certificate]:
    """All certificates, oldest first (1 statement)."""
    return [_read(row) for row in Erasure.objects.order_by("seq")]


def faults() -> list[str]:
    """What is wrong with the chain of certificates (1 statement)."""
    rows = [
        chain.Row(row.seq, bytes(row.body), row.algorithm, bytes(row.hash))
        for row in Erasure.objects.order_by("seq")
    ]
    head = rows[-1].hash if rows else chain.GENESIS
    found = chain.find_break(rows, head, len(rows))
    return [f"certificates of erasure: {found}"] if found else []


def _read(row: Erasure) -> Certificate:
    raw: dict[str, Any] = orjson.loads(bytes(row.body))
    return Certificate(
        number=row.seq,
        at=row.at,
        reason=raw["reason"],
        by=tuple(raw["by"]),
        subjects=tuple(raw["subjects"]),
        counts=raw["counts"],
        hash=bytes(row.hash).hex(),
    )


def hold(subject: str, reason: str, by: str, now: datetime) -> Hold:
    """Keep *subject* (``case:12``) whole from now on.

    Raises:
        FieldError: on ``reason`` when none is given, on ``subject`` when it is held already.
    """
    if not reason.strip():
        raise FieldError("reason", "不能为空", "required")
    if Hold.objects.filter(subject=subject, lifted_at__isnull=True).exists():
        raise FieldError("subject", "已处于保全状态", "held")
    return Hold.objects.create(subject=subject, reason=reason.strip()[:200], set_by=by, set_at=now)


def lift(subject: str, by: str, now: datetime) -> None:
    """End the hold on *subject*. Raises `FieldError` when there is none."""
    held = Hold.objects.filter(subject=subject, lifted_at__isnull=True)
    if not held.update(lifted_by=by, lifted_at=now):
        raise FieldError("subject", "没有保全记录", "unknown")


def held_subjects(kind: str = "case") -> frozenset[str]:
    """Ids of what is held now, of subjects ``kind:id`` (1 statement)."""
    rows = Hold.objects.filter(subject__startswith=f"{kind}:", lifted_at__isnull=True)
    return frozenset(
        subject.partition(":")[2] for subject in rows.values_list("subject", flat=True)
    )

"""Changes of a certificate's status, and who is told of them in the same transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yishi.foundation.papers.certificates.models import (
    CANCELLED,
    LAPSED,
    REVOKED,
    REVOKED_LICENCE,
    STATUSES,
    SUPERSEDED,
    SUSPENDED,
    VALID,
    Certificate,
    CertificateChange,
)
from yishi.foundation.papers.certificates.states import may_follow
from yishi.foundation.parties.models import HeldMaterial
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.registering import Looker, today_of
from yishi.foundation.revisions.errors import FieldError

_LOG = logging.getLogger(__name__)
#: How the paper on file stands when its certificate does.
ON_FILE = {
    VALID: HeldMaterial.VALID,
    SUSPENDED: HeldMaterial.SUSPENDED,
    REVOKED: HeldMaterial.REVOKED,
    REVOKED_LICENCE: HeldMaterial.REVOKED,
    CANCELLED: HeldMaterial.CANCELLED,
    LAPSED: HeldMaterial.CANCELLED,
    SUPERSEDED: HeldMaterial.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What listeners are told: the certificate as it is now, what it was, who and when."""

    certificate: Certificate
    before: str
    actor: Looker
    now: datetime


Listener = Callable[[StatusChange], None]
_LISTENERS: list[Listener] = []


def register_status_listener(listener: Listener) -> None:
    """Let *listener* follow every change of a status, inside its transaction (called from an app's
    ``ready``): a composite certificate follows its components this way. A new version tells of the
    old one, which became ``superseded`` (``certificate.superseded_by`` is the new one)."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def set_status(
    certificate: Certificate, status: str, reason: object, *, actor: Looker, now: datetime
) -> Certificate:
    """Change the status, its history and the paper on file (4 statements and the listeners'), in
    the caller's transaction if there is one; every page shows it from the commit on.

    Whether *actor* may is the caller's question (:mod:`.access` for the desk). Raises `FieldError`
    on ``status`` (unknown, or may not follow) or ``reason``.
    """
    if status not in dict(STATUSES) or status == SUPERSEDED:
        raise FieldError("status", "没有这种状态", "unknown")
    why = clean_text("reason", reason, longest=300, required=True)
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if not may_follow(row.status, status):
            label = row.get_status_display()
            raise FieldError("status", f"证照现为“{label}”，不能改为这个状态", "final")
        before = row.status
        row.status, row.status_at, row.status_by, row.reason = status, now, actor.ref, why
        row.save(update_fields=["status", "status_at", "status_by", "reason"])
        CertificateChange.objects.create(
            certificate=row, before=before, after=status, reason=why, actor_ref=actor.ref, at=now
        )
        HeldMaterial.objects.filter(licence_id=row.identifier).update(
            status=ON_FILE[status], status_at=now, status_by=actor.ref, status_reason=why[:200]
        )
        told(row, before, actor, now)
    return row


def told(certificate: Certificate, before: str, actor: Looker, now: datetime) -> None:
    """Tell the listeners of a change that was just stored."""
    for listener in _LISTENERS:
        listener(StatusChange(certificate, before, actor, now))


def lapse_expired(actor: Looker, now: datetime, most: int = 1000) -> int:
    """Mark certificates whose last day has passed as lapsed (失效), each in a transaction of its
    own; returns how many. Run nightly: pages show the end of a term from midnight on anyway."""
    rows = Certificate.objects.filter(
        status__in=(VALID, SUSPENDED), valid_to__isnull=False, valid_to__lt=today_of(now)
    )
    done = 0
    for row in rows.order_by("valid_to", "pk")[:most]:
        try:
            set_status(row, LAPSED, "有效期届满", actor=actor, now=now)
        except FieldError:
            continue  # somebody changed it since it was read
        except Exception:  # a listener's mistake about one must not keep the others
            _LOG.exception("certificate %s could not lapse", row.pk)
            continue
        done += 1
    return done

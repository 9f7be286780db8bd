"""What becomes of a holder's personal values: sealed anew when keys change, erased on demand."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from yishi.foundation.papers import storage
from yishi.foundation.papers.certificates.models import IN_FORCE, Certificate, CertificateFile
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.naming import context
from yishi.foundation.parties.walked import Walked


def _bound(field: str) -> Callable[[Any], str]:
    return lambda row: context("certificate", field, row.id)


TABLE = Walked(
    Certificate,
    {
        "holder_name_enc": _bound("holder_name"),
        "holder_code_enc": _bound("holder_code"),
        "personal_enc": _bound("personal"),
    },
)


def holds_in_force(party: Party) -> bool:
    """Whether a file holds a certificate that counts or is withheld (1 statement)."""
    rows = Certificate.objects.filter(holder__file_id=party.file_id, status__in=IN_FORCE)
    return rows.exists()


def erase_holder(ids: Sequence[uuid.UUID]) -> int:
    """Empty what certificates of people say of them, and remove their signed files once the
    caller's transaction has ended well; returns how many certificates (3 statements)."""
    rows = Certificate.objects.filter(holder_id__in=ids, personal=True)
    files = CertificateFile.objects.filter(certificate__in=rows)
    names = list(files.values_list("stored_as", flat=True))
    files.delete()
    count = rows.update(holder_name_enc="", holder_code_enc="", personal_enc="")
    transaction.on_commit(lambda: _remove(names))
    return count


def _remove(names: Sequence[str]) -> None:
    for name in names:
        if not CertificateFile.objects.filter(stored_as=name).exists():
            storage.remove_if_older(name, float("inf"))

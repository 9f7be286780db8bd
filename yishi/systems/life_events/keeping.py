"""What applications hold of people: how it is erased and sealed anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from yishi.foundation.cases.erasure import Part
from yishi.foundation.cases.models import Case
from yishi.foundation.parties.crypto import decrypt, encrypt, key_id_of
from yishi.foundation.parties.rotation import Sealed
from yishi.systems.life_events.models import Application, CoApplicant
from yishi.systems.life_events.together import context_of

#: Rows that one step of a rotation seals anew.
BATCH = 1_000


def _rows() -> Any:
    return Application.objects.unscoped("erasure and key rotation concern every application")


def _people() -> Any:
    return CoApplicant.objects.unscoped("erasure and key rotation concern every application")


def _erase(ids: Collection[int]) -> int:
    """The form's values, and what officers wrote of them when gaps were told."""
    _people().filter(application__case_id__in=ids).exclude(sealed="").update(sealed="", reason="")
    return int(_rows().filter(case_id__in=ids).exclude(sealed="").update(sealed="", marks={}))


def _due(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(pk__in=_rows().exclude(sealed="").filter(case__isnull=False).values("case"))


#: The one form of a theme; case, items, papers and decisions stay.
PART = Part("theme_form", "一件事申请表", _erase, _due)


def _count() -> Counter[str]:
    tokens = _rows().exclude(sealed="").values_list("sealed", flat=True)
    return Counter(key_id_of(token) for token in tokens.iterator())


def _renew(current: str) -> int:
    rows = _rows().exclude(sealed="").only("pk", "sealed")
    stale = [row.pk for row in rows.iterator() if key_id_of(row.sealed) != current][:BATCH]
    locked = list(_rows().filter(pk__in=stale).select_for_update().order_by("pk"))
    for row in locked:
        context = f"life_events:{row.pk}"
        row.sealed = encrypt(decrypt(row.sealed, context), context)
    _rows().bulk_update(locked, ["sealed"])
    return len(locked)


SEALED = Sealed("theme applications", _count, _renew)


def _count_people() -> Counter[str]:
    tokens = _people().exclude(sealed="").values_list("sealed", flat=True)
    return Counter(key_id_of(token) for token in tokens.iterator())


def _renew_people(current: str) -> int:
    rows = _people().exclude(sealed="").only("pk", "sealed")
    stale = [row.pk for row in rows.iterator() if key_id_of(row.sealed) != current][:BATCH]
    locked = list(_people().filter(pk__in=stale).select_for_update().order_by("pk"))
    for row in locked:
        context = context_of(row)
        row.sealed = encrypt(decrypt(row.sealed, context), context)
    _people().bulk_update(locked, ["sealed"])
    return len(locked)


SEALED_PEOPLE = Sealed("theme co-applicants", _count_people, _renew_people)

"""What applications hold of people: how it is erased and sealed anew."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from yishi.foundation.cases.erasure import Part
from yishi.foundation.cases.models import Case
from yishi.foundation.parties.walked import Walked
from yishi.systems.life_events.models import Application, CoApplicant
from yishi.systems.life_events.together import context_of


def _rows() -> Any:
    return Application.objects.unscoped("erasure concerns every application")


def _people() -> Any:
    return CoApplicant.objects.unscoped("erasure concerns every application")


def _erase(ids: Collection[int]) -> int:
    """The form's values, and what officers wrote of them when gaps were told."""
    _people().filter(application__case_id__in=ids).exclude(sealed="").update(sealed="", reason="")
    return int(_rows().filter(case_id__in=ids).exclude(sealed="").update(sealed="", marks={}))


def _due(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(pk__in=_rows().exclude(sealed="").filter(case__isnull=False).values("case"))


#: The one form of a theme; case, items, papers and decisions stay.
PART = Part("theme_form", "一件事申请表", _erase, _due)


#: How the change of keys walks through forms, and through the parts of co-applicants.
TABLES = (
    Walked(Application, {"sealed": lambda row: f"life_events:{row.pk}"}),
    Walked(CoApplicant, {"sealed": context_of}),
)

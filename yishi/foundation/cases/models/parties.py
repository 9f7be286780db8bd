"""Who takes part in a case: for whom it is, who acts for them, whom it touches."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from yishi.foundation.cases.models.case import Case, ChildQuerySet
from yishi.foundation.parties.models import Mandate, Party

#: Roles in which a party sees a case from the portal and may make the applicant's moves.
APPLICANT = "applicant"
CO_APPLICANT = "co_applicant"
AGENT = "agent"


class CaseParty(models.Model):
    """A party in a role on a case: ``applicant``, ``co_applicant``, ``agent`` (with the mandate
    acted under), or a role of the system (``builder``, ``child`` …)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties", db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=24)
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "party", "role"], name="party_once_in_a_role"),
        )
        indexes = (models.Index(fields=["party", "-case"], name="cases_of_party"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.role} {self.party_id}"

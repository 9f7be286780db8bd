"""Cases and what hangs on them. What only one system needs has a table of that system instead."""

from __future__ import annotations

from yishi.foundation.cases.models.case import (
    Case,
    CaseEdge,
    CaseQuerySet,
    CaseWords,
    CatalogueVersion,
    ChildQuerySet,
)
from yishi.foundation.cases.models.hanging import (
    Assignment,
    CasePaper,
    Clock,
    Evaluation,
    Exemption,
    IntakeKey,
    Trace,
)
from yishi.foundation.cases.models.parties import CaseParty
from yishi.foundation.cases.models.rollups import (
    RollUp,
    RollUpDelta,
    RollUpSum,
)

__all__ = [
    "Assignment",
    "Case",
    "CaseEdge",
    "CasePaper",
    "CaseParty",
    "CaseQuerySet",
    "CaseWords",
    "CatalogueVersion",
    "ChildQuerySet",
    "Clock",
    "Evaluation",
    "Exemption",
    "IntakeKey",
    "RollUp",
    "RollUpDelta",
    "RollUpSum",
    "Trace",
]

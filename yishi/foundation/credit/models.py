"""All models of the package, where Django looks for them."""

from yishi.foundation.credit.record_models import (
    CreditRecord,
    CreditRules,
    Deletion,
    Objection,
    RecordEvent,
)
from yishi.foundation.credit.screening_models import (
    CreditSource,
    ListEntry,
    ListImport,
    NearMatch,
    Screening,
    SourceCheck,
)

__all__ = [
    "CreditRecord",
    "CreditRules",
    "CreditSource",
    "Deletion",
    "ListEntry",
    "ListImport",
    "NearMatch",
    "Objection",
    "RecordEvent",
    "Screening",
    "SourceCheck",
]

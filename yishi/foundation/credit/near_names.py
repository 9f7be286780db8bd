"""Listed names that are like a subject's, from the index beside the database, if there is one."""

from __future__ import annotations

from collections.abc import Sequence

from yishi.foundation.credit.asking import Asked
from yishi.foundation.credit.listings import Likeness


def similar_entries(source: int, asked: Sequence[Asked]) -> dict[int, dict[str, Likeness]]:
    """Ids of entries of a source whose names are like a subject's, by the subject's key."""
    return {}

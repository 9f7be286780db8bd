"""The files of enterprises that came out TRUE: found by their credit code, or opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.facts import store
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.parties import naming
from yishi.foundation.parties.identifier_codes import LEGAL_KINDS
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.party_models import INDIVIDUAL_BUSINESS, ORGANISATION
from yishi.foundation.parties.registering import REGISTRY, identifier_hash
from yishi.systems.direct_benefits.policies.areas import AREA

_MAKE = """
CREATE TEMP TABLE benefit_who (
    row bigint PRIMARY KEY, code varchar(18), managed_path varchar(200), party_id uuid
) ON COMMIT DROP
"""
_FIND = """
UPDATE benefit_who w SET party_id = p.file_id
  FROM parties_identifier i JOIN parties_party p ON p.id = i.party_id
 WHERE i.value = w.code AND i.value <> '' AND i.kind = 'uscc' AND i.ended_on IS NULL
   AND w.party_id IS NULL
"""
#: Two runs, or a run and somebody signing in, must not open two files for one code.
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('benefit enterprises'))"
_PARTY = (
    "id, kind, legal_kind, name, name_enc, name_hash, state, end_reason, file_id, simulated, "
    "created_at"
)
_NUMBER = "id, party_id, kind, value, value_enc, value_hash, source, end_reason, created_at"


def ensure(cursor: Any, snapshot: Snapshot, rows: NDArray[np.int64], now: datetime) -> int:
    """Make ``benefit_who`` with the enterprises of some *rows* of a snapshot and their files;
    returns how many files had to be opened."""
    kept = store.opened(snapshot)
    codes = kept.codes[rows].astype(str).tolist()
    cursor.execute(_MAKE)
    with cursor.copy("COPY benefit_who (row, code, managed_path) FROM STDIN") as copy:
        for row, code, area in zip(rows.tolist(), codes, _areas(kept, rows), strict=True):
            copy.write_row((row, code, area))
    cursor.execute("ANALYZE benefit_who")
    cursor.execute(_ALONE)
    cursor.execute(_FIND)
    if cursor.rowcount == len(rows):
        return 0
    cursor.execute("SELECT row, code FROM benefit_who WHERE party_id IS NULL ORDER BY row")
    lacking = cursor.fetchall()
    names = kept.names_at(np.array([row for row, _ in lacking], np.int64)).to_pylist()
    _open_files(cursor, [code for _, code in lacking], names, snapshot.simulated, now)
    cursor.execute(_FIND)
    return len(lacking)


def _areas(kept: store.Store, rows: NDArray[np.int64]) -> list[str]:
    column = kept.column(AREA)
    if column is None:
        return [""] * len(rows)
    words = [*(str(one) for one in column.categories), ""]
    return [words[place] for place in column.values[rows].tolist()]


def _open_files(
    cursor: Any, codes: list[str], names: list[str | None], simulated: bool, now: datetime
) -> None:
    """New files by COPY: what `parties.registering` stores, of thousands at once."""
    ids = [time_uuid(now) for _ in codes]
    with cursor.copy(f"COPY parties_party ({_PARTY}) FROM STDIN") as copy:
        for one, code, name in zip(ids, codes, names, strict=True):
            legal = LEGAL_KINDS.get(code[:2], ORGANISATION)
            kind = INDIVIDUAL_BUSINESS if legal == INDIVIDUAL_BUSINESS else ORGANISATION
            said = name or code
            hashed = naming.name_hash(said)
            row = (one, kind, legal, said, "", hashed, "active", "", one, simulated, now)
            copy.write_row(row)
    uscc = IdentifierKind.USCC
    with cursor.copy(f"COPY parties_identifier ({_NUMBER}) FROM STDIN") as copy:
        for one, code in zip(ids, codes, strict=True):
            hashed = identifier_hash(uscc, code, one)
            copy.write_row((time_uuid(now), one, uscc, code, "", hashed, REGISTRY, "", now))

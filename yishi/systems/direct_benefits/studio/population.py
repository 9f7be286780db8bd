"""The enterprises of a snapshot as the studio and the officers' pages look at them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yishi.foundation.facts import rows, snapshots, store
from yishi.foundation.facts.columnar import NAME, PARTY
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.rulebook.columns import Column
from yishi.foundation.rulebook.facts import Seen

MOST_FOUND = 20


def columns(snapshot: Snapshot, names: Iterable[str]) -> dict[str, Column]:
    """The columns of the facts that the snapshot has; they are mapped, not read."""
    return store.opened(snapshot).columns(names)


def named(snapshot: Snapshot, places: Sequence[int]) -> list[tuple[str, str]]:
    """(code, name) of the enterprises in some rows."""
    if not places:
        return []
    kept = store.opened(snapshot)
    wanted = np.asarray(places, np.int64)
    codes = [bytes(one).decode("ascii") for one in kept.codes[wanted]]
    names = kept.names_at(wanted).to_pylist()
    return [(code, name or code) for code, name in zip(codes, names, strict=True)]


def rows_of(snapshot: Snapshot, codes: Sequence[str]) -> list[int]:
    """The row of each code; -1 where the snapshot does not have it."""
    plain = [one if len(one) == 18 and one.isascii() else "" for one in codes]
    if not plain:
        return []
    found = store.opened(snapshot).rows_of(np.array(plain, "S18"))
    return [int(row) if code else -1 for row, code in zip(found, plain, strict=True)]


def name_of(snapshot: Snapshot, code: str) -> str:
    """The name of an enterprise, its code where none is known."""
    (row,) = rows_of(snapshot, [code])
    return named(snapshot, [row])[0][1] if row >= 0 else code


def facts_of(snapshot: Snapshot, code: str) -> dict[str, Seen] | None:
    """What is known of an enterprise; None where the snapshot does not have it."""
    path = snapshots.path_of(snapshot)
    return rows.of_party(path, code, snapshots.declared(snapshot))


@lru_cache(maxsize=1)
def _names(path: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray | None]:
    """Codes and names of a snapshot; its file never changes, so the path is enough of a key."""
    there = pq.read_schema(path).names
    table = pq.read_table(path, columns=[PARTY, *([NAME] if NAME in there else [])])
    return table.column(PARTY), table.column(NAME) if NAME in there else None


def find(snapshot: Snapshot, text: str) -> list[tuple[str, str]]:
    """Enterprises whose code is *text*, or whose name has it in it: (code, name)."""
    wanted = text.strip()
    if len(wanted) < 2 or "\x00" in wanted:
        return []
    codes, names = _names(str(snapshots.path_of(snapshot)))
    hit = pc.equal(codes, wanted.upper())
    if names is not None:
        hit = pc.or_(hit, pc.fill_null(pc.match_substring(names, wanted), False))
    places = pc.indices_nonzero(hit).slice(0, MOST_FOUND)
    listed = names.take(places).to_pylist() if names is not None else [""] * len(places)
    return [
        (str(code), str(name or code))
        for code, name in zip(codes.take(places).to_pylist(), listed, strict=True)
    ]

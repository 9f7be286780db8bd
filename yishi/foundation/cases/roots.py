"""Daily roots: what the traces' heads were, signed, chained and kept outside the database.

A trace verifies by itself (:mod:`verify`), but a deleted case leaves nothing to verify, and whoever
may write the tables can write a whole chain anew. So once a day the length and head of every trace
are recorded: the changed ones go to a file, and a statement with the Merkle root over all recorded
heads (RFC 6962, section 2.1), the file's digest and the digest of the statement before is signed.
Verification asks that every head ever recorded still is the hash of that row of that case's trace.

A case that vanished stays in the root by its last recorded head: it is reported for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection, transaction

from yishi.foundation.audit import chain
from yishi.foundation.audit.models import DailyRoot
from yishi.foundation.cases import rootfiles as files
from yishi.foundation.cases.lifecycle import LIFECYCLES
from yishi.foundation.cases.rootfiles import LEAF, Leaves, RootError

CITY_TIME = ZoneInfo("Asia/Shanghai")
BLOCK = 5_000
_HEADS = "SELECT id, trace_length, trace_head FROM cases_case WHERE system = %s ORDER BY id"
_ROWS = """
SELECT w.id, w.length, t.hash
  FROM unnest(%s::bigint[], %s::int[]) AS w (id, length)
  LEFT JOIN cases_trace t ON t.case_id = w.id AND t.seq = w.length
"""


def statement_of(root: DailyRoot) -> bytes:
    """The bytes that are signed: everything the row says."""
    return chain.canonical(
        {
            "chain": root.chain,
            "day": root.day,
            "heads": root.heads,
            "algorithm": root.algorithm,
            "root": bytes(root.root).hex(),
            "before": bytes(root.before).hex(),
            "leaves": bytes(root.leaves).hex(),
            "key": root.key,
            "made_at": root.made_at.astimezone(UTC),
        }
    )


def make_roots(now: datetime) -> list[DailyRoot]:
    """Record today's root of every system; a system that has one for today is left alone.

    Raises:
        RootError: when an earlier file is missing or a head is not a 32-byte digest.
    """
    return [root for name in sorted(LIFECYCLES) if (root := make_root(name, now)) is not None]


def make_root(system: str, now: datetime) -> DailyRoot | None:
    """Record the root of one system (see :func:`make_roots`); ``None`` when today has one."""
    day = now.astimezone(CITY_TIME).date()
    with transaction.atomic():
        _lock(system)
        earlier = list(DailyRoot.objects.filter(chain=system).order_by("day"))
        if earlier and earlier[-1].day >= day:
            return None
        known = files.folded([files.read_leaves(system, root.day)[0] for root in earlier])
        changed = _changed(known, _heads(system))
        data = changed.tobytes()
        path = files.leaves_path(system, day)
        path.unlink(missing_ok=True)  # of an attempt whose row was never committed
        files.write_once(path, data)
        root = _signed_root(system, day, now, earlier, files.folded([known, changed]), data)
        root.save(force_insert=True)
        files.statement_path(system, day).unlink(missing_ok=True)
        files.write_once(files.statement_path(system, day), exported(root))
    return root


def _lock(system: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"roots:{system}"])


def _heads(system: str) -> Leaves:
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [system])
        rows = cursor.fetchall()
    if any(len(head) != 32 for _id, _length, head in rows):
        raise RootError("a head is not a digest of 32 bytes: run audit verify")
    return np.array([(pk, length, bytes(head)) for pk, length, head in rows], dtype=LEAF)


def _changed(known: Leaves, present: Leaves) -> Leaves:
    """Of *present* what is not recorded so already."""
    if not len(known):
        return present
    place = np.searchsorted(known["id"], present["id"]).clip(max=len(known) - 1)
    kept: Leaves = present[known[place] != present]
    return kept


def _merkle(leaves: Leaves) -> bytes:
    size, data = LEAF.itemsize, leaves.tobytes()
    return chain.merkle_root(data[i : i + size] for i in range(0, len(data), size))


def _signed_root(
    system: str, day: date, now: datetime, earlier: list[DailyRoot], leaves: Leaves, data: bytes
) -> DailyRoot:
    key = files.signing_key()
    before = chain.digest(statement_of(earlier[-1])) if earlier else chain.GENESIS
    root = DailyRoot(
        day=day,
        chain=system,
        heads=len(leaves),
        algorithm=chain.DEFAULT_ALGORITHM,
        root=_merkle(leaves),
        before=before,
        leaves=hashlib.sha256(data).digest(),
        key=files.key_name(key.public_key()),
        made_at=now,
    )
    root.signature = key.sign(statement_of(root))
    return root


def exported(root: DailyRoot) -> bytes:
    """The statement with its signature and the public key, as JSON for whoever keeps it."""
    public = files.signing_key().public_key()
    return chain.canonical(
        {
            "statement": statement_of(root).decode(),
            "signature": bytes(root.signature).hex(),
            "signature_algorithm": "Ed25519",
            "public_key": files.public_pem(public),
        }
    )


@dataclass(frozen=True, slots=True)
class RootFault:
    """What is wrong with a recorded root or with a case that it recorded."""

    where: str
    reason: str


def verify_roots() -> Iterator[RootFault]:
    """Check every root, its file, and every head that any of them recorded."""
    recorded: dict[str, list[DailyRoot]] = {}
    for root in DailyRoot.objects.order_by("chain", "day"):
        recorded.setdefault(root.chain, []).append(root)
    for system in sorted({*recorded, *_systems_with_files()}):
        yield from _verify_system(system, recorded.get(system, []))


def _systems_with_files() -> list[str]:
    base = files.folder()
    return [path.name for path in base.iterdir() if path.is_dir()] if base.is_dir() else []


def _verify_system(system: str, roots: list[DailyRoot]) -> Iterator[RootFault]:
    days = {str(root.day) for root in roots}
    for path in sorted((files.folder() / system).glob("*.json")):
        if path.stem not in days:
            yield RootFault(f"{system} {path.stem}", "its row in the database is missing")
    before = chain.GENESIS
    parts: list[Leaves] = []
    for root in roots:
        where = f"{system} {root.day}"
        for reason in _statement_faults(root, before):
            yield RootFault(where, reason)
        before = chain.digest(statement_of(root))
        try:
            leaves, digest = files.read_leaves(system, root.day)
        except RootError as error:
            yield RootFault(where, str(error))
            continue
        if digest != bytes(root.leaves):
            yield RootFault(where, "the file of heads was changed")
            continue
        parts.append(leaves)
        yield from _case_faults(where, leaves)
    if roots and len(parts) == len(roots) and _merkle(files.folded(parts)) != bytes(roots[-1].root):
        yield RootFault(f"{system} {roots[-1].day}", "the Merkle root differs from the heads")


def _statement_faults(root: DailyRoot, before: bytes) -> Iterator[str]:
    public = files.signing_key().public_key()
    if root.key != files.key_name(public):
        yield f"signed with another key ({root.key})"
    elif not files.signed(public, bytes(root.signature), statement_of(root)):
        yield "the signature does not match"
    if bytes(root.before) != before:
        yield "it does not follow the root before it"
    path = files.statement_path(root.chain, root.day)
    if not path.exists():
        yield "its exported statement is missing"
    elif path.read_bytes() != exported(root):
        yield "its exported statement differs from the database"


def _case_faults(where: str, leaves: Leaves) -> Iterator[RootFault]:
    """Heads that are no longer the hash of that row of that case's trace."""
    for start in range(0, len(leaves), BLOCK):
        block = leaves[start : start + BLOCK]
        wanted: dict[tuple[int, int], bytes] = {
            (int(row["id"]), int(row["length"])): row["head"].tobytes() for row in block
        }
        found = _hashes(wanted)
        for (pk, length), head in wanted.items():
            have = found.get((pk, length))
            if have is None:
                yield RootFault(where, f"case {pk}: row {length} of its trace is gone")
            elif have != head:
                yield RootFault(where, f"case {pk}: its trace was rewritten up to row {length}")


def _hashes(wanted: dict[tuple[int, int], Any]) -> dict[tuple[int, int], bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [[pk for pk, _ in wanted], [length for _, length in wanted]])
        return {(row[0], row[1]): bytes(row[2]) for row in cursor.fetchall() if row[2] is not None}

"""The reference of an import: a bare COPY of every row that it wrote."""

from __future__ import annotations

import time
from typing import Any, cast

from django.db import connection, transaction

TABLES = (
    "parties_contact",
    "cases_case",
    "cases_clock",
    "cases_assignment",
    "cases_trace",
    "cases_rollupdelta",
    "cases_intakekey",
    "rulebook_decision",
    "city_events_report",
    "messaging_message",
)


def bare_copy() -> tuple[int, float]:
    """Rows in all tables of the loop, and the seconds of copying them in again.

    The rows are read out, the tables emptied, and the same rows copied back in one transaction,
    with all their indexes and constraints; afterwards the database holds what it held.
    """
    kept: dict[str, tuple[str, bytes]] = {}
    rows = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            rows += cursor.fetchone()[0]
            cursor.execute(
                "SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attgenerated = ''",
                [table],
            )
            columns = cursor.fetchone()[0]
            raw = cast(Any, cursor)
            with raw.copy(f"COPY {table} ({columns}) TO STDOUT") as copy:
                kept[table] = columns, b"".join(bytes(part) for part in copy)
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, data) in kept.items():
            raw = cast(Any, cursor)
            with raw.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                copy.write(data)
    return rows, time.perf_counter() - begun

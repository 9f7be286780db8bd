"""Process-wide copies of slowly changing registers, kept true by a number in the database.

A register (divisions and units, the calendar, the catalogue, the rules) is read on nearly every
request and changes a few times a year. Each process keeps an immutable copy together with the
number it was built from; whoever changes the register bumps the number in the same transaction.
Nothing that matters lives in the copy: killed processes rebuild it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")
log = logging.getLogger("yishi.revisions")

#: What a process that answers people reads before it is asked; systems add to it.
READ_FIRST: list[Callable[[], object]] = []
_copies: dict[tuple[str, Callable[..., Any]], tuple[int, Any]] = {}
_lock = threading.Lock()


def bump(name: str) -> int:
    """Raise the number of register *name* in this transaction and return it (1 statement)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO revisions_revision (name, number) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET number = revisions_revision.number + 1 "
            "RETURNING number",
            [name],
        )
        row = cursor.fetchone()
    return cast(int, row[0])


def numbers() -> dict[str, int]:
    """All numbers in one statement."""
    from yishi.foundation.revisions.models import Revision

    return dict(Revision.objects.values_list("name", "number"))


def current(name: str, load: Callable[[], T]) -> T:
    """The copy of register *name*, reloaded when its number changed (1 statement to look)."""
    from yishi.foundation.revisions.models import Revision

    row = Revision.objects.filter(name=name).values_list("number", flat=True).first()
    return at(name, row or 0, load)


def at(name: str, number: int, load: Callable[[], T]) -> T:
    """The copy of register *name* for a number that the caller already knows (no statement)."""
    key = (name, load)
    kept = _copies.get(key)
    if kept is not None and kept[0] == number:
        return cast(T, kept[1])
    with _lock:
        kept = _copies.get(key)
        if kept is None or kept[0] != number:
            _copies[key] = kept = (number, load())
    return cast(T, kept[1])


def kept(name: str, load: Callable[[], T]) -> T:
    """The process's copy whatever its number, for names on a page (no statement once loaded)."""
    copy = _copies.get((name, load))
    return cast(T, copy[1]) if copy is not None else current(name, load)


def at_hand(name: str, load: Callable[[], T]) -> T | None:
    """The process's copy whatever its number, None where it has none; never asks the database."""
    copy = _copies.get((name, load))
    return cast(T, copy[1]) if copy is not None else None


def read_first() -> None:
    """Read what the first request would else wait for (``READ_FIRST``); without a database the
    first request reads it after all."""
    from django.db import DatabaseError, connection

    try:
        for read in READ_FIRST:
            read()
    except (DatabaseError, LookupError) as error:
        log.info("not read before the first request: %s", type(error).__name__)
    finally:
        connection.close()


def forget_others(known: dict[str, int]) -> None:
    """Drop the copies whose number is not the one in *known* (a change was rolled back)."""
    with _lock:
        for key, (number, _) in list(_copies.items()):
            if known.get(key[0], 0) != number:
                del _copies[key]


def forget() -> None:
    """Drop every copy (tests that roll transactions back need it)."""
    with _lock:
        _copies.clear()

"""Tables of people and units (.xlsx): first shown row by row, then done all or not at all.

Showing *is* doing: the same verbs run in a transaction that is rolled back, so that what is shown
is what would happen, and a row is refused for the reason the verb gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.sheets import Limits, read_table

LIMITS = Limits(size=2 * 1024 * 1024, rows=2000, columns=30)
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d", "%Y/%m/%d %H:%M")


@dataclass(frozen=True, slots=True)
class Rows:
    """What a workbook holds, as texts: (number of the row, field → text); and each field's column.

    Plain enough to travel through a signed form between showing and doing.
    """

    rows: list[tuple[int, dict[str, str]]]
    places: dict[str, int]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be taken: row and column as the spreadsheet names them."""

    row: int
    column: str
    heading: str
    message: str


@dataclass(slots=True)
class Outcome:
    """What each row changes, and what is wrong; ``done`` only if everything was taken."""

    changes: list[tuple[int, str]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    done: bool = False


Verb = Callable[[dict[str, str]], Sequence[str]]


def read(file: IO[bytes], columns: Mapping[str, str], required: Sequence[str]) -> Rows:
    """The rows of a workbook. A cell that cannot be used becomes a fault of its row later.

    Raises:
        yishi.foundation.tables.sheets.SheetError: for a file that cannot be used as a whole.
    """
    table = read_table(file, columns, required=required, limits=LIMITS)
    rows = []
    for row in table.rows():
        values = {name: row.text(name)[:500] for name in columns}
        values |= {f"!{name}": reason for name, reason in row.faults()}
        rows.append((row.number, values))
    return Rows(rows, dict(table.places))


def run(rows: Rows, columns: Mapping[str, str], verb: Verb, *, apply: bool) -> Outcome:
    """Do every row by *verb*, which returns what it changed in words; keep it only if *apply* is
    said and no row is at fault."""
    outcome = Outcome()
    with transaction.atomic():
        for number, values in rows.rows:
            _one(number, values, columns, rows.places, verb, outcome)
        outcome.done = apply and not outcome.faults
        if not outcome.done:
            transaction.set_rollback(True)
    return outcome


def _one(
    number: int,
    values: dict[str, str],
    columns: Mapping[str, str],
    places: Mapping[str, int],
    verb: Verb,
    outcome: Outcome,
) -> None:
    def refuse(name: str, message: str) -> None:
        place = places.get(name, 0)
        heading = columns.get(name, "")
        outcome.faults.append(Fault(number, column_letters(place), heading, message))

    unusable = [(key[1:], text) for key, text in values.items() if key.startswith("!")]
    if unusable:
        for name, reason in unusable:
            refuse(name, reason)
        return
    try:
        with transaction.atomic():
            texts = verb(values)
    except FieldError as error:
        refuse(error.field, error.message)
    except PlaceError as error:
        refuse(error.field, error.message)
    except PermissionDenied:
        refuse("", _("超出您管理的范围"))
    except DatabaseError:
        refuse("", _("含有无法保存的内容"))
    else:
        outcome.changes += [(number, text) for text in texts]
        outcome.unchanged += not texts


def column_letters(place: int) -> str:
    """``1`` → ``A``, ``28`` → ``AB``; empty for 0."""
    letters = ""
    while place > 0:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def moment(name: str, text: str, zone: object) -> datetime | None:
    """A date, with or without a time, in the city's time; ``None`` where nothing is said.

    Raises:
        FieldError: on *name*.
    """
    if not text:
        return None
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)  # type: ignore[arg-type]
        except ValueError:
            continue
    raise FieldError(name, _("日期应写作 2026-11-24 或 2026-11-24 08:00"))


def yes(name: str, text: str, default: bool) -> bool:
    """是 or 否.

    Raises:
        FieldError: on *name* for anything else.
    """
    if not text:
        return default
    if text in ("是", "否"):
        return text == "是"
    raise FieldError(name, _("请填写“是”或“否”"))

"""A table declared once: the page draws its columns, the export writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

R = TypeVar("R")
Kind = Literal["text", "moment", "day", "number", "share", "money"]
Shown = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column: ``value`` takes a row apart.

    ``kind`` says what a file stores: ``moment`` and ``day`` real dates, ``share`` a number between
    0 and 1 shown in percent, ``money`` yuan with two places. ``draw`` names how a page draws the
    cell (``""``: not on pages), ``head`` its heading there; ``file`` is whether exports have it.
    ``width`` in characters.
    """

    key: str
    label: StrOrPromise
    value: Callable[[R], Shown]
    kind: Kind = "text"
    width: int = 14
    draw: str = "text"
    head: StrOrPromise = ""
    file: bool = True

    @property
    def heading(self) -> str:
        """What stands above the column on a page."""
        return str(self.head or self.label)


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """A list of one kind of rows. ``key`` names it in the log of exports."""

    key: str
    title: StrOrPromise
    columns: tuple[Column[R], ...]

    @property
    def on_page(self) -> list[Column[R]]:
        """The columns that pages draw."""
        return [column for column in self.columns if column.draw]

    @property
    def in_file(self) -> list[Column[R]]:
        """The columns that exports write."""
        return [column for column in self.columns if column.file]


@dataclass(frozen=True, slots=True)
class Part:
    """A table with its rows, which are read only once and as they are needed."""

    table: Table[Any]
    rows: Iterable[Any]

"""What can be wrong with an import as a whole, and with one row of it."""

from __future__ import annotations

from dataclasses import dataclass

from yishi.foundation.revisions.errors import FieldError


class ImportFileError(FieldError):
    """The file or its mapping cannot be used at all; nothing was stored. *field* says what."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message, "file")

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken in.

    ``row`` counts as a spreadsheet does (the header is 1), ``line`` is the line of the file on
    which the row begins. ``field`` names the column of the import, or ``row`` for the whole row.
    """

    row: int
    line: int
    external_id: str
    field: str
    reason: str

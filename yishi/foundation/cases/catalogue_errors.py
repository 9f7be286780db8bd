"""What can be wrong with a catalogue, with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yishi.foundation.revisions.errors import FieldError

SHOWN = 50


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: file name, line from 1 (0: the file or folder as a whole), field and message."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"
        )


class CatalogueError(FieldError):
    """A catalogue that cannot be accepted; ``problems`` names every fault with file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"…… 另有 {len(self.problems) - SHOWN} 处")
        super().__init__("catalogue", "\n".join(lines))

    def __str__(self) -> str:
        return self.message


class CatalogueConflict(FieldError):
    """Loading would put an older file over a version that was made in the browser."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(
            "catalogue",
            f"版本 {version} 是在网页上修改的，比文件新；请先导出，或者明确要求覆盖（--force）",
            "conflict",
        )

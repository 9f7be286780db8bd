"""What the tests of imports share: a moment, and an import of a text or of bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from yishi.systems.city_events.importing.errors import Rejection
from yishi.systems.city_events.importing.mapping import Mapping, read_zone
from yishi.systems.city_events.importing.rows import read_rows
from yishi.systems.city_events.importing.service import Tally, import_reports

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
#: A spot of the demo city, and a type that is filed there without a person.
SPOT = "112.1420,32.0500"
RUBBISH = "event/01/10"
HEADER = "external_id,type,lon,lat,description\n"


def rows_of(count: int, prefix: str = "a") -> str:
    """A file of *count* good reports."""
    lines = (f"{prefix}{n},{RUBBISH},{SPOT},生活垃圾堆在路边\n" for n in range(count))
    return HEADER + "".join(lines)


@dataclass
class Importer:
    """Imports texts on one channel and keeps what was rejected."""

    channel: str = "history"
    rejected: list[Rejection] = field(default_factory=list)

    def __call__(self, text: str, mapping: Mapping | None = None, **how: Any) -> Tally:
        """Import *text*; the rejections are those of this call."""
        self.rejected = []
        now = how.pop("now", NOW)
        rows = read_rows(io.StringIO(text, newline=""), mapping, read_zone("Asia/Shanghai"), now)
        tally = import_reports(rows, self.channel, now=now, reject=self.rejected.append, **how)
        assert tally.adds_up
        assert tally.rejected == len(self.rejected)
        return tally


@pytest.fixture
def bring(city: None) -> Importer:
    """An importer into the demo city."""
    return Importer()


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes bytes to a file."""

    def write(data: bytes) -> Path:
        path = tmp_path / "reports.csv"
        path.write_bytes(data)
        return path

    return write

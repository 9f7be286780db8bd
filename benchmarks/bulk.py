"""A CSV file taken in, beside a COPY of all the rows that it became."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from random import Random

from benchmarks.bare import Recorder, copy_again
from benchmarks.ground import admin_url, seconds
from yishi.runtime.postgres import Cluster


@dataclass(frozen=True, slots=True)
class Import:
    """Rows of the file and rows stored, per second, and the share of COPY that is."""

    file_rows: float
    stored_rows: float
    copied_rows: float

    @property
    def share(self) -> float:
        """Stored rows per second over copied rows per second."""
        return self.stored_rows / self.copied_rows


def csv_file(count: int, seed: int) -> str:
    """Reports as a city would export them: all types, at landmarks, times apart."""
    from django.utils import timezone

    from yishi.systems.city_events.context import city

    registers, rng = city(), Random(seed)
    _, catalogue = registers.catalogue(timezone.now())
    marks = [mark for mark in registers.register.landmarks if mark.cell]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["external_id", "type", "standard", "description", "lon", "lat"])
    for n in range(count):
        kind, mark = rng.choice(catalogue.types), rng.choice(marks)
        text = f"{mark.name}附近{kind.name}"
        where = [f"{mark.lon:.6f}", f"{mark.lat:.6f}"]
        writer.writerow([f"csv-{seed}-{n}", kind.key, kind.standards[0].code, text, *where])
    return out.getvalue()


def measure(server: Cluster, count: int, seed: int) -> Import:
    """One file of *count* rows."""
    from django.utils import timezone

    from yishi.systems.city_events.importing.files import FileImport, import_text

    text = csv_file(count, seed)
    recorder = Recorder(admin_url(server))

    def act() -> None:
        tally = import_text(
            io.StringIO(text), FileImport(), now=timezone.now(), tell=lambda tally: None
        )
        assert tally.adds_up and tally.rejected == 0, tally

    taken = seconds(act)
    written = recorder.written()
    stored = sum(len(rows) for group in written.inserted.values() for rows in group.values())
    recorder.undo(written)
    copied = copy_again(server.url(), recorder.tables, written)
    recorder.close()
    return Import(count / taken, stored / taken, stored / copied)

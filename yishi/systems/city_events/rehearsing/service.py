"""Asking for a rehearsal, working it off in the background, and the same from the command line."""

from __future__ import annotations

import io
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction
from django.utils import timezone

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import User
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.rehearsal import read_only
from yishi.systems.city_events.catalogue import dump_folder, to_content
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.rehearsing.candidate import Candidate, read_candidate
from yishi.systems.city_events.rehearsing.engine import Engine
from yishi.systems.city_events.rehearsing.models import Rehearsal, RehearsedCase
from yishi.systems.city_events.rehearsing.past import Stretch, cases_of, days_of, slices
from yishi.systems.city_events.rehearsing.tally import Difference, Tally
from yishi.systems.city_events.routing import reading
from yishi.systems.city_events.routing.absence import wide

MOST_BYTES = 20 * 1024 * 1024
#: What the files of a ZIP may come to when they are unpacked.
MOST_UNPACKED = 200 * 1024 * 1024
MOST_FILES = 200
#: Differences that are kept one by one; beyond, only the counts are.
MOST_KEPT = 100_000
LONGEST = timedelta(days=3 * 366)

#: Told after each day: days done, days, what was counted so far.
Tell = Callable[[int, int, Tally], None]
Keep = Callable[[Iterable[Difference]], None]


def plain_files(given: Mapping[str, bytes]) -> dict[str, bytes]:
    """*given* files by their plain names, ZIPs unpacked.

    Raises:
        FieldError: on ``files``.
    """
    found: dict[str, bytes] = {}
    for name, data in given.items():
        parts = _unpacked(name, data) if name.lower().endswith(".zip") else [(name, data)]
        for inner, content in parts:
            plain = PurePosixPath(inner.replace("\\", "/")).name
            if plain in found and found[plain] != content:
                raise FieldError("files", f"“{plain}”出现了两次，内容不同", "repeated")
            found[plain] = content
    if sum(map(len, found.values())) > MOST_UNPACKED or len(found) > MOST_FILES:
        raise FieldError("files", "文件太多或太大", "too_large")
    return found


def _unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > MOST_FILES or sum(i.file_size for i in infos) > MOST_UNPACKED:
                raise FieldError("files", f"{name}：文件太多或太大", "too_large")
            for info in infos:
                yield info.filename, archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise FieldError("files", f"{name}：不是可用的 ZIP 文件", "format") from error


def candidate_of(files: Mapping[str, bytes], registers: City, now: datetime) -> Candidate:
    """What *files* change of what is in force now. Raises FieldError on ``files``."""
    _version, catalogue = registers.catalogue(now)
    recogniser = registers.recogniser.model
    return read_candidate(
        files,
        catalogue,
        registers.tables.at(now),
        registers.rulebook,
        registers.register.functions,
        recogniser.version if recogniser else "",
    )


def rehearse(
    registers: City,
    candidate: Candidate,
    stretch: Stretch,
    now: datetime,
    *,
    actor: Actor | None,
    keep: Keep = lambda found: None,
    tell: Tell = lambda done, days, tally: None,
) -> Tally:
    """Replay *stretch* with *candidate*. History is read in transactions that cannot write; what
    differs goes to *keep* between them."""
    engine = Engine(registers, candidate, now)
    cases = cases_of(actor, stretch)
    with read_only():
        days = days_of(cases)
    for done, day in enumerate(days, start=1):
        found: list[Difference] = []
        with read_only():
            for pasts in slices(cases, day, texts=candidate.reads_texts):
                found += engine.run(pasts)
        keep(found)
        tell(done, len(days), engine.tally)
    return engine.tally


def ask(
    actor: Actor,
    given: Mapping[str, bytes],
    first: date,
    last: date,
    area: str,
    note: str,
    now: datetime,
) -> Rehearsal:
    """Keep the files and queue the work; the files are read at once, so that faults show now.

    Raises:
        FieldError: ``files``, ``first``, ``last`` or ``area``; nothing is stored.
    """
    if sum(map(len, given.values())) > MOST_BYTES:
        raise FieldError("files", "文件超过 20 MB", "too_large")
    if last < first:
        raise FieldError("last", "结束日期早于开始日期", "range")
    if last - first > LONGEST:
        raise FieldError("first", "一次最多预演三年", "range")
    registers = city()
    files = plain_files(given)
    candidate = candidate_of(files, registers, now)
    from yishi.systems.city_events.tasks import run_rehearsal

    with transaction.atomic():
        row = Rehearsal.objects.create(
            user_id=actor.user_id or 0,
            note=" ".join(note.split())[:100],
            at=now,
            first_day=first,
            last_day=last,
            area=area,
            inputs=[asdict(one) for one in candidate.inputs],
            bases=bases_of(registers, now),
            content=_packed(files),
        )
        run_rehearsal.defer(rehearsal_id=row.pk)
    return row


def bases_of(registers: City, now: datetime) -> dict[str, Any]:
    """The versions in force, by name."""
    version, _catalogue = registers.catalogue(now)
    model = registers.recogniser.model
    return {
        "catalogue": version,
        "routing": registers.tables.version_at(now),
        "model": model.version if model else "",
    }


def _packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(name, data)
    return buffer.getvalue()


def work_off(rehearsal_id: int, now: datetime) -> None:
    """Run a rehearsal; one that was interrupted begins anew."""
    row = Rehearsal.objects.get(pk=rehearsal_id)
    if row.finished_at is not None:
        return
    with transaction.atomic():
        Rehearsal.objects.filter(pk=row.pk).update(state=Rehearsal.RUNNING)
        RehearsedCase.objects.unscoped("of a run that begins anew").filter(rehearsal=row).delete()
    begun = time.perf_counter()
    actor = wide(User.objects.with_grants().get(pk=row.user_id).actor())
    registers = city()
    try:
        files = plain_files({"files.zip": bytes(row.content)})
        candidate = candidate_of(files, registers, now)
    except (FieldError, LookupError) as error:
        message = error.message if isinstance(error, FieldError) else str(error)
        _end(row, Rehearsal.FAILED, message=message)
        return
    tally = rehearse(
        registers,
        candidate,
        Stretch(row.first_day, row.last_day, row.area),
        now,
        actor=actor,
        keep=_keeper(row),
        tell=_teller(row),
    )
    _end(row, Rehearsal.DONE, tally=tally.as_json(), seconds=time.perf_counter() - begun)


def _keeper(row: Rehearsal) -> Keep:
    kept = 0

    def keep(found: Iterable[Difference]) -> None:
        nonlocal kept
        rows = [
            RehearsedCase(rehearsal_id=row.pk, **asdict(one))
            for one in list(found)[: MOST_KEPT - kept]
        ]
        kept += len(rows)
        if rows:
            RehearsedCase.objects.bulk_create(rows, batch_size=2000)

    return keep


def _teller(row: Rehearsal) -> Tell:
    told = time.perf_counter()

    def tell(done: int, days: int, tally: Tally) -> None:
        nonlocal told
        if done < days and time.perf_counter() - told < 1.0:
            return
        told = time.perf_counter()
        Rehearsal.objects.filter(pk=row.pk).update(progress=[done, days], tally=tally.as_json())

    return tell


def _end(row: Rehearsal, state: str, **more: Any) -> None:
    Rehearsal.objects.filter(pk=row.pk).update(
        state=state, finished_at=timezone.now(), content=b"", **more
    )


def current_files(registers: City, now: datetime) -> dict[str, bytes]:
    """The catalogue and the routing table in force, as files to change and to rehearse."""
    _version, catalogue = registers.catalogue(now)
    with tempfile.TemporaryDirectory(prefix="yishi-rehearsal-") as name:
        folder = Path(name)
        dump_folder(to_content(catalogue), folder)
        reading.dump_folder(reading.to_content(registers.tables.at(now)), folder)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

"""Every row becomes one thing, once, by the functions that take in a single report."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.utils import timezone

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.audit import chain
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case, Clock, IntakeKey, Trace
from yishi.foundation.messages.models import Message
from yishi.systems.city_events.importing import block as blocks
from yishi.systems.city_events.importing.service import Tally
from yishi.systems.city_events.importing.tests.conftest import (
    HEADER,
    NOW,
    RUBBISH,
    SPOT,
    Importer,
    rows_of,
)
from yishi.systems.city_events.intake import report
from yishi.systems.city_events.models import Report


def cases() -> int:
    """How many cases there are."""
    return int(Case.objects.unscoped("a test counts").count())


def test_a_file_given_again_changes_nothing(bring: Importer) -> None:
    first = bring(rows_of(30), block_rows=7)
    stored = cases()
    again = bring(rows_of(30), block_rows=11)
    assert (first.rows, first.filed, first.dispatched) == (30, 30, 30)
    assert (again.rows, again.repeated, again.filed) == (30, 30, 0)
    assert cases() == stored


def test_a_key_with_another_body_is_rejected_by_name(bring: Importer) -> None:
    bring(rows_of(1))
    tally = bring(f"{HEADER}a0,{RUBBISH},{SPOT},别的内容\n")
    assert tally.rejected == 1
    assert (bring.rejected[0].row, bring.rejected[0].field) == (2, "external_id")


def test_doubles_within_a_file_count_as_repeated_or_are_rejected(bring: Importer) -> None:
    good = f"k,{RUBBISH},{SPOT},垃圾\n"
    tally = bring(HEADER + good + good + f"k,{RUBBISH},{SPOT},不同\n")
    assert (tally.filed, tally.repeated, tally.rejected) == (1, 1, 1)


def test_a_double_of_a_rejected_row_is_not_called_repeated(bring: Importer) -> None:
    bad = f"k,{RUBBISH},999,32,垃圾\n"
    tally = bring(HEADER + bad + bad)
    assert (tally.repeated, tally.rejected) == (0, 2)
    assert {found.field for found in bring.rejected} == {"lon"}


def test_an_imported_report_is_the_same_case_as_a_single_one(bring: Importer) -> None:
    raw = {
        "external_id": "single",
        "type": RUBBISH,
        "lon": "112.1420",
        "lat": "32.0500",
        "description": "生活垃圾堆在路边",
    }
    receipt = report(PUBLIC, raw, "portal", NOW)
    bring(rows_of(1))
    single = load_states(number=receipt.number)[0]
    key = IntakeKey.objects.get(channel="history", key="a0")
    bulk = load_states([key.case_id])[0]
    ours = [(clock.kind, clock.due_at, clock.stopped_at, clock.late) for clock in bulk.clocks]
    theirs = [(clock.kind, clock.due_at, clock.stopped_at, clock.late) for clock in single.clocks]
    assert (bulk.state, bulk.unit_id, bulk.stage) == (single.state, single.unit_id, single.stage)
    assert sorted(ours, key=str) == sorted(theirs, key=str)
    assert bulk.data["dispatch_reason"] == single.data["dispatch_reason"]
    rows = Trace.objects.unscoped("a test verifies").filter(case_id=bulk.id).order_by("seq")
    links = [chain.Row(t.seq, bytes(t.body), t.algorithm, bytes(t.hash)) for t in rows]
    assert chain.find_break(links, bytes(bulk.trace_head), bulk.trace_length) is None


def test_a_report_through_the_api_and_the_file_meet_under_one_key(bring: Importer) -> None:
    raw = {"external_id": "a0", "type": RUBBISH, "lon": "112.1420", "lat": "32.0500"}
    report(PUBLIC, raw | {"description": "生活垃圾堆在路边"}, "history", NOW)
    assert bring(rows_of(2)).repeated == 1


def test_a_row_stored_by_somebody_else_meanwhile_counts_as_repeated(
    bring: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(rows_of(5))
    stored = blocks.Block._stored_keys
    blind = iter([True])

    def blinded(self: blocks.Block, keys: list[str]) -> dict[str, bytes]:
        return {} if next(blind, False) else stored(self, keys)

    monkeypatch.setattr(blocks.Block, "_stored_keys", blinded)
    tally = bring(rows_of(9))
    assert (tally.repeated, tally.filed) == (5, 4)


def test_a_row_that_the_database_refuses_is_rejected_alone(
    bring: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = blocks.Block.take

    def refusing(self: blocks.Block, rows: Any) -> Any:
        if any(row.external_id == "a3" for row in rows):
            raise psycopg.DataError("refused")
        return take(self, rows)

    monkeypatch.setattr(blocks.Block, "take", refusing)
    tally = bring(rows_of(8))
    assert (tally.filed, tally.rejected) == (7, 1)
    assert bring.rejected[0].external_id == "a3"


def test_a_dry_run_says_the_same_and_stores_nothing(bring: Importer) -> None:
    text = rows_of(4) + f"a0,{RUBBISH},{SPOT},生活垃圾堆在路边\nb,{RUBBISH},x,32,垃圾\n"
    before = cases()
    dry = bring(text, dry_run=True, block_rows=2)
    assert cases() == before
    wet = bring(text, block_rows=2)
    dry.seconds = wet.seconds = 0
    assert dry == wet
    assert (wet.filed, wet.repeated, wet.rejected) == (4, 1, 1)


def test_history_keeps_its_time_and_disturbs_nobody(bring: Importer) -> None:
    header = HEADER.replace("lon", "received_at,lon")
    tally = bring(f"{header}old,{RUBBISH},2026-01-05 10:00:00,{SPOT},垃圾\n")
    assert tally.dispatched == 1
    row = Report.objects.unscoped("a test looks").get(external_id="old")
    assert row.received_at.isoformat() == "2026-01-05T02:00:00+00:00"
    clock = Clock.objects.unscoped("a test looks").get(case_id=row.case_id, kind="handling")
    assert clock.due_at < NOW
    assert clock.warned == 2
    assert not Message.objects.filter(about_id=row.case_id).exists()


def test_news_are_told_to_the_unit(bring: Importer) -> None:
    bring(rows_of(1), now=timezone.now())
    row = Report.objects.unscoped("a test looks").get(external_id="a0")
    assert Message.objects.filter(about_id=row.case_id).exists()


def test_near_duplicates_merge_only_where_asked(bring: Importer) -> None:
    assert bring(rows_of(3)).filed == 3
    tally = bring(rows_of(3, "b"), merge=True)
    assert (tally.merged, tally.filed) == (3, 0)


def test_rows_of_a_block_merge_with_one_another(bring: Importer) -> None:
    tally = bring(rows_of(3), merge=True)
    assert (tally.filed, tally.merged) == (1, 2)
    case = load_states([Report.objects.unscoped("a test").get(external_id="a0").case_id])[0]
    assert case.data["reports"] == 3


def test_history_never_merges(bring: Importer) -> None:
    header = HEADER.replace("lon", "received_at,lon")
    line = f"{RUBBISH},2026-03-11 08:00:00,{SPOT},垃圾\n"
    tally = bring(f"{header}a,{line}b,{line}", merge=True)
    assert (tally.filed, tally.merged) == (2, 0)


def test_before_the_first_rule_a_row_is_rejected(bring: Importer) -> None:
    header = HEADER.replace("lon", "received_at,lon")
    tally = bring(f"{header}old,{RUBBISH},2001-01-05,{SPOT},垃圾\n")
    assert tally.rejected == 1
    assert bring.rejected[0].field == "received_at"


def test_progress_is_told_after_each_block(bring: Importer) -> None:
    told: list[int] = []

    def tell(tally: Tally) -> None:
        told.append(tally.rows)

    bring(rows_of(10), block_rows=4, tell=tell)
    assert told == [4, 8, 10]

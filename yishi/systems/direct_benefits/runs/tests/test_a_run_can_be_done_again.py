"""A run stands for its snapshot, items and parameters; what came out is kept and explained."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import PUBLIC, SYSTEM
from yishi.foundation.facts import simulating, snapshots, store
from yishi.foundation.facts.delivering import Said, deliver_rows
from yishi.foundation.facts.models import Snapshot, Source
from yishi.foundation.facts.snapshots import SnapshotTampered
from yishi.foundation.papers import storage
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.runs import (
    answers,
    applied,
    candidates,
    keeping,
    refreshing,
    running,
    unknown,
)
from yishi.systems.direct_benefits.runs.models import Candidate, Run, UnknownTask
from yishi.systems.direct_benefits.runs.running import RunRefused

NOW = datetime(2025, 11, 20, 3, 0, tzinfo=UTC)
ON = date(2025, 11, 20)
COUNT = 150


@pytest.fixture
def snapshot(city: None, settings: Any, tmp_path: Path) -> Snapshot:
    settings.YISHI_MEDIA = tmp_path / "media"
    settings.YISHI_MEDIA.mkdir()
    simulating.deliver(COUNT, 1, NOW, ON)
    return snapshots.take(NOW)


@pytest.fixture
def run(snapshot: Snapshot) -> Run:
    return running.run(NOW, snapshot, ON, actor=SYSTEM)


def send(source: str, fields: list[str], rows: list[list[Any]], now: datetime) -> None:
    said = Said(Source.objects.get(key=source), "api", now, False, SYSTEM, now)
    deliver_rows(said, fields, rows)


def test_it_comes_out_the_same_on_a_later_day_also_when_its_folder_was_lost(run: Run) -> None:
    keeping.verify(run)
    shutil.rmtree(keeping.root() / run.folder)
    keeping._open.clear()
    assert keeping.opened(run).rows == COUNT
    keeping.verify(run)


def test_a_candidate_says_since_when_its_fact_is_known(run: Run) -> None:
    """The day that the item names, or as of when the newest of its departments spoke."""
    named = {item.key: item.recognised_on for item in book.items_on(ON)}
    rows = Candidate.objects.unscoped("the test").filter(run=run)
    found = {(one.item_key, one.recognised_on) for one in rows}
    assert found
    for key, day in found:
        if not named[key]:
            assert day is not None and NOW.date() - timedelta(days=31) <= day <= NOW.date(), key
        else:
            assert day is None or day <= ON, key


def test_what_was_changed_is_found(run: Run) -> None:
    path = keeping.root() / run.folder / "sure.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(keeping.RunTampered):
        keeping.verify(run)
    shutil.rmtree(keeping.root() / run.folder)
    kept = storage.path_of(run.snapshot.file)
    kept.write_bytes(kept.read_bytes() + b"x")
    with pytest.raises(SnapshotTampered):
        keeping.verify(run)


def test_the_database_refuses_to_change_a_run(run: Run) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(parties=1)


def test_candidates_are_the_true_pairs_of_direct_items_and_a_second_run_adds_none(
    run: Run, snapshot: Snapshot
) -> None:
    direct = [item.key for item in book.items_on(ON) if item.mode == "direct"]
    wanted = sum(run.counts[key]["true"] for key in direct if "true" in run.counts[key])
    rows = Candidate.objects.unscoped("the test")
    assert wanted == rows.count() > 0
    fen = sum(run.counts[key].get("fen", 0) for key in direct)
    assert sum(one.amount_fen or 0 for one in rows.all()) == fen
    before = set(rows.values_list("pk", "run_id", "state"))
    running.run(NOW + timedelta(hours=1), snapshot, ON, actor=SYSTEM)
    assert set(rows.values_list("pk", "run_id", "state")) == before


def test_what_a_batch_took_up_is_not_touched_by_a_later_run(run: Run, snapshot: Snapshot) -> None:
    rows = Candidate.objects.unscoped("the test")
    taken = rows.order_by("pk").first()
    assert taken is not None
    assert candidates.mark([taken.pk], Candidate.State.BATCHED) == 1
    rows.filter(pk=taken.pk).update(amount_fen=1)
    running.run(NOW + timedelta(hours=1), snapshot, ON, actor=SYSTEM)
    taken.refresh_from_db()
    assert (taken.state, taken.amount_fen) == ("batched", 1)


def test_every_answer_about_an_enterprise_is_the_one_that_was_recorded(run: Run) -> None:
    match = keeping.opened(run)
    for row in range(0, COUNT, 25):
        (code,) = snapshots.code_at(run.snapshot, [row])
        for one in answers.of_party(run, code):
            assert one.truth is match.state(one.item_key, row)
            assert len(one.reasons) == len(one.item.rule.flat)
            if one.near is not None:
                assert one.truth is Truth.FALSE
                assert one.near.gap is None or one.near.gap > 0


def test_an_enterprise_or_an_item_that_is_not_there_is_no_answer(run: Run) -> None:
    (code,) = snapshots.code_at(run.snapshot, [0])
    for item, who in (("no.such", code), (next(iter(run.items)), "9" * 18), ("x", "一")):
        with pytest.raises(LookupError):
            answers.why(run, item, who)


def test_s9_a8b_without_a_dated_parameter_there_is_no_rule_in_force(snapshot: Snapshot) -> None:
    key = next(item.key for item in book.items_on(ON) if item.key.startswith("hr.job_refund"))
    with pytest.raises(RunRefused, match="没有现行规则") as refused:
        running.run(NOW, snapshot, date(2026, 1, 1), [key], actor=SYSTEM)
    assert refused.value.field == "on"
    made = running.run(NOW, snapshot, date(2026, 1, 1), actor=SYSTEM)
    assert "layoff_limit" in made.counts[key]["refused"]
    assert key not in made.items


def test_s9_a16_old_head_counts_are_unknown_and_a_task_for_their_owner(
    city: None, settings: Any, tmp_path: Path
) -> None:
    settings.YISHI_MEDIA = tmp_path / "media"
    settings.YISHI_MEDIA.mkdir()
    simulating.deliver(60, 1, NOW - timedelta(days=38), ON)  # its data are two days older
    snapshot = snapshots.take(NOW)
    key = next(item.key for item in book.items_on(ON) if item.key.startswith("hr.job_refund_sme"))
    made = running.run(NOW, snapshot, ON, [key], actor=SYSTEM)
    assert made.counts[key]["true"] == 0
    assert made.counts[key]["unknown"] > 0
    assert not Candidate.objects.unscoped("the test").exists()
    task = UnknownTask.objects.unscoped("the test").get(fact="insured_heads_last", why="stale")
    assert task.source.key == "hr"
    (first, *_) = unknown.pairs(task)
    reasons = answers.why(made, key, first.code).reasons
    assert "stale" in {one.state for one in reasons}


def test_tasks_are_few_however_many_pairs_wait_and_close_when_data_come(
    run: Run, snapshot: Snapshot
) -> None:
    rows = UnknownTask.objects.unscoped("the test")
    kinds = list(rows.values_list("source_id", "fact", "why"))
    assert len(kinds) == len(set(kinds)) > 0
    task = rows.order_by("-pairs", "pk")[0]
    assert len(unknown.pairs(task, 0, 10_000)) == task.parties <= task.pairs
    with pytest.raises(FieldError):
        unknown.answer(task, "已核实", PUBLIC, NOW)
    with pytest.raises(FieldError) as refused:
        unknown.answer(task, " ", SYSTEM, NOW)
    assert refused.value.field == "answer"
    assert unknown.answer(task, "正在补报", SYSTEM, NOW).state == "answered"
    assert unknown.to_quick(task, "本期由企业申请", SYSTEM, NOW).state == "quick"


def test_a_refresh_says_what_a_whole_run_would_say(run: Run) -> None:
    codes = snapshots.code_at(run.snapshot, list(range(0, COUNT, 10)))
    later = NOW + timedelta(hours=2)
    fields = ["party", "insured_heads_last", "graduates_hired", "unemployment_premiums"]
    rows = [[code, 30 + n, n, "12345.60"] for n, code in enumerate(codes)]
    send("hr", fields, rows, later)
    send("tax", ["party", "tax_credit"], [[codes[0], "D"], [codes[1], ""]], later)
    done = refreshing.refresh(run, later, actor=SYSTEM)
    assert done.run is not None
    assert done.parties == len(codes)
    keeping.verify(done.run)
    whole = snapshots.take(later)
    for code in codes:
        assert snapshots.of_party(whole, code) == snapshots.of_party(done.run.snapshot, code)
    kept = dict(
        Candidate.objects.unscoped("the test")
        .exclude(state="stale")
        .values_list("pk", "amount_fen")
    )
    again = running.run(later, whole, ON, actor=SYSTEM)
    after = dict(
        Candidate.objects.unscoped("the test")
        .exclude(state="stale")
        .values_list("pk", "amount_fen")
    )
    assert after == kept
    full, part = keeping.opened(again), keeping.opened(done.run)
    small = store.opened(done.run.snapshot)
    places = store.opened(whole).rows_of(np.asarray(small.codes)).tolist()
    for key in part.keys:
        for row, place in enumerate(places):
            assert part.state(key, row) is full.state(key, place)
            assert part.amount(key, row) == full.amount(key, place)


def test_nothing_delivered_is_nothing_to_look_at(run: Run) -> None:
    assert refreshing.refresh(run, NOW, actor=SYSTEM).run is None


def test_what_was_granted_on_application_stands_while_data_are_unknown(
    run: Run, snapshot: Snapshot
) -> None:
    item = next(one for one in book.items_on(ON) if one.mode == "direct" and one.key in run.items)
    party = Candidate.objects.unscoped("the test").order_by("pk").first()
    assert party is not None
    made = applied.grant(
        item_version=item.version_id or 0,
        item_key=item.key,
        party_id=party.party_id,
        period="2099",
        amount_fen=100,
        now=NOW,
    )
    again = applied.grant(
        item_version=item.version_id or 0,
        item_key=item.key,
        party_id=party.party_id,
        period="2099",
        amount_fen=900,
        now=NOW,
    )
    assert made.pk == again.pk
    assert made.applied


def test_the_order_of_items_does_not_matter(run: Run, snapshot: Snapshot) -> None:
    keys = list(run.items)[:20]
    one = running.run(NOW, snapshot, ON, keys, actor=SYSTEM)
    two = running.run(NOW, snapshot, ON, keys[::-1], actor=SYSTEM)
    assert {key: one.counts[key] for key in keys} == {key: two.counts[key] for key in keys}

"""The drawn corpus on a standalone Spark master with two workers, row for row."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yishi.foundation.rulebook.engine import Match, match_one, spark
from yishi.foundation.rulebook.tests import cluster, corpus, support

ROWS = 300


@pytest.fixture(scope="module")
def made() -> corpus.Corpus:
    return corpus.corpus(random.Random(11), items=25, rows=ROWS)


def same(made: corpus.Corpus, answers: Iterable[tuple[Any, Match]]) -> bool:
    seen = []
    for parties, part in answers:
        for row, party in enumerate(parties.to_pylist()):
            facts = made.rows[made.parties.index(party)]
            expected = match_one(made.book, facts, made.params, support.AT)
            assert part.of_row(row) == [(one.key, one.truth, one.amount) for one in expected]
            seen.append(party)
    return sorted(seen) == made.parties


@pytest.mark.skipif(bool(cluster.why_not()), reason=cluster.why_not() or "runs")
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_every_pair_the_same_answer_and_fen(
    made: corpus.Corpus, tmp_path: Path
) -> None:
    table = made.table()
    pq.write_table(table.slice(0, 200), tmp_path / "a.parquet")
    pq.write_table(table.slice(200), tmp_path / "b.parquet")
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    settings = {**cluster.SETTINGS, "spark.sql.execution.arrow.maxRecordsPerBatch": "100"}
    with cluster.running(tmp_path) as master:
        found = spark.match(master, paths, made.book, made.params, support.AT, settings=settings)
    assert len(found) >= 3  # batches of a hundred rows at most
    assert same(made, found)


def test_what_workers_leave_behind_is_read_as_it_was(made: corpus.Corpus, tmp_path: Path) -> None:
    """What a worker does to a batch, without a cluster: the file is what it would write."""
    answers = [
        spark.answers_of(batch, made.book, made.params, support.AT)
        for batch in made.table().to_batches(max_chunksize=70)
    ]
    pq.write_table(pa.Table.from_batches(answers), tmp_path / "part-0.parquet")
    assert same(made, spark.read_answers(tmp_path, made.book, made.params))


def test_answers_of_other_items_are_refused(made: corpus.Corpus) -> None:
    (batch,) = made.table().slice(0, 5).to_batches()
    answers = spark.answers_of(batch, made.book, made.params, support.AT)
    with pytest.raises(ValueError, match="within a block"):
        list(spark.opened([answers.slice(0, 3)], made.book, made.params))


def test_the_package_for_workers_has_the_rules_and_no_tests(tmp_path: Path) -> None:
    import zipfile

    names = zipfile.ZipFile(spark.package(tmp_path)).namelist()
    assert "yishi/foundation/rulebook/engine/matching.py" in names
    assert "yishi/foundation/revisions/errors.py" in names
    assert not [name for name in names if "tests" in name or "migrations" in name]

"""The drawn corpus on a standalone Spark master with two workers, row for row."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from yishi.foundation.rulebook.engine import match_one, spark
from yishi.foundation.rulebook.tests import cluster, corpus, support

pytestmark = pytest.mark.skipif(bool(cluster.why_not()), reason=cluster.why_not() or "runs")
ROWS = 400


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_every_pair_the_same_answer_and_fen(tmp_path: Path) -> None:
    made = corpus.corpus(random.Random(11), items=25, rows=ROWS)
    table = made.table()
    pq.write_table(table.slice(0, 250), tmp_path / "a.parquet")
    pq.write_table(table.slice(250), tmp_path / "b.parquet")
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    settings = {**cluster.SETTINGS, "spark.sql.execution.arrow.maxRecordsPerBatch": "100"}
    with cluster.running(tmp_path) as master:
        found = spark.match(master, paths, made.book, made.params, support.AT, settings=settings)
        out = str(tmp_path / "out")
        spark.match(master, paths, made.book, made.params, support.AT, settings=settings, out=out)
    for answers in (found, list(spark.read_answers(out, made.book, made.params))):
        seen = 0
        for parties, part in answers:
            for row, party in enumerate(parties.to_pylist()):
                facts = made.rows[made.parties.index(party)]
                expected = match_one(made.book, facts, made.params, support.AT)
                got = [(key, truth, fen) for key, truth, fen in part.of_row(row)]
                assert got == [(one.key, one.truth, one.amount) for one in expected]
                seen += 1
        assert seen == ROWS

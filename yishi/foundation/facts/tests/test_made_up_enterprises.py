"""Made-up enterprises: the same for the same seed, with right codes, as facts are declared."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.facts import codes, columnar, files, synthetic
from yishi.foundation.parties.identifiers import check_uscc
from yishi.foundation.rulebook.engine.arrow import columns_of
from yishi.foundation.rulebook.facts import Fact, FactType

ON = date(2025, 11, 1)
FACTS = {
    "insured_heads_last": Fact(
        "insured_heads_last",
        FactType.INT,
        "人数",
        unit="人",
        source="hr",
        freshness=timedelta(days=31),
    ),
    "revenue_last": Fact("revenue_last", FactType.MONEY, "收入", source="tax"),
    "dishonest": Fact("dishonest", FactType.BOOL, "失信", source="credit"),
    "registered_on": Fact("registered_on", FactType.DATE, "成立", source="market"),
    "area": Fact("area", FactType.TEXT, "地域", source="market"),
    "grade": Fact(
        "grade",
        FactType.TEXT,
        "等级",
        source="x",
        values={"a": ("甲", "A"), "none": ("无", "none")},
    ),
    "honours": Fact(
        "honours",
        FactType.SET,
        "称号",
        source="industry",
        values={"x": ("某", "x"), "y": ("另", "y")},
    ),
    "pue": Fact("pue", FactType.DECIMAL, "效率", source="power", scale=3),
    "seen_at": Fact("seen_at", FactType.DATETIME, "时间", source="x"),
}


def table(count: int, seed: int = 1, facts: dict[str, Fact] = FACTS) -> pa.Table:
    return pa.Table.from_batches(list(synthetic.enterprises(count, seed, facts, ON)))


def test_the_same_seed_gives_the_same_and_another_seed_another() -> None:
    assert table(500).equals(table(500))
    assert not table(500).equals(table(500, seed=2))


def test_more_enterprises_begin_with_the_same_ones() -> None:
    assert table(1000).slice(0, 300).equals(table(300))


def test_every_code_is_right_and_once() -> None:
    found = table(3000).column("party").to_pylist()
    assert len(set(found)) == 3000
    for code in found[::7]:
        checked = check_uscc("party", code)
        assert not checked.warnings
        assert code[8:10] == codes.PREFIX


@given(st.integers(0, 31**6 - 1))
def test_a_code_can_be_made_of_any_number(number: int) -> None:
    (code,) = codes.made_up(np.array([number]), np.array([b"91"]), np.array([b"420606"]))
    assert not check_uscc("party", code.decode()).warnings


def test_values_suit_their_declarations() -> None:
    found = table(4000)
    assert set(pc.unique(found.column("grade")).to_pylist()) <= {"a", "none", None}
    assert pc.min(found.column("revenue_last")).as_py() >= 0
    words = pc.unique(found.column("honours")).to_pylist()
    assert all(word is None or set(word.split("|")) <= {"", "x", "y"} for word in words)
    columns = columns_of(found, FACTS)
    assert set(columns) == set(FACTS)
    assert columns["insured_heads_last"].as_of is not None


def test_most_are_small_and_few_have_something_special() -> None:
    found = table(20_000)
    heads = np.array(found.column("insured_heads_last").fill_null(0))
    assert np.median(heads) < 10 < heads.max()
    assert 0 < pc.sum(found.column("dishonest")).as_py() < 400
    assert pc.mean(pc.equal(found.column("grade"), "none")).as_py() > 0.9


@settings(max_examples=20)
@given(st.sampled_from(sorted(FactType)), st.booleans())
def test_any_declared_fact_gets_values_of_its_type(kind: FactType, aged: bool) -> None:
    fact = Fact("new_fact", kind, "新事实", freshness=timedelta(days=9) if aged else None)
    found = table(50, facts={"new_fact": fact})
    assert found.schema.field("new_fact").type == columnar.type_of(fact)
    assert ("new_fact__as_of" in found.column_names) == aged


def test_a_file_says_that_it_is_made_up(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    assert synthetic.write(path, 100, 1, FACTS, ON) == 100
    assert pq.read_metadata(path).metadata[files.SIMULATED.encode()].decode() == files.SAYS
    with files.PartFile(path) as file:
        assert file.simulated
    assert all("模拟" in name for name in pq.read_table(path).column("name").to_pylist())


@pytest.mark.parametrize("count", [1, 63, 64, 65])
def test_the_count_is_the_count(count: int) -> None:
    assert len(table(count)) == count

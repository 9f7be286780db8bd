"""A chain that was touched anywhere is found out; an untouched one always verifies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.audit.chain import (
    DEFAULT_ALGORITHM,
    Row,
    canonical,
    find_break,
    link,
    merkle_root,
)

bodies = st.lists(st.binary(max_size=40), min_size=1, max_size=8)


def _chain(parts: list[bytes], algorithm: str = DEFAULT_ALGORITHM) -> list[Row]:
    rows: list[Row] = []
    before = b""
    for seq, body in enumerate(parts, start=1):
        before = link(body, before, algorithm)
        rows.append(Row(seq, body, algorithm, before))
    return rows


@given(bodies, st.sampled_from(["sm3", "sha256"]))
def test_an_untouched_chain_verifies(parts: list[bytes], algorithm: str) -> None:
    rows = _chain(parts, algorithm)
    assert find_break(rows, rows[-1].hash, len(rows)) is None


@given(bodies, st.data())
def test_a_changed_body_is_found(parts: list[bytes], data: st.DataObject) -> None:
    rows = _chain(parts)
    at = data.draw(st.integers(0, len(rows) - 1))
    row = rows[at]
    changed = [*rows[:at], Row(row.seq, row.body + b"x", row.algorithm, row.hash), *rows[at + 1 :]]
    assert find_break(changed, rows[-1].hash, len(rows)) is not None


@given(bodies)
def test_a_cut_tail_is_found(parts: list[bytes]) -> None:
    rows = _chain([*parts, b"last"])
    assert find_break(rows[:-1], rows[-1].hash, len(rows)) is not None


@given(bodies)
def test_a_rewritten_chain_is_found_by_its_head(parts: list[bytes]) -> None:
    head = _chain([*parts, b"true"])[-1].hash
    forged = _chain([*parts, b"forged"])
    assert find_break(forged, head, len(forged)) is not None


@given(bodies)
def test_a_missing_row_is_found(parts: list[bytes]) -> None:
    rows = _chain([*parts, b"a", b"b"])
    without = [rows[0], *rows[2:]]
    assert find_break(without, rows[-1].hash, len(without)) is not None


@given(st.lists(st.binary(min_size=32, max_size=32), unique=True, max_size=9), st.data())
def test_no_two_lists_share_a_merkle_root(leaves: list[bytes], data: st.DataObject) -> None:
    root = merkle_root(leaves)
    assert merkle_root(leaves) == root
    assert merkle_root([*leaves, b"x" * 32]) != root
    if len(leaves) > 1:
        assert merkle_root(leaves[1:]) != root
        assert merkle_root([*leaves[1:], leaves[0]]) != root


def test_canonical_bytes_do_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": [1, "二"]}) == canonical({"a": [1, "二"], "b": 1})

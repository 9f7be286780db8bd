"""A round passes when every statutory part passes; only what failed is inspected again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.systems.construction.rules.joint import (
    Opinion,
    Outcome,
    Part,
    open_parts,
    outcome,
    recheck,
    refuse,
)

GIVEN = [Opinion.PASS, Opinion.LATER, Opinion.RECTIFY, Opinion.FAIL]
parts_of = st.lists(
    st.builds(
        Part,
        key=st.uuids().map(str),
        statutory=st.booleans(),
        opinion=st.sampled_from([Opinion.NONE, *GIVEN]),
    ).filter(lambda p: not (p.statutory and p.opinion is Opinion.LATER)),
    min_size=1,
    max_size=8,
)


@given(parts_of)
def test_passed_means_that_every_part_passed_and_no_statutory_one_on_conditions(
    parts: list[Part],
) -> None:
    if outcome(parts) is Outcome.PASSED:
        assert all(part.passed for part in parts)
        assert all(part.opinion is Opinion.PASS for part in parts if part.statutory)
    else:
        assert any(not part.passed for part in parts)


@given(parts_of)
def test_the_next_round_looks_at_exactly_what_did_not_pass(parts: list[Part]) -> None:
    again = recheck(parts)
    assert [p.key for p in again] == [p.key for p in parts]
    assert {p.key for p in open_parts(again)} == {p.key for p in parts if not p.passed}
    assert all(
        new.opinion is old.opinion for new, old in zip(again, parts, strict=True) if old.passed
    )


@given(parts_of, st.data())
def test_however_many_rounds_it_takes_the_open_parts_only_grow_fewer(
    parts: list[Part], data: st.DataObject
) -> None:
    before = None
    for _ in range(4):
        if outcome(parts) is not Outcome.RECTIFY:
            break
        parts = recheck(parts)
        now = {p.key for p in open_parts(parts)}
        assert before is None or now <= before
        before = now
        parts = [
            part
            if part.carried
            else Part(
                part.key,
                part.statutory,
                data.draw(st.sampled_from([Opinion.PASS, Opinion.RECTIFY])),
            )
            for part in parts
        ]


@pytest.mark.parametrize(
    ("part", "opinion", "later", "reason", "says"),
    [
        (Part("fire", True), Opinion.LATER, ("补栽",), "", "法定"),
        (Part("green", False), Opinion.LATER, (), "", "后续事项"),
        (Part("fire", True), Opinion.RECTIFY, (), " ", "依据"),
        (Part("fire", True), Opinion.FAIL, (), "", "依据"),
        (Part("fire", True, Opinion.PASS, carried=True), Opinion.PASS, (), "", "上一轮"),
        (Part("fire", True), Opinion.NONE, (), "", "选择"),
    ],
)
def test_an_opinion_that_cannot_be_given_says_why(
    part: Part, opinion: Opinion, later: tuple[str, ...], reason: str, says: str
) -> None:
    assert says in str(refuse(part, opinion, later, reason))


def test_the_other_opinions_are_taken() -> None:
    assert refuse(Part("green", False), Opinion.LATER, ("补栽行道树",), "") is None
    assert refuse(Part("fire", True), Opinion.RECTIFY, (), "防火门未安装闭门器") is None
